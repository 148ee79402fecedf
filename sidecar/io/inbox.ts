/** How many are taken in one go before other things get their turn. */
const IN_ONE_GO = 10_000;

/**
 * A queue that empties itself: `put` takes the item at once, and what is put while an item is being taken (answers that
 * come within the same turn) is taken after it, in order, without recursion. A chain that never ends gives way
 * to the event loop now and then.
 */
export class Inbox<T> {
  readonly #take: (item: T) => void;
  #items: T[] = [];
  #isTaking = false;
  #resume: NodeJS.Immediate | undefined;

  /** `take` must not throw. */
  constructor(take: (item: T) => void) {
    this.#take = take;
  }

  put(item: T): void {
    this.#items.push(item);
    if (!this.#isTaking) this.#drain();
  }

  readonly #drain = (): void => {
    this.#isTaking = true;
    this.#resume = undefined;
    let at = 0;
    for (; at < this.#items.length && at < IN_ONE_GO; at++) this.#take(this.#items[at] as T);
    this.#isTaking = false;
    if (at === this.#items.length) {
      this.#items.length = 0;
      return;
    }
    this.#items = this.#items.slice(at);
    this.#resume ??= setImmediate(this.#drain);
  };
}
