import type { Ban, BanReason } from './source.ts';

/** What has become of a ban: it has begun, its time is over, or somebody has ended it. */
export type BanNews = 'banned' | 'expired' | 'released';

/** A source that is banned now, as people are shown it. Times are in ms. */
export type { Ban } from './source.ts';

/** Beyond it nobody else is banned; what is beyond an allowance is dropped all the same. */
const MOST_BANS = 10_000;

/** A ban is twice as long as the one before, up to 2^6 times as long as the first. */
const MOST_DOUBLINGS = 6;

/** The bans in force. */
export class Bans {
  readonly #bySource = new Map<string, Ban>();
  readonly #tell: (news: BanNews, ban: Ban) => void;

  constructor(tell: (news: BanNews, ban: Ban) => void) {
    this.#tell = tell;
  }

  get size(): number {
    return this.#bySource.size;
  }

  get all(): readonly Ban[] {
    return [...this.#bySource.values()];
  }

  /** Bans a source that was banned `before` or not; undefined where it can't be. */
  begin(
    source: string,
    before: Ban | undefined,
    reason: BanReason,
    firstMs: number,
    now: number,
  ): Ban | undefined {
    if (firstMs === 0 || this.#bySource.size >= MOST_BANS) return undefined;
    // Who has behaved for as long as the longest ban begins anew.
    const isFirst = before === undefined || now - before.until > firstMs * 2 ** MOST_DOUBLINGS;
    const strikes = isFirst ? 1 : before.strikes + 1;
    const until = now + firstMs * 2 ** Math.min(strikes - 1, MOST_DOUBLINGS);
    const ban: Ban = { source, since: now, until, strikes, dropped: 0, reason };
    this.#bySource.set(source, ban);
    this.#tell('banned', ban);
    return ban;
  }

  /** Ends one by hand; false where there is none. */
  release(source: string, now: number): boolean {
    const ban = this.#bySource.get(source);
    if (ban === undefined) return false;
    ban.until = now;
    this.#end(ban, 'released');
    return true;
  }

  /** Ends those whose time is over. */
  sweep(now: number): void {
    for (const ban of this.#bySource.values()) if (ban.until <= now) this.#end(ban, 'expired');
  }

  #end(ban: Ban, news: BanNews): void {
    this.#bySource.delete(ban.source);
    this.#tell(news, ban);
  }
}
