/** §17.1.1.1: the round-trip estimate and the ceiling of retransmission intervals, in milliseconds. */
export const T1 = 500;
export const T2 = 4000;
/** Timers B, F, H and J: after this the other side is given up. */
export const TIMEOUT = 64 * T1;

/** A set of timers that can be stopped together, so that a closed phone leaves nothing behind. */
export class Timers {
  readonly #running = new Set<NodeJS.Timeout>();

  /** Runs `action` once after `milliseconds`; the result stops it before. */
  after(milliseconds: number, action: () => void): () => void {
    const timer = setTimeout(() => {
      this.#running.delete(timer);
      action();
    }, milliseconds);
    this.#running.add(timer);
    return () => {
      clearTimeout(timer);
      this.#running.delete(timer);
    };
  }

  /** Runs `action` after T1, then at doubling intervals up to `ceiling`, until the result is called. */
  doubling(action: () => void, ceiling: number): () => void {
    let stop = () => {};
    const next = (interval: number) => {
      stop = this.after(interval, () => {
        action();
        next(Math.min(interval * 2, ceiling));
      });
    };
    next(T1);
    return () => stop();
  }

  clear(): void {
    for (const timer of this.#running) clearTimeout(timer);
    this.#running.clear();
  }
}
