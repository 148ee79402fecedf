import { isIP } from 'node:net';
import { type Answer, type DecodedPacket, decode, encode, type Packet, RECURSION_DESIRED } from 'dns-packet';
import type { DnsQuestion, DnsRecord, RecordType } from '../../wire/dns.ts';
import { socketText } from './address.ts';

/** What a server says to a question. */
export type Reply =
  /** Records of the name, or of what it is an alias for, for `ttl` seconds. */
  | { readonly kind: 'found'; readonly records: readonly DnsRecord[]; readonly ttl: number }
  /** RFC 2308: no such name, or no such records; `ttl` in seconds where the zone's SOA says so. */
  | { readonly kind: 'none'; readonly isNoName: boolean; readonly ttl: number | undefined }
  /** It is an alias, and what it stands for has to be asked for. */
  | { readonly kind: 'alias'; readonly name: string; readonly ttl: number }
  /** The answer does not fit into a datagram. */
  | { readonly kind: 'truncated' }
  /** It knows nothing of EDNS (RFC 6891 §7). */
  | { readonly kind: 'plainOnly' }
  /** It can't or won't say: an error, or a referral to others. */
  | { readonly kind: 'lame'; readonly reason: string };

/** RFC 6891 §6.2.5: what passes any network unfragmented (DNS flag day 2020). */
export const UDP_BYTES = 1232;

/** RFC 1034 §3.6.2 knows no bound; a longer chain of aliases is a mistake or an attack. */
export const MOST_ALIASES = 8;

/** No set of records is larger. */
const MOST_RECORDS = 64;

/** RFC 2181 §8. */
const LONGEST_TTL = 2 ** 31 - 1;

/** A question as bytes (RFC 1035 §4.1), with EDNS or without. */
export function questionText({ name, type }: DnsQuestion, id: number, withEdns: boolean): Buffer {
  const packet: Packet = { type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type, name }] };
  if (!withEdns) return encode(packet);
  const opt = { type: 'OPT', name: '.', udpPayloadSize: UDP_BYTES } as Answer;
  return encode({ ...packet, additionals: [opt] });
}

/** Reads a server's bytes; undefined for what is no answer to that question (RFC 5452 §9.1), whoever sent it. */
export function readReply(bytes: Buffer, question: DnsQuestion, id: number): Reply | undefined {
  const packet = decoded(bytes);
  if (packet === undefined || packet.id !== id || !packet.flag_qr) return undefined;
  const [asked, another] = packet.questions ?? [];
  const { rcode } = packet as DecodedPacket & { readonly rcode: string };
  // RFC 6891 §7: one that does not even understand the question may leave it out.
  if (asked === undefined && (rcode === 'FORMERR' || rcode === 'NOTIMP')) return { kind: 'plainOnly' };
  const isMine =
    asked !== undefined && plainName(asked.name) === question.name && asked.type === question.type;
  if (!isMine || another !== undefined) return undefined;
  if (packet.flag_tc) return { kind: 'truncated' };
  if (rcode === 'FORMERR' || rcode === 'NOTIMP') return { kind: 'plainOnly' };
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return { kind: 'lame', reason: rcode };
  return readAnswers(packet, question, rcode === 'NXDOMAIN');
}

/** The library throws at what it can't read. */
function decoded(bytes: Buffer): DecodedPacket | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

/** RFC 1034 §3.1: names are the same whatever their case. */
const plainName = (name: string): string => (name === '.' ? '' : name.toLowerCase());

function readAnswers(packet: DecodedPacket, question: DnsQuestion, isNoName: boolean): Reply {
  const answers = packet.answers ?? [];
  let { name } = question;
  let ttl = LONGEST_TTL;
  for (let aliases = 0; aliases <= MOST_ALIASES; aliases++) {
    const own = answers.filter((answer) => plainName(answer.name) === name);
    const records = own.flatMap((answer) => recordOf(answer, question.type)).slice(0, MOST_RECORDS);
    if (records.length > 0) {
      for (const answer of own) if (answer.type === question.type) ttl = Math.min(ttl, ttlOf(answer));
      return { kind: 'found', records, ttl };
    }
    const alias = own.find(({ type }) => type === 'CNAME');
    if (alias === undefined) break;
    ttl = Math.min(ttl, ttlOf(alias));
    name = plainName((alias as { readonly data: string }).data);
  }
  return nothing(packet, isNoName, name === question.name ? undefined : { name, ttl });
}

/** RFC 2308 §2: which kind of nothing an answer without the records that were asked for is. */
function nothing(
  packet: DecodedPacket,
  isNoName: boolean,
  alias: { readonly name: string; readonly ttl: number } | undefined,
): Reply {
  const authorities = packet.authorities ?? [];
  const soa = authorities.find(({ type }) => type === 'SOA');
  if (soa !== undefined || isNoName) return { kind: 'none', isNoName, ttl: soa && negativeTtl(soa) };
  if (alias !== undefined) return { kind: 'alias', ...alias };
  // RFC 2308 §2.2: name servers without an SOA are a referral, which is no answer to such as us.
  const isReferral = !packet.flag_aa && authorities.some(({ type }) => type === 'NS');
  return isReferral ? { kind: 'lame', reason: 'referral' } : { kind: 'none', isNoName, ttl: undefined };
}

const ttlOf = (answer: Answer): number => {
  const { ttl = 0 } = answer as { readonly ttl?: number };
  return ttl > LONGEST_TTL ? 0 : ttl;
};

/** RFC 2308 §5: the SOA's own time, or its MINIMUM where that is less. */
function negativeTtl(soa: Answer): number {
  const { minimum = 0 } = (soa as { readonly data: { readonly minimum?: number } }).data;
  return Math.min(ttlOf(soa), minimum);
}

/** A record of the wanted type, as a list of at most one. */
function recordOf(answer: Answer, type: RecordType): readonly DnsRecord[] {
  if (answer.type !== type) return [];
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return isIP(answer.data) === 0 ? [] : [{ type: answer.type, address: socketText(answer.data) }];
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return port === 0 ? [] : [{ type: 'SRV', priority, weight, port, target: plainName(target) }];
    }
    case 'NAPTR':
      return [{ type: 'NAPTR', ...answer.data, replacement: plainName(answer.data.replacement) }];
    default:
      return [];
  }
}
