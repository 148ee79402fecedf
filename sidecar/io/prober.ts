import type { ProbeConfig } from '../config.ts';
import { afterAnswer, afterFailure, type Health, unknownSince } from '../health.ts';
import type { Give, Surroundings } from './surroundings.ts';

/** §17.1.2.2: timer E, from T1 to T2, in ms. */
const T1 = 500;
const T2 = 4000;

/** Asks the PBX at intervals whether it is there, and keeps what came of it. */
export class Prober {
  readonly #around: Surroundings;
  readonly #give: Give;
  #config: ProbeConfig;
  #health: Health;
  #timer: NodeJS.Timeout | undefined;
  #repeat: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #isWaiting = false;

  constructor(around: Surroundings, config: ProbeConfig, give: Give) {
    this.#around = around;
    this.#give = give;
    this.#config = config;
    this.#health = unknownSince(around.clock());
  }

  get health(): Health {
    return this.#health;
  }

  /** The PBX has an address, maybe for the first time: it is asked at once. */
  begin(): void {
    if (this.#timer === undefined) this.#ask();
  }

  /** A changed resource; `isSame`: whether it is the same PBX as before. */
  update(config: ProbeConfig, isSame: boolean): void {
    const isOther = config.method !== this.#config.method || config.intervalMs !== this.#config.intervalMs;
    this.#config = config;
    if (isSame && !isOther) return;
    this.close();
    if (!isSame || config.method === 'None') this.#health = unknownSince(this.#around.clock());
    this.#ask();
  }

  #ask(): void {
    const { method, intervalMs, timeoutMs } = this.#config;
    if (method === 'None') return;
    this.#timer = setTimeout(() => this.#ask(), intervalMs);
    this.#deadline = setTimeout(() => this.probed(false, 'no answer'), timeoutMs);
    this.#isWaiting = true;
    this.#repeatAfter(T1);
    this.#give({ kind: 'probe', isRepeat: false });
  }

  #repeatAfter(ms: number): void {
    this.#repeat = setTimeout(() => {
      this.#repeatAfter(Math.min(2 * ms, T2));
      this.#give({ kind: 'probe', isRepeat: true });
    }, ms);
  }

  /** What the engine says has come of the probe; late news of an earlier one count for nothing. */
  probed(isUp: boolean, reason: string): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    clearTimeout(this.#repeat);
    clearTimeout(this.#deadline);
    const was = this.#health;
    const now = this.#around.clock();
    this.#health = isUp ? afterAnswer(was, now) : afterFailure(was, this.#config.failureThreshold, now);
    if (this.#health.state === was.state) return;
    if (isUp) this.#around.note({ level: 'info', event: 'upstream up', isOurs: true });
    else
      this.#around.note({
        level: 'error',
        event: 'upstream down',
        reason: `${reason}, ${this.#health.failures} times in a row: is the PBX running, and does it answer OPTIONS from here?`,
        isOurs: true,
      });
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#repeat);
    clearTimeout(this.#deadline);
    this.#timer = undefined;
    this.#isWaiting = false;
  }
}
