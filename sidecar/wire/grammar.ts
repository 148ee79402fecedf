/** The basic rules of RFC 3261 §25.1 that every other parser here stands on. */
export const HT = 9;
export const LF = 10;
export const CR = 13;
export const SP = 32;
export const QUOTE = 34;
export const COMMA = 44;
export const COLON = 58;
export const SEMICOLON = 59;
export const LESS = 60;
export const EQUALS = 61;
export const GREATER = 62;
const BACKSLASH = 92;

const TOKEN = new Uint8Array(256);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~") {
  TOKEN[char.charCodeAt(0)] = 1;
}

/** Index of the first character at or after `from` that cannot be part of a token; the text's length if all can. */
export function tokenEnd(text: string, from: number): number {
  let i = from;
  while (i < text.length && TOKEN[text.charCodeAt(i)] === 1) i++;
  return i;
}

/** Whether a character may stand in a token. */
export const isTokenCode = (code: number): boolean => TOKEN[code] === 1;

/** Whether the whole text is one token, not empty. */
export function isToken(text: string): boolean {
  return text.length > 0 && tokenEnd(text, 0) === text.length;
}

/** What cannot stand in any URI unescaped: white space, controls, quotes and angle brackets. */
const INVISIBLE = new Uint8Array(256);
INVISIBLE.fill(1, 0, SP + 1);
for (const code of [QUOTE, LESS, GREATER, 127]) INVISIBLE[code] = 1;

/** Whether the text has none of the characters that no URI can hold. Texts are short: a loop beats an expression. */
export function isVisible(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (INVISIBLE[text.charCodeAt(i)] === 1) return false;
  return true;
}

/** Space or tab: what is left of linear white space once a value is unfolded. */
export function isBlank(code: number): boolean {
  return code === SP || code === HT;
}

/** Index of the first character at or after `from` that is neither space nor tab. */
export function skipBlanks(text: string, from: number): number {
  let i = from;
  while (i < text.length && isBlank(text.charCodeAt(i))) i++;
  return i;
}

/**
 * The text between two indices without white space (line ends included) at either end.
 * Not `String.trim`: that one also takes U+00A0, which in latin1 text is half of a UTF-8 character.
 */
export function trimmed(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

/** White space as it stands in a message: blanks and line ends. */
export function isSpace(code: number): boolean {
  return code === SP || code === HT || code === CR || code === LF;
}

/** Index after the closing quote of the quoted-string that opens at `from`; -1 if it never closes. */
export function quotedEnd(text: string, from: number): number {
  const close = text.indexOf('"', from + 1);
  if (close < 0 || text.charCodeAt(close - 1) !== BACKSLASH) return close < 0 ? -1 : close + 1;
  let i = from + 1;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i + 1;
    i += code === BACKSLASH ? 2 : 1;
  }
  return -1;
}

/** What a quoted-string says: without its quotes and escapes. Any other text comes back as it is. */
export function unquoted(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== QUOTE) return text;
  const inner = text.slice(1, text.charCodeAt(text.length - 1) === QUOTE ? -1 : undefined);
  return inner.includes('\\') ? inner.replace(/\\(.)/gs, '$1') : inner;
}

/** The text in lower case; mostly it is already, and to see that is cheaper than to copy it. */
export function lowered(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 65 && code <= 90) return text.toLowerCase();
  }
  return text;
}

/** Whether two texts are equal but for the case of ASCII letters. */
export function sameIgnoringCase(a: string, b: string): boolean {
  return a === b || (a.length === b.length && a.toLowerCase() === b.toLowerCase());
}

/** A number written in digits only, from 0 to `max`; undefined for anything else. */
export function unsigned(text: string, max: number): number | undefined {
  if (text.length === 0) return undefined;
  let number = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
    if (number > max) return undefined;
  }
  return number;
}
