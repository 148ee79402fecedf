/** Something that is to be looked at once a time has come; the field belongs to the queue. */
export interface DueItem {
  /** The second (since the epoch) it is queued for; NOT_QUEUED where it is not. */
  second: number;
}

export const NOT_QUEUED = -1;

/**
 * What is due when, by whole seconds. An item whose time moves away stays where it is and is looked at once too early:
 * a refresh, which always moves it away, costs nothing.
 */
export class DueQueue<T extends DueItem> {
  readonly #seconds = new Map<number, Set<T>>();
  /** No item is queued for a second before this one. */
  #first = Number.POSITIVE_INFINITY;
  /** The second that is being taken out of, and how far: each time from the beginning would pass all that was there before. */
  #walked: Set<T> | undefined = undefined;
  #walk: Iterator<T, undefined> | undefined = undefined;

  /** Sees to it that the item comes up at `due` (ms) or earlier. */
  put(item: T, due: number): void {
    const second = Math.ceil(due / 1000);
    if (item.second !== NOT_QUEUED) {
      if (item.second <= second) return;
      this.remove(item);
    }
    item.second = second;
    const items = this.#seconds.get(second);
    if (items === undefined) this.#seconds.set(second, new Set([item]));
    else items.add(item);
    if (second < this.#first) this.#first = second;
  }

  remove(item: T): void {
    const items = this.#seconds.get(item.second);
    if (items?.delete(item) && items.size === 0) this.#seconds.delete(item.second);
    item.second = NOT_QUEUED;
  }

  /** Takes out the next item whose second has come at `now` (ms); undefined where there is none. */
  next(now: number): T | undefined {
    const last = Math.floor(now / 1000);
    while (this.#first <= last) {
      const items = this.#seconds.get(this.#first);
      if (items !== this.#walked) {
        this.#walked = items;
        this.#walk = items?.values();
      }
      const item = this.#walk?.next().value;
      if (item !== undefined) {
        this.remove(item);
        return item;
      }
      this.#first = this.#seconds.size === 0 ? Number.POSITIVE_INFINITY : this.#first + 1;
    }
    return undefined;
  }
}
