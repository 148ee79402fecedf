/** FNV-1a of 32 bits, with the finish of MurmurHash3: no secret rests on it, and it has to be cheap. */
export const FNV_OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** One more number taken in. */
export const fnvStep = (hash: number, value: number): number => Math.imul(hash ^ value, PRIME);

/** A text's characters taken in, one after the other. */
export function fnvText(start: number, text: string): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = fnvStep(hash, text.charCodeAt(i));
  return hash;
}

/** The hash, when all is taken in: each bit of it depends on all that came. */
export function fnvFinished(start: number): number {
  let hash = Math.imul(start ^ (start >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
