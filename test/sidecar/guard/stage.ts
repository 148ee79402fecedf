import type { Ban, BanNews } from '../../../sidecar/guard/bans.ts';
import type { FailureLimit } from '../../../sidecar/guard/failures.ts';
import { Guard, type Judgement, portKey, type RateLimit } from '../../../sidecar/guard/guard.ts';
import type { Flow } from '../../../sidecar/wire/flow.ts';

export const LIMITS: RateLimit = { perSourcePerSecond: 100, burstPerSource: 200, bannedMs: 10_000 };
export const NO_FAILURE_LIMIT: FailureLimit = {
  perAorAndSourcePerMinute: 0,
  perAorPerMinute: 0,
  perSourcePerMinute: 0,
  blockedMs: 60_000,
};
export const PBX = '198.51.100.1';

export const udp = (address: string, port = 5060): Flow => ({
  transport: 'UDP',
  listener: 'udp',
  address,
  port,
  connection: 0,
});

/** A guard with its time and all that it has told. */
export class GuardStage {
  now = 1_000_000;
  readonly news: (readonly [BanNews, Ban])[] = [];
  exempt: ReadonlySet<string> = new Set([PBX]);
  readonly guard: Guard;

  constructor(limits: Partial<RateLimit> = {}) {
    this.guard = new Guard({
      limits: { ...LIMITS, ...limits },
      failureLimit: NO_FAILURE_LIMIT,
      overload: { mode: 'Off', maxDelayMs: 200 },
      isExempt: (address) => this.exempt.has(address),
      strangers: 500,
      tell: (news, ban) => this.news.push([news, ban]),
    });
  }

  sends(flow: Flow, bytes = 400): Judgement {
    return this.guard.judge(flow.address, portKey(flow), bytes, this.now);
  }

  /** So many messages at one time: how many of them met with each judgement. */
  burst(flow: Flow, count: number): Partial<Record<Judgement, number>> {
    const tally: Partial<Record<Judgement, number>> = {};
    for (let i = 0; i < count; i++) {
      const judgement = this.sends(flow);
      tally[judgement] = (tally[judgement] ?? 0) + 1;
    }
    return tally;
  }

  /** So many a second, evenly, for so long. */
  stream(flow: Flow, perSecond: number, seconds: number): Partial<Record<Judgement, number>> {
    const tally: Partial<Record<Judgement, number>> = {};
    const start = this.now;
    for (let i = 0; i < perSecond * seconds; i++) {
      this.now = start + Math.floor((i * 1000) / perSecond);
      const judgement = this.sends(flow);
      tally[judgement] = (tally[judgement] ?? 0) + 1;
    }
    return tally;
  }
}
