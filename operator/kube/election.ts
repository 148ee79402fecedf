/** A Lease's record of who leads (coordination.k8s.io/v1), as far as the election goes by it. */
export interface LeaseRecord {
  /** Empty where nobody does. */
  readonly holder: string;
  readonly leaseSeconds: number;
  readonly acquiredAt: string;
  readonly renewedAt: string;
  readonly transitions: number;
}

export interface ElectionTimes {
  /** How long a leader that is not heard of is waited for. */
  readonly leaseMs: number;
  /** A leader that has not renewed for so long leads no more; well below `leaseMs`, so that it has ended before another begins. */
  readonly renewMs: number;
  readonly retryMs: number;
}

/** client-go's defaults. */
export const ELECTION_TIMES: ElectionTimes = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2000 };

/** A record as it was first seen. Only our own clock counts: the times in the record are another machine's. */
export interface Observation {
  /** The record with all that changes at a renewal. */
  readonly mark: string;
  readonly record: LeaseRecord;
  /** Monotonic, in milliseconds. */
  readonly since: number;
}

/** What has been observed, with a record read at `now`: one that has not changed is as old as before. */
export function observe(
  before: Observation | undefined,
  record: LeaseRecord,
  version: string,
  now: number,
): Observation {
  const mark = `${version} ${record.holder} ${record.renewedAt}`;
  return before?.mark === mark ? before : { mark, record, since: now };
}

/** Whether `identity` may claim the lease. */
export function mayClaim({ record, since }: Observation, identity: string, now: number): boolean {
  if (record.holder === '' || record.holder === identity) return true;
  return now >= since + Math.max(record.leaseSeconds * 1000, 1000);
}

/** The record by which `identity` claims or renews the lease; `time` is RFC 3339 with six digits of a second. */
export function claim(
  former: LeaseRecord | undefined,
  identity: string,
  times: ElectionTimes,
  time: string,
): LeaseRecord {
  const isRenewal = former?.holder === identity;
  return {
    holder: identity,
    leaseSeconds: Math.ceil(times.leaseMs / 1000),
    acquiredAt: isRenewal ? former.acquiredAt : time,
    renewedAt: time,
    transitions: former === undefined ? 0 : former.transitions + (isRenewal ? 0 : 1),
  };
}

/** The record by which a leader lets go, so that another need not wait. */
export const release = (record: LeaseRecord, time: string): LeaseRecord => ({
  ...record,
  holder: '',
  leaseSeconds: 1,
  renewedAt: time,
});

/** `2026-11-25T06:40:01.123000Z`, the API server's MicroTime. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
