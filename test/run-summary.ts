/** What became of one test; `note` is the reason that a skipped test gave. */
export type Outcome =
  | { readonly state: 'passed' | 'failed' }
  | { readonly state: 'skipped'; readonly name: string; readonly note: string | undefined };

/** How a whole run went, in tests. What broke outside a test (a file that does not load, a hook, a stray rejection) counts as one failed. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** One line for each reason to skip. */
  readonly reasons: readonly string[];
}

/** A peer that tests would use and that this machine has not: what it is, and how to get it. */
export interface MissingPeer {
  readonly what: string;
  readonly how: string;
}

const count = (outcomes: readonly Outcome[], state: Outcome['state']): number =>
  outcomes.filter((outcome) => outcome.state === state).length;

/**
 * Sums up a run. A skipped test names its reason by its note; the note of a test that misses a peer is that peer's line,
 * so that each reason stands there once however many tests share it.
 */
export function summarise(
  outcomes: readonly Outcome[],
  faultsOutside: number,
  missing: readonly MissingPeer[],
): Summary {
  const reasons = new Set(missing.map(({ what, how }) => `${what}: ${how}`));
  for (const outcome of outcomes)
    if (outcome.state === 'skipped') reasons.add(outcome.note ?? `${outcome.name}: it gives no reason`);
  return {
    passed: count(outcomes, 'passed'),
    failed: count(outcomes, 'failed') + faultsOutside,
    skipped: count(outcomes, 'skipped'),
    reasons: [...reasons],
  };
}

/** The last lines of a run: a line for each reason to skip, then the one line of figures. */
export const render = ({ passed, failed, skipped, reasons }: Summary): string[] => [
  ...reasons.map((reason) => `skipped: ${reason}`),
  `${passed} passed, ${failed} failed, ${skipped} skipped`,
];

/** The runner's exit code. A run of no tests proves nothing, and where skips are forbidden neither does one with a hole in it. */
export const exitCode = (summary: Summary, skipsForbidden: boolean): 0 | 1 => {
  if (summary.failed > 0 || summary.passed + summary.skipped === 0) return 1;
  return skipsForbidden && (summary.skipped > 0 || summary.reasons.length > 0) ? 1 : 0;
};
