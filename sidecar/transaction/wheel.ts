/** Something that wants to be woken once at `due` (ms); the links belong to the wheel. */
export interface Timed {
  due: number;
  previous: Timed | undefined;
  next: Timed | undefined;
  slot: number;
}

const SLOTS = 4096;
const WIDTH_MS = 16;
const NOWHERE = -1;

/**
 * One timer wheel for all transactions: setting, moving and clearing cost the same whatever is pending, and
 * nothing is allocated. An entry fires in the first turn at or after its due time, at most one slot (16 ms) late.
 */
export class Wheel<T extends Timed> {
  readonly #slots: (Timed | undefined)[] = new Array(SLOTS).fill(undefined);
  #cursor: number;
  #count = 0;
  #earliest = Number.POSITIVE_INFINITY;

  constructor(now: number) {
    this.#cursor = Math.floor(now / WIDTH_MS);
  }

  get count(): number {
    return this.#count;
  }

  /** When to call `advance` next, in ms: never later than the first due entry; Infinity where nothing is pending. */
  get wakeAt(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#earliest;
  }

  set(entry: T, due: number): void {
    this.clear(entry);
    const turn = Math.max(Math.ceil(due / WIDTH_MS), this.#cursor + 1);
    const slot = turn % SLOTS;
    const head = this.#slots[slot];
    entry.due = due;
    entry.slot = slot;
    entry.next = head;
    if (head !== undefined) head.previous = entry;
    this.#slots[slot] = entry;
    this.#count++;
    const at = turn * WIDTH_MS;
    if (at < this.#earliest) this.#earliest = at;
  }

  clear(entry: T): void {
    if (entry.slot === NOWHERE) return;
    if (entry.previous !== undefined) entry.previous.next = entry.next;
    else this.#slots[entry.slot] = entry.next;
    if (entry.next !== undefined) entry.next.previous = entry.previous;
    entry.previous = undefined;
    entry.next = undefined;
    entry.slot = NOWHERE;
    this.#count--;
  }

  /** Fires all that is due at `now`; what it fires may set and clear entries, its own too. */
  advance(now: number, fire: (entry: T) => void): void {
    const until = Math.floor(now / WIDTH_MS);
    // After a long pause one lap looks at every slot once.
    if (until - this.#cursor > SLOTS) this.#cursor = until - SLOTS;
    while (this.#cursor < until) {
      this.#cursor++;
      let entry = this.#slots[this.#cursor % SLOTS] as T | undefined;
      while (entry !== undefined) {
        const next = entry.next as T | undefined;
        if (entry.due <= now) {
          this.clear(entry);
          fire(entry);
          // Firing may have cleared or moved the neighbour: start over from what the slot holds now.
          entry = next !== undefined && next.slot === this.#cursor % SLOTS ? next : this.#firstDue(now);
        } else entry = next;
      }
    }
    this.#earliest = this.#nextOccupied();
  }

  #firstDue(now: number): T | undefined {
    let entry = this.#slots[this.#cursor % SLOTS] as T | undefined;
    while (entry !== undefined && entry.due > now) entry = entry.next as T | undefined;
    return entry;
  }

  #nextOccupied(): number {
    if (this.#count === 0) return Number.POSITIVE_INFINITY;
    for (let turn = this.#cursor + 1; turn <= this.#cursor + SLOTS; turn++) {
      if (this.#slots[turn % SLOTS] !== undefined) return turn * WIDTH_MS;
    }
    return Number.POSITIVE_INFINITY;
  }
}

/** The link fields of an entry that is not in the wheel. */
export const unlinked = (): Timed => ({ due: 0, previous: undefined, next: undefined, slot: NOWHERE });
