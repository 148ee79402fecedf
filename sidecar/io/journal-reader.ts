import { readFile } from 'node:fs/promises';
import type { Binding } from '../registrar/binding.ts';
import type { LoadReport } from './journal.ts';
import { readLine } from './journal-line.ts';
import { blocksOf, segmentPath } from './segment.ts';

/** Lines read before the event loop gets its turn. */
const READ_IN_ONE_GO = 2000;

/** What reading does with the newest line of an AoR. */
export interface Reading {
  /** Undefined (or an exception) for text that makes no sense. */
  decode(aor: string, text: string): readonly Binding[] | undefined;
  each(aor: string, bindings: readonly Binding[], number: number): void;
}

/** Missing in the type declarations of Node. */
type Latin1 = Buffer & { latin1Slice(start: number, end: number): string };

/** Reads segments from the newest to the oldest: the first line of an AoR is the one that counts. */
export async function readSegments(
  directory: string,
  numbers: readonly number[],
  { decode, each }: Reading,
): Promise<LoadReport> {
  const seen = new Set<string>();
  let [loaded, corrupt, inThisGo] = [0, 0, 0];
  for (const number of numbers.toReversed()) {
    const bytes = (await readFile(segmentPath(directory, number))) as Latin1;
    const { ranges, damaged } = blocksOf(bytes);
    corrupt += damaged;
    for (const { from, to } of ranges.toReversed()) {
      for (const text of bytes.latin1Slice(from, to - 1).split('\n')) {
        const outcome = take(text, number);
        if (outcome === 'loaded') loaded++;
        else if (outcome === 'corrupt') corrupt++;
        inThisGo++;
      }
      if (inThisGo < READ_IN_ONE_GO) continue;
      inThisGo = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { loaded, corrupt };

  function take(line: string, number: number): 'loaded' | 'corrupt' | 'over' {
    const read = readLine(line);
    if (read === undefined) return 'corrupt';
    const { aor, text } = read;
    if (seen.has(aor)) return 'over';
    seen.add(aor);
    if (text === '') return 'over';
    const bindings = attempt(() => decode(aor, text));
    if (bindings === undefined) return 'corrupt';
    each(aor, bindings, number);
    return 'loaded';
  }
}

function attempt<T>(decode: () => T | undefined): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
