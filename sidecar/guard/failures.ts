import { isWithin, type Pace, paceOf, spend } from './allowance.ts';
import { Generations } from './generations.ts';

/** The bounds of `spec.security.failureLimit`; 0 a minute is none. */
export interface FailureLimit {
  readonly perAorAndSourcePerMinute: number;
  readonly perAorPerMinute: number;
  readonly perSourcePerMinute: number;
  readonly blockedMs: number;
}

/** What was tried: whose password, and from where (a `sourceKey`). `isHome`: somebody is registered from there. */
export interface Attempt {
  readonly aor: string;
  readonly source: string;
  readonly isHome: boolean;
}

/** One count of failures, see `spend`. */
interface Count {
  earnedAt: number;
  blockedUntil: number;
  /** Failures that no success has followed; of a user from a source. */
  open: number;
}

/** Of how many users, sources and pairs of them failures are counted; twice as many at most. */
const MOST_COUNTS = 20_000;

/**
 * How often passwords were guessed wrongly, and who is not to be heard for it. What is counted for one user from one source can't
 * keep that user out elsewhere; what many sources have done together keeps out only those where nobody is registered. A
 * failure that a success follows, as of a phone whose challenge has grown old, is forgiven in all counts.
 */
export class Failures {
  readonly #pairs = new Generations<Count>(MOST_COUNTS);
  readonly #aors = new Generations<Count>(MOST_COUNTS);
  readonly #sources = new Generations<Count>(MOST_COUNTS);
  #limit!: FailureLimit;
  #pairPace!: Pace;
  #aorPace!: Pace;
  #sourcePace!: Pace;
  /** Until when somebody may be blocked: before any work is done, that nobody is. */
  #latest = 0;

  constructor(limit: FailureLimit) {
    this.limit(limit);
  }

  /** Changed bounds; who is blocked stays so. */
  limit(limit: FailureLimit): void {
    this.#limit = limit;
    this.#pairPace = minutely(limit.perAorAndSourcePerMinute);
    this.#aorPace = minutely(limit.perAorPerMinute);
    this.#sourcePace = minutely(limit.perSourcePerMinute);
  }

  /** Whether anybody is blocked at all. */
  isActive(now: number): boolean {
    return now < this.#latest;
  }

  /** Counts that are kept. */
  get size(): number {
    return this.#pairs.size + this.#aors.size + this.#sources.size;
  }

  /** Whether nobody has failed lately. */
  get isEmpty(): boolean {
    return this.#pairs.size === 0;
  }

  failed({ aor, source }: Attempt, now: number): void {
    const pair = this.#count(this.#pairs, pairKey(aor, source), this.#pairPace, now);
    pair.open++;
    this.#count(this.#aors, aor, this.#aorPace, now);
    this.#count(this.#sources, source, this.#sourcePace, now);
  }

  #count(counts: Generations<Count>, key: string, pace: Pace, now: number): Count {
    let count = counts.get(key);
    if (count === undefined) {
      count = { earnedAt: 0, blockedUntil: 0, open: 0 };
      counts.set(key, count);
    }
    count.earnedAt = spend(count.earnedAt, 1, now, pace);
    if (count.blockedUntil <= now && !isWithin(count.earnedAt, now, pace)) {
      count.blockedUntil = now + this.#limit.blockedMs;
      this.#latest = Math.max(this.#latest, count.blockedUntil);
    }
    return count;
  }

  /** The right password came: what went wrong before is forgiven. */
  succeeded({ aor, source }: Attempt): void {
    const key = pairKey(aor, source);
    const pair = this.#pairs.get(key);
    if (pair === undefined) return;
    this.#pairs.delete(key);
    forgive(this.#aors.get(aor), pair.open, this.#aorPace);
    forgive(this.#sources.get(source), pair.open, this.#sourcePace);
  }

  /** For how long an attempt is not to be heard yet, in ms; 0 where it is. */
  blockedFor({ aor, source, isHome }: Attempt, now: number): number {
    if (!this.isActive(now)) return 0;
    const until = Math.max(
      this.#pairs.get(pairKey(aor, source))?.blockedUntil ?? 0,
      this.#sources.get(source)?.blockedUntil ?? 0,
      isHome ? 0 : (this.#aors.get(aor)?.blockedUntil ?? 0),
    );
    return Math.max(0, until - now);
  }
}

const minutely = (count: number): Pace => paceOf({ perSecond: count / 60, burst: count });

const pairKey = (aor: string, source: string): string => `${source} ${aor}`;

function forgive(count: Count | undefined, failures: number, { interval }: Pace): void {
  if (count !== undefined) count.earnedAt -= failures * interval;
}
