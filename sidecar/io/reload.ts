import { createHash } from 'node:crypto';
import { formatProblem, readResource, type SidecarConfig } from '../config.ts';
import type { Millis } from '../effect.ts';
import type { Surroundings } from './surroundings.ts';
import { type Watch, watchFile } from './watch.ts';

/** What is in force, and what became of the last change. */
export interface Applied {
  readonly file: string;
  /** SHA-256 of the text in force, in hexadecimal digits. */
  readonly sha256: string;
  readonly appliedAt: string;
  /** Why a later text was refused; undefined where there was none. */
  readonly refused: string | undefined;
}

/** Puts a configuration in force as a whole; the reasons where it can't, and then the old one still is. */
export type Apply = (config: SidecarConfig) => Promise<readonly string[]>;

/** The problems that one log line tells; `midreg validate` tells all. */
const SHOWN = 5;

/** After this a valid text is tried again that a port in use, a Secret that is missing or the like kept from taking effect. */
const TRY_AGAIN_MS = 5000;

/** Follows the resource's file: a valid text takes effect, any other is refused and told, and the one before stays in force. */
export class Reload {
  readonly #file: string;
  readonly #around: Surroundings;
  readonly #apply: Apply;
  readonly #watch: Watch;
  readonly #tryAgainMs: Millis;
  #applied: Applied;
  #again: NodeJS.Timeout | undefined;
  /** Changes are applied one after the other. */
  #underWay: Promise<void> = Promise.resolve();

  constructor(
    file: string,
    text: string,
    around: Surroundings,
    apply: Apply,
    tryAgainMs: Millis = TRY_AGAIN_MS,
  ) {
    this.#file = file;
    this.#around = around;
    this.#apply = apply;
    this.#tryAgainMs = tryAgainMs;
    this.#applied = inForce(file, text, around.clock());
    this.#watch = watchFile(file, text, (changed) => this.#queue(() => this.#change(changed)), around.note);
  }

  get applied(): Applied {
    return this.#applied;
  }

  #queue(work: () => Promise<void>): void {
    this.#underWay = this.#underWay.then(work);
  }

  /** `told` is the reason that was told when the same text was tried before. */
  async #change(text: string, told?: string): Promise<void> {
    clearTimeout(this.#again);
    const read = readResource(text, this.#file);
    const reasons = 'problems' in read ? read.problems.map(formatProblem) : await this.#apply(read.config);
    if (reasons.length === 0) {
      this.#applied = inForce(this.#file, text, this.#around.clock());
      this.#around.tally.event('reloads');
      this.#around.note({ level: 'info', event: 'resource applied', reason: this.#file, isOurs: true });
      return;
    }
    // What stands in the way of a valid text lies outside of it, and may go away.
    if (!('problems' in read))
      this.#again = setTimeout(() => this.#queue(() => this.#change(text, reasons.join())), this.#tryAgainMs);
    if (told === reasons.join()) return;
    const more = reasons.length > SHOWN ? [`${reasons.length - SHOWN} more`] : [];
    const reason = [...reasons.slice(0, SHOWN), ...more, 'the former resource stays in force'].join('; ');
    this.#applied = { ...this.#applied, refused: reasons[0] };
    this.#around.tally.event('reloads_refused');
    this.#around.note({ level: 'error', event: 'resource refused', reason, isOurs: true });
  }

  /** No more changes; resolves when the one under way is done. */
  async close(): Promise<void> {
    this.#watch.close();
    await this.#underWay;
    clearTimeout(this.#again);
  }
}

const inForce = (file: string, text: string, now: Millis): Applied => ({
  file,
  sha256: createHash('sha256').update(text).digest('hex'),
  appliedAt: new Date(now).toISOString(),
  refused: undefined,
});
