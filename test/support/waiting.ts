/** What has come in and not been asked for yet, and who waits for what is to come. */
export class Waiting<T> {
  readonly #items: T[] = [];
  readonly #looks = new Set<() => void>();

  get items(): readonly T[] {
    return this.#items;
  }

  push(item: T): void {
    this.#items.push(item);
    for (const look of this.#looks) look();
  }

  clear(): void {
    this.#items.length = 0;
  }

  /**
   * Takes the first that matches, come in already or to come. Rejects after `timeoutMs`, with what `complain` says of
   * the items that are there instead.
   */
  async next(
    match: (item: T) => boolean,
    timeoutMs: number,
    complain: (others: readonly T[]) => string,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const look = () => {
      const index = this.#items.findIndex(match);
      if (index < 0) return;
      this.#looks.delete(look); // takes one only
      resolve(this.#items.splice(index, 1)[0] as T);
    };
    const timer = setTimeout(() => reject(new Error(complain(this.#items))), timeoutMs);
    this.#looks.add(look);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#looks.delete(look);
    }
  }
}
