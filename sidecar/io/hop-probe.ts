import type { ProbeConfig } from '../config.ts';
import type { Millis } from '../effect.ts';
import { afterAnswer, afterFailure, type Health, unknownSince } from '../health.ts';
import type { Give } from './surroundings.ts';

/** §17.1.2.2: timer E, from T1 to T2, in ms. */
const T1 = 500;
const T2 = 4000;

/** How often at most one that a request has failed at is asked, and how soon again where it has not answered. */
const SOONEST_MS = 1000;
const AGAIN_MS = 5000;

export interface HopProbeParts {
  readonly clock: () => Millis;
  readonly give: Give;
  /** Live. */
  readonly config: () => ProbeConfig;
  /** Its state has changed, for that reason. */
  readonly changed: (hop: HopProbe, reason: string) => void;
}

/** Asks one address of the PBX at intervals whether it is there, and keeps what came of it. */
export class HopProbe {
  readonly name: string;
  readonly endpoint: string;
  readonly #parts: HopProbeParts;
  #health: Health;
  #next: NodeJS.Timeout | undefined;
  #repeat: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #isWaiting = false;
  #isSuspect = false;

  constructor(name: string, endpoint: string, parts: HopProbeParts) {
    this.name = name;
    this.endpoint = endpoint;
    this.#parts = parts;
    this.#health = unknownSince(parts.clock());
  }

  get health(): Health {
    return this.#health;
  }

  /** Asks at once, and from then on at intervals. */
  readonly begin = (): void => {
    const { intervalMs, timeoutMs } = this.#parts.config();
    clearTimeout(this.#next);
    this.#askedAt = this.#parts.clock();
    // One at a time: where the PBX may take longer than the interval, the next has to wait.
    const soonest = this.#isSuspect ? Math.min(intervalMs, AGAIN_MS) : intervalMs;
    this.#next = setTimeout(this.begin, Math.max(soonest, timeoutMs + 1));
    this.#deadline = setTimeout(() => this.#over(false, 'no answer'), timeoutMs);
    this.#repeatAfter(T1);
    this.#isWaiting = true;
    this.#parts.give({ kind: 'probe', hop: this.name, isRepeat: false });
  };

  #repeatAfter(ms: number): void {
    this.#repeat = setTimeout(() => {
      this.#repeatAfter(Math.min(2 * ms, T2));
      this.#parts.give({ kind: 'probe', hop: this.name, isRepeat: true });
    }, ms);
  }

  /** A request has failed there: it is asked now, and again soon until it answers. */
  suspected(): void {
    if (this.#isSuspect) return;
    this.#isSuspect = true;
    if (this.#isWaiting) return;
    clearTimeout(this.#next);
    const delay = Math.max(this.#askedAt + SOONEST_MS - this.#parts.clock(), 0);
    this.#next = setTimeout(this.begin, delay);
  }

  /** What has come of the question; late news of an earlier one count for nothing. */
  told(isUp: boolean, reason: string): void {
    this.#over(isUp, reason, isUp ? undefined : reason);
  }

  #over(isUp: boolean, reason: string, fault?: string): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    clearTimeout(this.#repeat);
    clearTimeout(this.#deadline);
    const was = this.#health;
    const now = this.#parts.clock();
    const { failureThreshold } = this.#parts.config();
    const health = isUp ? afterAnswer(was, now) : afterFailure(was, failureThreshold, now);
    this.#health = fault === undefined ? health : { ...health, fault };
    if (isUp) this.#isSuspect = false;
    else this.#parts.give({ kind: 'probeFailed', hop: this.name, isDown: this.#health.state === 'Down' });
    if (this.#health.state !== was.state) this.#parts.changed(this, reason);
  }

  /** What is known counts for nothing any more. */
  forget(): void {
    this.#health = unknownSince(this.#parts.clock());
  }

  /** Asks no more; what is known stays. */
  close(): void {
    clearTimeout(this.#next);
    clearTimeout(this.#repeat);
    clearTimeout(this.#deadline);
    this.#isWaiting = false;
  }
}
