import type { ProbeConfig, SidecarConfig } from '../config.ts';
import { afterAnswer, afterFailure, type Health, unknownSince } from '../health.ts';
import type { Give, Surroundings } from './surroundings.ts';

/** §17.1.2.2: timer E, from T1 to T2, in ms. */
const T1 = 500;
const T2 = 4000;

/**
 * Asks the PBX at intervals whether it is there, and keeps what came of it. Each question is given to the engine, which
 * tells by `probed` what has come of it; silence is noticed here.
 */
export class Prober {
  readonly #around: Surroundings;
  readonly #isLookedUp: () => boolean;
  readonly #give: Give;
  #upstream: SidecarConfig['upstream'];
  #health: Health;
  #next: NodeJS.Timeout | undefined;
  #repeat: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #isWaiting = false;

  /** `isLookedUp`: whether it is known where the PBX's name leads, also where it leads nowhere. */
  constructor(
    around: Surroundings,
    upstream: SidecarConfig['upstream'],
    isLookedUp: () => boolean,
    give: Give,
  ) {
    this.#around = around;
    this.#isLookedUp = isLookedUp;
    this.#give = give;
    this.#upstream = upstream;
    this.#health = unknownSince(around.clock());
  }

  get health(): Health {
    return this.#health;
  }

  /** The same as `/v1/status` shows it. */
  get shown(): { readonly state: Health['state']; readonly since: string } {
    const { state, since } = this.#health;
    return { state, since: new Date(since).toISOString() };
  }

  /** Asks at once, and from then on at intervals: the sockets are open, or the PBX's name leads elsewhere than before. */
  begin(): void {
    if (this.#isWaiting) return;
    clearTimeout(this.#next);
    this.#ask();
  }

  /** A changed resource: another PBX, or one that is asked otherwise, is asked at once. */
  update(upstream: SidecarConfig['upstream']): void {
    const before = this.#upstream;
    this.#upstream = upstream;
    const isSame = JSON.stringify(upstream.endpoints) === JSON.stringify(before.endpoints);
    if (isSame && isAskedAlike(upstream.probe, before.probe)) return;
    this.close();
    if (!isSame || upstream.probe.method === 'None') this.#health = unknownSince(this.#around.clock());
    this.#ask();
  }

  #ask(): void {
    const { method, intervalMs, timeoutMs } = this.#upstream.probe;
    // A name that nobody has answered for yet is no PBX that is down; `begin` comes with the answer.
    if (method === 'None' || !this.#isLookedUp()) return;
    // One at a time: where the PBX may take longer than the interval, the next has to wait.
    this.#next = setTimeout(() => this.#ask(), Math.max(intervalMs, timeoutMs + 1));
    this.#deadline = setTimeout(() => this.probed(false, 'no answer'), timeoutMs);
    this.#repeatAfter(T1);
    this.#isWaiting = true;
    this.#give({ kind: 'probe', isRepeat: false });
  }

  #repeatAfter(ms: number): void {
    this.#repeat = setTimeout(() => {
      this.#repeatAfter(Math.min(2 * ms, T2));
      this.#give({ kind: 'probe', isRepeat: true });
    }, ms);
  }

  /** What has come of the probe; late news of an earlier one count for nothing. */
  probed(isUp: boolean, reason: string): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    clearTimeout(this.#repeat);
    clearTimeout(this.#deadline);
    const was = this.#health;
    const now = this.#around.clock();
    const { failureThreshold } = this.#upstream.probe;
    this.#health = isUp ? afterAnswer(was, now) : afterFailure(was, failureThreshold, now);
    if (this.#health.state !== was.state) this.#tell(reason);
  }

  #tell(reason: string): void {
    const [{ name: upstream } = { name: '' }] = this.#upstream.endpoints;
    if (this.#health.state === 'Up')
      return this.#around.note({ level: 'info', event: 'upstream up', upstream, isOurs: true });
    const { failures } = this.#health;
    this.#around.note({
      level: 'error',
      event: 'upstream down',
      upstream,
      reason: `${reason}, ${failures} in a row: is the PBX running, and does it answer OPTIONS from here?`,
      isOurs: true,
    });
  }

  /** Asks no more; what is known stays. */
  close(): void {
    clearTimeout(this.#next);
    clearTimeout(this.#repeat);
    clearTimeout(this.#deadline);
    this.#isWaiting = false;
  }
}

const isAskedAlike = (one: ProbeConfig, other: ProbeConfig): boolean =>
  one.method === other.method && one.intervalMs === other.intervalMs && one.timeoutMs === other.timeoutMs;
