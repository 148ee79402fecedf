import { randomFillSync } from 'node:crypto';

/** 80 bits: more than the 64 that nobody can guess. */
const BYTES = 10;
const POOL = 512 * BYTES;

/** Texts in hexadecimal digits that nobody can guess, for branches and tags. One call to the system fills hundreds. */
export function createRandom(): () => string {
  const pool = Buffer.alloc(POOL);
  let at = POOL;
  return () => {
    if (at === POOL) {
      randomFillSync(pool);
      at = 0;
    }
    at += BYTES;
    return pool.toString('hex', at - BYTES, at);
  };
}
