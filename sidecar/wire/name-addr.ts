import { COMMA, isVisible, LESS, QUOTE, quotedEnd, SEMICOLON, skipBlanks, trimmed } from './grammar.ts';

/** A name-addr or addr-spec with header parameters (§20.10): From, To, Contact, Route and their like. */
export interface NameAddr {
  /** As written, with its quotes; '' if there is none. */
  readonly display: string;
  /** The addr-spec's text, without angle brackets. */
  readonly uri: string;
  /** Header parameters, raw: '' or ';tag=…'. */
  readonly params: string;
}

/** What an unquoted display name cannot have, liberal though we are: by the grammar it is tokens only (§25.1). */
const NO_DISPLAY = /[;,>"]/;

/**
 * Reads one name-addr or addr-spec with its header parameters; undefined if it is malformed, if it is a list, or for
 * the Contact `*`, which names nobody. Only the URI's outer form is looked at: `parseUri` reads it.
 */
export function parseNameAddr(text: string): NameAddr | undefined {
  const start = skipBlanks(text, 0);
  const quoted = text.charCodeAt(start) === QUOTE;
  const less = quoted ? skipQuotedName(text, start) : text.indexOf('<', start);
  if (less < 0) return quoted ? undefined : bareAddr(text, start);
  const display = trimmed(text, start, less);
  // §20.10: without brackets the first semicolon starts the header's parameters, so this bracket is within one of theirs.
  if (!quoted && display !== '' && NO_DISPLAY.test(display)) return bareAddr(text, start);
  const greater = text.indexOf('>', less);
  if (greater < 0) return undefined;
  return nameAddr(text, display, text.slice(less + 1, greater), greater + 1);
}

/** Index of the bracket that follows the quoted display name at `from`; -1 if the name is not closed or no bracket follows. */
function skipQuotedName(text: string, from: number): number {
  const end = quotedEnd(text, from);
  if (end < 0) return -1;
  const less = skipBlanks(text, end);
  return text.charCodeAt(less) === LESS ? less : -1;
}

function bareAddr(text: string, start: number): NameAddr | undefined {
  const semicolon = text.indexOf(';', start);
  const end = semicolon < 0 ? text.length : semicolon;
  const uri = trimmed(text, start, end);
  // §20.10: a URI with a comma or question mark has to stand in brackets.
  return uri.includes(',') || uri.includes('?') ? undefined : nameAddr(text, '', uri, end);
}

function nameAddr(text: string, display: string, uri: string, paramsStart: number): NameAddr | undefined {
  if (!isAddrSpec(uri)) return undefined;
  const at = skipBlanks(text, paramsStart);
  if (at < text.length && (text.charCodeAt(at) !== SEMICOLON || !isParamList(text, at))) return undefined;
  return { display, uri, params: trimmed(text, at, text.length) };
}

/** A scheme, a colon, something behind it, and none of the characters that no URI can hold. */
function isAddrSpec(uri: string): boolean {
  const colon = uri.indexOf(':');
  return colon > 0 && colon < uri.length - 1 && isVisible(uri);
}

/** Whether the parameters from `from` on are one value's: every quote closed, no comma outside of quotes. */
function isParamList(text: string, from: number): boolean {
  if (text.indexOf('"', from) < 0) return text.indexOf(',', from) < 0;
  let i = from;
  while (i >= 0 && i < text.length) {
    const code = text.charCodeAt(i);
    if (code === COMMA) return false;
    i = code === QUOTE ? quotedEnd(text, i) : i + 1;
  }
  return i >= 0;
}
