import type { Millis } from '../effect.ts';
import type { Ban } from '../guard/bans.ts';

/** One ban as `/v1/bans` shows it. */
export interface BanView {
  readonly source: string;
  readonly reason: string;
  readonly since: string;
  readonly endsInSeconds: number;
  readonly strikes: number;
  readonly dropped: number;
}

/** The bans in force, the one that ends last first. */
export const viewBans = (bans: readonly Ban[], now: Millis): readonly BanView[] =>
  bans
    .filter(({ until }) => until > now)
    .sort((a, b) => b.until - a.until)
    .map(({ source, reason, since, until, strikes, dropped }) => ({
      source,
      reason,
      since: new Date(since).toISOString(),
      endsInSeconds: Math.ceil((until - now) / 1000),
      strikes,
      dropped,
    }));

/** The address that a person means, who may write a source as it is shown. */
export const addressOf = (source: string): string => source.trim().replace(/\/64$/, '').toLowerCase();
