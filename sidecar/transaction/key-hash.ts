/** The hash of strings that strangers choose, by a seed that they don't know: so nobody can have many keys collide. */
export class KeyHash {
  readonly #seed: number;
  #key = '';
  #hash = 0;

  constructor(seed: string) {
    this.#seed = mixed(OFFSET, seed);
    this.#hash = finished(this.#seed);
  }

  /** 32 bits by FNV-1a with the finish of MurmurHash3. One key is asked about several times in a row. */
  of(key: string): number {
    if (key === this.#key) return this.#hash;
    this.#key = key;
    this.#hash = finished(mixed(this.#seed, key));
    return this.#hash;
  }
}

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

function mixed(start: number, text: string): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash;
}

function finished(start: number): number {
  let hash = Math.imul(start ^ (start >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
