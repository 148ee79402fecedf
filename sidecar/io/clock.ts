import type { Millis } from '../effect.ts';

/**
 * The clock that everything is measured by: wall time at its making plus the monotonic time gone by since, in whole
 * milliseconds since the epoch. It never runs backwards, whatever happens to the wall clock while the process lives.
 */
export function createClock(): () => Millis {
  const origin = Date.now() - performance.now();
  return () => Math.floor(origin + performance.now());
}
