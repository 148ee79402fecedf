interface Timer {
  readonly at: number;
  readonly call: () => void;
}

/** A clock that stands until it is told to go on, and its timers. */
export class FakeTime {
  #now = 0;
  readonly #timers: Timer[] = [];

  /** Milliseconds since the beginning. */
  readonly clock = (): number => this.#now;

  readonly after = (ms: number, call: () => void): (() => void) => {
    const timer = { at: this.#now + ms, call };
    const index = this.#timers.findIndex(({ at }) => at > timer.at);
    this.#timers.splice(index < 0 ? this.#timers.length : index, 0, timer);
    return () => {
      const place = this.#timers.indexOf(timer);
      if (place >= 0) this.#timers.splice(place, 1);
    };
  };

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.length;
  }

  /** Goes on by `ms`; each timer rings at its time, and all that follows of it is done before the next. */
  async pass(ms: number, between: () => void = () => {}): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
      this.#timers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.call();
      await settle();
      between();
    }
    this.#now = end;
    await settle();
  }

  /** Goes on without a timer ringing, as for a process that is stopped. */
  skip(ms: number): void {
    this.#now += ms;
  }
}

/** Resolves when all that needs no time has been done. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
