/** Full jitter: anything up to a bound that doubles, so that many who fail at once do not come back at once. */
export class Backoff {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: () => number;
  #bound: number;

  /** In milliseconds; `random` gives numbers from 0 up to 1. */
  constructor(first: number, longest: number, random: () => number) {
    this.#first = first;
    this.#longest = longest;
    this.#random = random;
    this.#bound = first;
  }

  /** How long to wait before the next attempt, at least half of the first bound. */
  next(): number {
    const wait = Math.max(this.#first / 2, this.#random() * this.#bound);
    this.#bound = Math.min(this.#longest, this.#bound * 2);
    return wait;
  }

  reset(): void {
    this.#bound = this.#first;
  }
}
