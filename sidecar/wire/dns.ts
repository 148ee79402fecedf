/** The kinds of records by which SIP servers are found (RFC 3263). */
export type RecordType = 'A' | 'AAAA' | 'SRV' | 'NAPTR';

/** A question to DNS; `name` in lower case, without the dot at its end. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: RecordType;
}

/** RFC 2782. `target` in lower case without the dot at its end: '' says that there is no such service. */
export interface SrvRecord {
  readonly type: 'SRV';
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** RFC 3403 §4.1. */
export interface NaptrRecord {
  readonly type: 'NAPTR';
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly services: string;
  readonly regexp: string;
  readonly replacement: string;
}

export interface AddressRecord {
  readonly type: 'A' | 'AAAA';
  readonly address: string;
}

export type DnsRecord = AddressRecord | SrvRecord | NaptrRecord;

/** What DNS says: records, or none; `failed` where nobody could be asked. It holds until `expiresAt` (ms). */
export interface DnsAnswer {
  readonly records: readonly DnsRecord[];
  readonly failed: boolean;
  readonly expiresAt: number;
}
