import { isBlank, skipBlanks } from './grammar.ts';
import { methodAt } from './method.ts';

export { trimmed, unquoted, unsigned } from './grammar.ts';
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
  let number = 0;
  let at = 0;
  for (; at < text.length && number <= MAX_CSEQ; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  if (at === 0 || number > MAX_CSEQ || !isBlank(text.charCodeAt(at))) return undefined;
  const method = methodAt(text, skipBlanks(text, at), text.length);
  return method === undefined ? undefined : { number, method };
}
