import { Histogram } from '../counters.ts';

/** Seldom enough that an idle process stays idle. */
const EVERY_MS = 50;

/** How late what is due comes to its turn, looked at twenty times a second for as long as it is not closed. */
export class EventLoopDelay {
  readonly seconds = new Histogram([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]);
  readonly #timer: NodeJS.Timeout;

  /** `tell` is told of each look, in ms. */
  constructor(tell: (lateMs: number) => void = () => {}) {
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      // The wait that was asked for is no delay.
      const late = Math.max(0, now - last - EVERY_MS);
      this.seconds.observe(late / 1000);
      last = now;
      tell(late);
    }, EVERY_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
