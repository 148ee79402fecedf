import type { Target } from './target.ts';

/** What is wrong with an input, in one line; undefined where nothing is. */
export function faultOf<Input>(target: Target<Input>, input: Input): string | undefined {
  try {
    target.run(input);
    return undefined;
  } catch (error) {
    return describe(error);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const frame = /\n\s+at (\S+).*?\/(sidecar\/[^):]+)/.exec(error.stack ?? '');
  const at = error.name === 'Violation' || frame === null ? '' : ` at ${frame[1]} (${frame[2]})`;
  return `${error.name}: ${error.message.slice(0, 300)}${at}`;
}

/** The kind of a fault: what makes two failures the same one, whatever the numbers and texts in them are. */
export const kindOf = (fault: string): string =>
  fault
    .replace(/: [^:]*$/, '')
    .replace(/\d+/g, 'n')
    .slice(0, 120);

/** A smaller input with the same kind of fault, as small as can be found in `tries` runs. */
export function minimise<Input>(target: Target<Input>, input: Input, kind: string, tries = 3_000): Input {
  let smallest = input;
  let left = tries;
  for (let isSmaller = true; isSmaller && left > 0; ) {
    isSmaller = false;
    for (const candidate of target.smaller(smallest)) {
      if (left-- <= 0) break;
      const fault = faultOf(target, candidate);
      if (fault === undefined || kindOf(fault) !== kind) continue;
      smallest = candidate;
      isSmaller = true;
      break;
    }
  }
  return smallest;
}
