import { readFile } from 'node:fs/promises';
import type { Latin1Buffer } from '../wire/latin1.ts';
import type { LoadReport, Reading, Taken } from './journal.ts';
import { type JournalLine, readLine } from './journal-line.ts';
import { blocksOf, segmentPath } from './segment.ts';

/** Lines read before the event loop gets its turn. */
const READ_IN_ONE_GO = 2000;

const LINE_FEED = 10;
const SPACE = 32;
const QUOTE = 34;

/**
 * Reads segments from the newest to the oldest: the first line of an AoR is the one that counts. `isHere` tells of an AoR
 * that has been taken over.
 */
export async function readSegments(
  directory: string,
  numbers: readonly number[],
  take: Reading,
  isHere: (aor: string) => boolean,
): Promise<LoadReport> {
  /** AoRs that are not here although they have been read: they had left, or could not be taken over. */
  const passed = new Set<string>();
  let [loaded, corrupt, inThisGo] = [0, 0, 0];
  for (const number of numbers.toReversed()) {
    const bytes = (await readFile(segmentPath(directory, number))) as Latin1Buffer;
    const { ranges, damaged } = blocksOf(bytes);
    corrupt += damaged;
    for (const { from, to } of ranges.toReversed()) {
      for (let at = from; at < to; ) {
        const end = bytes.indexOf(LINE_FEED, at);
        const line = lineAt(bytes, at, end);
        at = end + 1;
        inThisGo++;
        if (line === undefined) corrupt++;
        else if (!isHere(line.aor) && !passed.has(line.aor)) {
          if (line.text === '') passed.add(line.aor);
          else {
            const taken = attempt(take, line, number);
            if (taken === 'corrupt') corrupt++;
            else loaded++;
            if (taken === 'left') passed.add(line.aor);
          }
        }
      }
      if (inThisGo < READ_IN_ONE_GO) continue;
      inThisGo = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { loaded, corrupt };
}

/** A line as texts of their own, which keep no larger one alive. */
function lineAt(bytes: Latin1Buffer, from: number, to: number): JournalLine | undefined {
  const quote = bytes.indexOf(QUOTE, from + 1);
  const isPlain = bytes[from] === QUOTE && quote > 0 && quote < to && bytes[quote + 1] === SPACE;
  const aor = isPlain ? bytes.latin1Slice(from + 1, quote) : '\\';
  if (aor.includes('\\')) return readLine(bytes.latin1Slice(from, to));
  return { aor, text: bytes.latin1Slice(quote + 2, to) };
}

function attempt(take: Reading, { aor, text }: JournalLine, place: number): Taken {
  try {
    return take(aor, text, place);
  } catch {
    return 'corrupt';
  }
}
