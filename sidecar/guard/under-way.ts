/** How many requests of unknown senders may wait for their answers. A PBX that answers in 10 ms is asked 100,000 times a second with it, one that takes a second 1,000 times. */
const MOST = 1000;

/** Longer than any transaction (64 × T1 and more): what has had no answer by then will have none. */
const LONGEST_MS = 64_000;

/**
 * What unknown senders have asked and nobody has answered yet. Its bound keeps a flood of them from the PBX behind: the slower that
 * is, the fewer it is asked.
 */
export class UnderWay {
  readonly #since = new Map<object, number>();

  get size(): number {
    return this.#since.size;
  }

  get isFull(): boolean {
    return this.#since.size >= MOST;
  }

  begin(request: object, now: number): void {
    this.#since.set(request, now);
    for (const [oldest, since] of this.#since) {
      if (now - since <= LONGEST_MS) return;
      this.#since.delete(oldest);
    }
  }

  end(request: object): void {
    if (this.#since.size > 0) this.#since.delete(request);
  }
}
