import type { KeyHash } from './key-hash.ts';

const LEAST_SLOTS = 256;

/**
 * A map for entries that come and go by the thousand a second. A `Map` rebuilds its table again and again under them, and each old
 * table leads on to the next (for the sake of iterators): so one that has grown old in the heap keeps alive all that was in
 * the map since, until the whole heap is looked through. Here a place is used again, and what has left is forgotten at once.
 */
export class KeyTable<V> {
  readonly #hash: KeyHash;
  /** Open addressing with linear probing: a power of two, at most half of them taken. */
  #keys: (string | undefined)[] = new Array(LEAST_SLOTS).fill(undefined);
  #values: (V | undefined)[] = new Array(LEAST_SLOTS).fill(undefined);
  #hashes = new Int32Array(LEAST_SLOTS);
  #size = 0;

  constructor(hash: KeyHash) {
    this.#hash = hash;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    return this.#values[this.#slotOf(key, this.#hash.of(key))];
  }

  set(key: string, value: V): void {
    const hash = this.#hash.of(key);
    let slot = this.#slotOf(key, hash);
    if (this.#keys[slot] === undefined) {
      if (2 * this.#size >= this.#keys.length) {
        this.#grow();
        slot = this.#slotOf(key, hash);
      }
      this.#size++;
      this.#keys[slot] = key;
      this.#hashes[slot] = hash;
    }
    this.#values[slot] = value;
  }

  delete(key: string): boolean {
    let hole = this.#slotOf(key, this.#hash.of(key));
    if (this.#keys[hole] === undefined) return false;
    const mask = this.#keys.length - 1;
    // Whoever stands behind, and would have stood here had it been free, moves up.
    for (let slot = (hole + 1) & mask; this.#keys[slot] !== undefined; slot = (slot + 1) & mask) {
      const wanted = this.#hashes[slot]! & mask;
      if (((slot - wanted) & mask) < ((slot - hole) & mask)) continue;
      this.#keys[hole] = this.#keys[slot];
      this.#values[hole] = this.#values[slot];
      this.#hashes[hole] = this.#hashes[slot]!;
      hole = slot;
    }
    this.#keys[hole] = undefined;
    this.#values[hole] = undefined;
    this.#size--;
    return true;
  }

  *values(): IterableIterator<V> {
    for (const value of this.#values) if (value !== undefined) yield value;
  }

  /** Where the key is, or would be. */
  #slotOf(key: string, hash: number): number {
    const mask = this.#keys.length - 1;
    let slot = hash & mask;
    for (;;) {
      const there = this.#keys[slot];
      if (there === undefined || (this.#hashes[slot] === hash && there === key)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const [keys, values, hashes] = [this.#keys, this.#values, this.#hashes];
    const slots = 2 * keys.length;
    this.#keys = new Array(slots).fill(undefined);
    this.#values = new Array(slots).fill(undefined);
    this.#hashes = new Int32Array(slots);
    for (const [from, key] of keys.entries()) {
      if (key === undefined) continue;
      const slot = this.#slotOf(key, hashes[from]!);
      this.#keys[slot] = key;
      this.#values[slot] = values[from];
      this.#hashes[slot] = hashes[from]!;
    }
    // What is dropped must keep nothing alive.
    keys.length = 0;
    values.length = 0;
  }
}
