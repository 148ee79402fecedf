import { Session } from 'node:inspector';

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** V8's precise block coverage of this very process. */
export class Profiler {
  readonly #session = new Session();
  readonly #under: string;

  /** `under`: what the URL of a script is to hold to be looked at. */
  constructor(under: string) {
    this.#under = under;
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What has run since the last time. */
  take(): readonly ScriptRuns[] {
    const { result } = this.#post('Profiler.takePreciseCoverage') as {
      result: readonly { url: string; functions: readonly { ranges: readonly Range[] }[] }[];
    };
    return result
      .filter(({ url }) => url.includes(this.#under))
      .map(({ url, functions }) => ({ url, functions: functions.map(({ ranges }) => ranges) }));
  }

  /** The program runs at full speed from now on. */
  close(): void {
    this.#post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }

  /** A session within the same thread calls back before `post` returns. */
  #post(method: string, params: object = {}): unknown {
    let answer: unknown;
    this.#session.post(method, params, (error, result) => {
      if (error !== null) throw new Error(`${method}: ${error.message}`);
      answer = result;
    });
    return answer;
  }
}

export interface ScriptRuns {
  readonly url: string;
  readonly functions: readonly (readonly Range[])[];
}

/**
 * Which blocks have been reached. V8 joins neighbouring blocks of equal counts, so that the ranges that it tells differ
 * from one time to the next; a block is here any place of a function where a range has ever begun.
 */
export class Coverage {
  /** By script and start of the function: the blocks of it by their start. */
  readonly #functions = new Map<string, Map<number, boolean>>();
  #reached = 0;

  /** Distinct blocks that have been reached. */
  get reached(): number {
    return this.#reached;
  }

  /** The names of the blocks that have been reached. */
  get names(): string[] {
    return [...this.#functions].flatMap(([name, blocks]) =>
      [...blocks].flatMap(([start, isReached]) => (isReached ? [`${name}:${start}`] : [])),
    );
  }

  /** Notes what has run, and returns the names of the blocks that had not been reached before. */
  add(runs: readonly ScriptRuns[]): string[] {
    const fresh: string[] = [];
    for (const { url, functions } of runs) {
      for (const ranges of functions) {
        const name = `${url}:${ranges[0]?.startOffset}`;
        const blocks = this.#functions.get(name) ?? new Map<number, boolean>();
        this.#functions.set(name, blocks);
        for (const { startOffset } of ranges) if (!blocks.has(startOffset)) blocks.set(startOffset, false);
        for (const [start, isReached] of blocks) {
          if (isReached || !hasRun(ranges, start)) continue;
          blocks.set(start, true);
          this.#reached++;
          fresh.push(`${name}:${start}`);
        }
      }
    }
    return fresh;
  }
}

/** Whether the innermost range around a place has run. The first range is the whole function; later ones lie within. */
function hasRun(ranges: readonly Range[], at: number): boolean {
  let count = 0;
  for (const range of ranges) if (at >= range.startOffset && at < range.endOffset) count = range.count;
  return count > 0;
}

/** Which of `wanted` blocks, by the names that `Coverage.add` gives, these runs have reached. */
export function reachedOf(runs: readonly ScriptRuns[], wanted: ReadonlySet<string>): string[] {
  const reached = new Coverage().add(runs);
  return reached.filter((name) => wanted.has(name));
}
