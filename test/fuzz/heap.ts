import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What may be held more at the end of a run than in its middle, in bytes: inputs that are kept, and compiled code. */
export const MOST_GROWTH = 24 << 20;

let collect: (() => void) | undefined;

/** Bytes in use once all garbage is collected. */
export function usedHeap(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  collect();
  return getHeapStatistics().used_heap_size;
}
