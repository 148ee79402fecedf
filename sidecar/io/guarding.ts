import type { SidecarConfig } from '../config.ts';
import type { Ban, BanNews } from '../guard/bans.ts';
import { Guard } from '../guard/guard.ts';
import type { Location } from '../registrar/location.ts';
import { type AllowedSources, Networks } from './sources.ts';
import type { Surroundings } from './surroundings.ts';

/** How often it is looked whether a ban is over; nothing runs while nobody is banned. */
const SWEEP_MS = 1000;

/** AoRs looked at before the event loop gets its turn. */
const RECALLED_IN_ONE_GO = 200;

/** What is refused, by level. */
const REFUSED = [
  'everything is served',
  'new calls and messages of unknown senders are refused',
  'REGISTERs of unknown senders are refused too',
  'new calls and messages of registered phones are refused too',
] as const;

/** The guard in the world: it knows whom the resource trusts, its bans end in time, and they are told. */
export class Guarding {
  readonly guard: Guard;
  readonly #around: Surroundings;
  readonly #sources: AllowedSources;
  readonly #trusted: Networks;
  #sweep: NodeJS.Timeout | undefined;

  constructor(security: SidecarConfig['security'], sources: AllowedSources, around: Surroundings) {
    this.#around = around;
    this.#sources = sources;
    const trusted = new Networks(security.trustedSources);
    this.#trusted = trusted;
    this.guard = new Guard({
      limits: security.rateLimit,
      failureLimit: security.failureLimit,
      overload: security.overload,
      isExempt: (address) => sources.isPbx(address) || trusted.include(address),
      tell: (news, ban) => this.#tell(news, ban),
    });
    sources.guard = this.guard;
  }

  /** The bans in force, and how to end one. */
  readonly bans = {
    all: (): readonly Ban[] => this.guard.bans,
    release: (address: string): boolean => this.guard.release(address, this.#around.clock()),
  };

  /** A changed resource. */
  update(security: SidecarConfig['security']): void {
    this.#trusted.update(security.trustedSources);
    this.guard.limit(security.rateLimit);
    this.guard.failures.limit(security.failureLimit);
    this.guard.overload.policy = security.overload;
    this.#sources.guard?.reclassify();
  }

  /** Phones that were registered over UDP when this process began are known to it. Looks at all AoRs, some at a time. */
  async recall(location: Location): Promise<void> {
    let looked = 0;
    for (const stored of location.stored()) {
      const now = this.#around.clock();
      for (const { flow, expiresAt } of stored.look())
        if (flow?.transport === 'UDP') this.guard.register(flow, expiresAt, now);
      if (++looked % RECALLED_IN_ONE_GO === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** What has come now had to wait so long, in ms. */
  observe(delay: number): void {
    const { overload } = this.guard;
    const before = overload.level;
    overload.observe(delay, this.#around.clock());
    if (overload.level === before) return;
    const isWorse = overload.level > before;
    this.#around.tally.event(isWorse ? 'overload_rose' : 'overload_fell');
    this.#around.note({
      level: isWorse ? 'warn' : 'info',
      event: overload.level === 0 ? 'overload over' : 'overload',
      reason: `level ${overload.level}: ${REFUSED[overload.level]}`,
    });
  }

  #tell(news: BanNews, { source, since, until, strikes, dropped, reason }: Ban): void {
    this.#around.tally.event(`source_${news}`);
    const now = this.#around.clock();
    const told =
      news === 'banned'
        ? `${reason}, for ${Math.round((until - since) / 1000)} s, time ${strikes} in a row`
        : `${dropped} messages dropped in ${Math.round((now - since) / 1000)} s`;
    // Warnings of one event are told once a second at most, so that nobody fills the log by lying about addresses.
    this.#around.note({ level: 'warn', event: `source ${news}`, source, reason: told });
    if (news === 'banned') this.#sweep ??= setInterval(this.#look, SWEEP_MS);
  }

  readonly #look = (): void => {
    this.guard.sweep(this.#around.clock());
    if (this.guard.held.bans === 0) this.close();
  };

  close(): void {
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}
