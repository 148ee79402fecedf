/** Whether an endpoint answers, as its probes have shown. */
export interface Health {
  readonly state: 'Up' | 'Down' | 'Unknown';
  /** Since when, in ms since the epoch. */
  readonly since: number;
  /** Probes that have failed in a row. */
  readonly failures: number;
  /** What is known of why the last one has, in words. */
  readonly fault?: string;
}

export const unknownSince = (now: number): Health => ({ state: 'Unknown', since: now, failures: 0 });

/** One answer makes it up. */
export const afterAnswer = ({ state, since }: Health, now: number): Health => ({
  state: 'Up',
  since: state === 'Up' ? since : now,
  failures: 0,
});

/** So many failures in a row make it down; until then it stays what it was. */
export function afterFailure({ state, since, failures }: Health, threshold: number, now: number): Health {
  const isDown = failures + 1 >= threshold;
  if (!isDown || state === 'Down') return { state, since, failures: failures + 1 };
  return { state: 'Down', since: now, failures: failures + 1 };
}

/**
 * How an endpoint of several addresses is: up while one of them is, down when all are, or when it has led nowhere for a while
 * (`since`, ms). `isAsked`: whether there is anybody to ask.
 */
export function endpointHealth(hops: readonly Health[], isAsked: boolean, since: number): Health {
  if (!isAsked) return unknownSince(since);
  const up = hops.filter(({ state }) => state === 'Up');
  if (up.length > 0) return { state: 'Up', since: Math.min(...up.map((hop) => hop.since)), failures: 0 };
  if (hops.length === 0) return { state: 'Down', since, failures: 0 };
  const isDown = hops.every(({ state }) => state === 'Down');
  return {
    state: isDown ? 'Down' : 'Unknown',
    since: Math.max(...hops.map((hop) => hop.since)),
    failures: Math.min(...hops.map(({ failures }) => failures)),
  };
}
