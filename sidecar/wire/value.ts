import { isBlank, skipBlanks, unsigned } from './grammar.ts';
import { methodAt } from './method.ts';

export { unquoted, unsigned } from './grammar.ts';
export { splitValues, valueEnd } from './list.ts';
export { type NameAddr, parseNameAddr } from './name-addr.ts';
export { parseVia, type Via } from './via.ts';

/** §20.16 */
export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** §8.1.1.5: a sequence number is below 2**31. */
const MAX_CSEQ = 2 ** 31 - 1;

/** Reads a CSeq value; undefined if it is malformed or too large. */
export function parseCSeq(text: string): CSeq | undefined {
  let digitsEnd = 0;
  while (digitsEnd < text.length && !isBlank(text.charCodeAt(digitsEnd))) digitsEnd++;
  const number = unsigned(text.slice(0, digitsEnd), MAX_CSEQ);
  const method = methodAt(text, skipBlanks(text, digitsEnd), text.length);
  return number === undefined || method === undefined ? undefined : { number, method };
}
