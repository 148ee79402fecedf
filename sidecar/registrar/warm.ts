import type { Stored } from './stored.ts';

/** The AoRs that lie as objects, in the order in which they came to: beyond a number the oldest become text. */
export class Warm {
  readonly #most: number;
  readonly #ring: (Stored | undefined)[] = [];
  #at = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether whoever comes makes somebody else text. */
  get isFull(): boolean {
    return this.#ring.length === this.#most;
  }

  /** An AoR that has just been made objects of. */
  add(stored: Stored): void {
    this.#ring[this.#at]?.cool();
    this.#ring[this.#at] = stored;
    this.#at = (this.#at + 1) % this.#most;
  }
}
