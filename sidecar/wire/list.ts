import { COMMA, isBlank, LESS, QUOTE, quotedEnd, skipBlanks, trimmed } from './grammar.ts';

const OPEN = 40;
const CLOSE = 41;

/**
 * Index of the comma at or after `from` that ends this value of a list, or the text's length.
 * Commas in quoted strings, angle brackets and comments do not end it; a quote, bracket or comment that is never
 * closed reaches to the text's end. A parenthesis opens a comment only after white space: in a URI it is a plain character.
 */
export function valueEnd(text: string, from: number): number {
  let i = text.indexOf(',', from);
  if (i < 0) return text.length;
  i = from;
  let afterBlank = true;
  while (i >= 0 && i < text.length) {
    const code = text.charCodeAt(i);
    if (code === COMMA) return i;
    if (code === QUOTE) i = quotedEnd(text, i);
    else if (code === LESS) i = text.indexOf('>', i);
    else if (code === OPEN && afterBlank) i = commentEnd(text, i);
    else i++;
    afterBlank = isBlank(code);
  }
  return text.length;
}

/** Index after the comment that opens at `from`; -1 if it never closes. Comments nest (§25.1). */
function commentEnd(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 92) i++;
    else if (code === OPEN) depth++;
    else if (code === CLOSE && --depth === 0) return i + 1;
  }
  return -1;
}

/** The values of a comma-separated list (§7.3.1), without white space around them; empty ones are left out. */
export function splitValues(text: string): string[] {
  let from = valueEnd(text, 0);
  const first = trimmed(text, 0, from);
  // Mostly there is just one: a literal of one is a quarter the size of what `push` makes.
  const values = first === '' ? [] : [first];
  from++;
  while (from < text.length) {
    const end = valueEnd(text, from);
    const value = trimmed(text, from, end);
    if (value !== '') values.push(value);
    from = end + 1;
  }
  return values;
}

/** Whether one of the values behind the comma at `from` is empty: the grammar has no such list, lenient though `splitValues` is. */
export function hasEmptyValue(text: string, from: number): boolean {
  let at = from;
  while (at < text.length) {
    const start = skipBlanks(text, at + 1);
    at = valueEnd(text, start);
    if (at === start) return true;
  }
  return false;
}
