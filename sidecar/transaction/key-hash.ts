import { FNV_OFFSET, fnvFinished, fnvText } from '../wire/fnv.ts';

/** The hash of strings that strangers choose, by a seed that they don't know: so nobody can have many keys collide. */
export class KeyHash {
  readonly #seed: number;
  #key = '';
  #hash = 0;

  constructor(seed: string) {
    this.#seed = fnvText(FNV_OFFSET, seed);
    this.#hash = fnvFinished(this.#seed);
  }

  /** 32 bits by FNV-1a with the finish of MurmurHash3. One key is asked about several times in a row. */
  of(key: string): number {
    if (key === this.#key) return this.#hash;
    this.#key = key;
    this.#hash = fnvFinished(fnvText(this.#seed, key));
    return this.#hash;
  }
}
