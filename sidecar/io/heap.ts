import { setFlagsFromString } from 'node:v8';

/** What the heap may always grow by before it is looked through: what a busy second leaves. */
const ROOM_BYTES = 64 << 20;

/** And by how many percent of what is alive, where that is more. */
const LEAST_PERCENT = 33;
/** V8 grows no heap by more, whatever it is told. */
const MOST_PERCENT = 300;

const LOOK_MS = 10_000;

/** By how many percent a heap of so many bytes may grow beyond what is alive. */
export const growthPercent = (bytes: number): number =>
  Math.min(MOST_PERCENT, Math.max(LEAST_PERCENT, Math.ceil((100 * ROOM_BYTES) / Math.max(1, bytes))));

/**
 * Has the heap of this process grow by a third beyond what is alive before it is looked through, where V8 would let it quadruple:
 * most of a large one is bindings, which stay. Looking through costs a core some milliseconds a hundred megabytes, so that a
 * small one, where a third would be full at once, has its room. Ends by what is returned.
 */
export function boundHeapGrowth(): () => void {
  let percent = 0;
  const look = (): void => {
    const wanted = growthPercent(process.memoryUsage().heapUsed);
    if (wanted === percent) return;
    percent = wanted;
    setFlagsFromString(`--heap-growing-percent=${percent}`);
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
