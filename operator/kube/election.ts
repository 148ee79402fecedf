/** A Lease's record of who leads (coordination.k8s.io/v1), as far as the election goes by it. */
export interface LeaseRecord {
  /** Empty where nobody does. */
  readonly holder: string;
  /** 0 where the record tells none. */
  readonly leaseSeconds: number;
  readonly acquiredAt: string;
  readonly renewedAt: string;
  readonly transitions: number;
}

export interface ElectionTimes {
  /** How long a leader that is not heard of is waited for. */
  readonly leaseMs: number;
  /**
   * A leader that has not renewed for so long leads no more. What lies between it and `leaseMs` is the time in which
   * a write that has left just before may still arrive.
   */
  readonly renewMs: number;
  /** From one look at the lease to the next, at the longest. */
  readonly retryMs: number;
}

/** client-go's defaults. */
export const ELECTION_TIMES: ElectionTimes = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2000 };

/**
 * Those who wait look at the lease at different times. client-go waits longer than `retryMs` by chance; here it is
 * shorter, so that a lease is seen to have run out in time.
 */
const JITTER = 1.2;

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
  const mark = `${version} ${record.holder} ${record.renewedAt} ${record.transitions}`;
  return before?.mark === mark ? before : { mark, record, since: now };
}

/** When a leader that is not heard of any more counts as gone, by our monotonic clock. */
const endOf = ({ record, since }: Observation, { leaseMs }: ElectionTimes): number =>
  since + (record.leaseSeconds > 0 ? record.leaseSeconds * 1000 : leaseMs);

/** Whether `identity` may claim the lease, of which nothing may have been seen yet: there is none then. */
export function mayClaim(
  seen: Observation | undefined,
  identity: string,
  times: ElectionTimes,
  now: number,
): boolean {
  if (seen === undefined || seen.record.holder === '' || seen.record.holder === identity) return true;
  return now >= endOf(seen, times);
}

/** Whether a renewal begun at `renewedAt` still makes a leader. */
export const isHeld = (renewedAt: number | undefined, { renewMs }: ElectionTimes, now: number): boolean =>
  renewedAt !== undefined && now < renewedAt + renewMs;

/** How many milliseconds after a look begun at `begun` the next is due. `chance` is from 0 up to 1. */
export function untilNextLook(
  seen: Observation | undefined,
  identity: string,
  times: ElectionTimes,
  { begun, now, chance }: { readonly begun: number; readonly now: number; readonly chance: number },
): number {
  const isOurs = seen?.record.holder === identity;
  const between = isOurs ? times.retryMs : times.retryMs / (1 + chance * (JITTER - 1));
  const wait = Math.max(0, begun + between - now);
  if (seen === undefined || mayClaim(seen, identity, times, now)) return wait;
  // The lease is claimed when it has run out, not a look later.
  return Math.min(wait, Math.ceil(endOf(seen, times) - now));
}

/** The record by which `identity` claims or renews the lease; `time` is a MicroTime. */
export function claim(
  former: LeaseRecord | undefined,
  identity: string,
  { leaseMs }: ElectionTimes,
  time: string,
): LeaseRecord {
  const isRenewal = former?.holder === identity;
  // Where the wall clock stands still: a PUT that changes nothing is a renewal that nobody sees.
  const renewedAt = time === former?.renewedAt ? time.replace('000Z', '001Z') : time;
  return {
    holder: identity,
    leaseSeconds: Math.ceil(leaseMs / 1000),
    acquiredAt: isRenewal ? former.acquiredAt : renewedAt,
    renewedAt,
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
