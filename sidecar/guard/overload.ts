import { isWithin, paceOf, spend } from './allowance.ts';

/** What is refused, each level beside what the one before refuses: nothing; new work of unknown senders; registrations too; new calls and messages of all phones. */
export type Level = 0 | 1 | 2 | 3;

/** `spec.security.overload`. */
export interface OverloadPolicy {
  readonly mode: 'Auto' | 'Off';
  readonly maxDelayMs: number;
}

/** So long, and so often, is looked before anything is concluded: a pause of the garbage collector or of the machine is no overload. */
const WINDOW_MS = 500;
const FEWEST_LOOKS = 5;

/** Windows in a row that must have been calm before less is refused; so it does not swing. */
const CALM_WINDOWS = 4;

/** Refusals that are sent a second; beyond it what is refused is dropped, for refusing costs too. */
const REFUSALS = paceOf({ perSecond: 1000, burst: 1000 });

/**
 * Whether more comes than can be worked off, by how long what comes has to wait. As CoDel (RFC 8289) does, it looks at the least wait
 * within a while: a queue that never empties is one too long, a burst is not. The level goes up while that is above the bound, and
 * down some time after it has fallen below half of it.
 */
export class Overload {
  policy: OverloadPolicy;
  #level: Level = 0;
  #least = Number.POSITIVE_INFINITY;
  #windowEnd = 0;
  #looks = 0;
  #calm = 0;
  #refusedUntil = 0;

  constructor(policy: OverloadPolicy) {
    this.policy = policy;
  }

  get level(): Level {
    return this.policy.mode === 'Off' ? 0 : this.#level;
  }

  /** What has come now had to wait so long, in ms; to be told some times in each window. */
  observe(delay: number, now: number): void {
    this.#least = Math.min(this.#least, delay);
    if (++this.#looks < FEWEST_LOOKS || now < this.#windowEnd) return;
    this.#conclude(this.#least);
    this.#windowEnd = now + WINDOW_MS;
    this.#looks = 0;
    this.#least = Number.POSITIVE_INFINITY;
  }

  #conclude(least: number): void {
    const { maxDelayMs } = this.policy;
    if (least > maxDelayMs) {
      this.#calm = 0;
      if (this.#level < 3) this.#level++;
    } else if (least > maxDelayMs / 2) this.#calm = 0;
    else if (++this.#calm >= CALM_WINDOWS) {
      this.#calm = 0;
      if (this.#level > 0) this.#level--;
    }
  }

  /** Whether what is refused is to be told so. */
  mayRefuse(now: number): boolean {
    const spent = spend(this.#refusedUntil, 1, now, REFUSALS);
    if (!isWithin(spent, now, REFUSALS)) return false;
    this.#refusedUntil = spent;
    return true;
  }
}
