import { EQUALS, QUOTE, quotedEnd, SEMICOLON, skipBlanks, trimmed, unquoted } from './grammar.ts';

/**
 * The value of a parameter in a raw list such as `;a=b;lr` (of a URI or a header), without quotes;
 * '' for one without value, undefined for one that is not there. `name` in lower case; the first of equals wins.
 */
export function param(params: string, name: string): string | undefined {
  let at = params.indexOf(';');
  const quoted = at >= 0 && params.includes('"', at);
  while (at >= 0 && at < params.length) {
    const start = skipBlanks(params, at + 1);
    if (params.charCodeAt(start) === SEMICOLON) {
      // Nothing between two of them; there may be very many.
      at = start;
      continue;
    }
    const end = quoted ? quotedParamEnd(params, start) : paramEnd(params, start);
    if (isParam(params, start, end, name)) {
      const equals = skipBlanks(params, start + name.length);
      return equals < end ? unquoted(trimmed(params, equals + 1, end)) : '';
    }
    at = end;
  }
  return undefined;
}

/** Every parameter of a raw list by its lower-cased name, in order; the first of equals wins. */
export function paramMap(params: string): Map<string, string> {
  const map = new Map<string, string>();
  let at = params.indexOf(';');
  while (at >= 0 && at < params.length) {
    const end = quotedParamEnd(params, at + 1);
    const equals = params.slice(at + 1, end).indexOf('=');
    const nameEnd = equals < 0 ? end : at + 1 + equals;
    const name = trimmed(params, at + 1, nameEnd).toLowerCase();
    if (name !== '' && !map.has(name))
      map.set(name, unquoted(trimmed(params, Math.min(nameEnd + 1, end), end)));
    at = end;
  }
  return map;
}

/** The raw list without the named parameters (lower case); all else as written. */
export function withoutParams(params: string, names: readonly string[]): string {
  let kept = '';
  let at = params.indexOf(';');
  while (at >= 0 && at < params.length) {
    const start = skipBlanks(params, at + 1);
    const end = quotedParamEnd(params, start);
    if (!names.some((name) => isParam(params, start, end, name))) kept += params.slice(at, end);
    at = end;
  }
  return kept;
}

/** Whether a parameter of that name (lower case) stands there more than once (§7.3.1: never may one). */
export function repeatsParam(params: string, name: string): boolean {
  // Nearly all values have one parameter or none.
  if (params.indexOf(';', 1) < 0) return false;
  let found = 0;
  let at = params.indexOf(';');
  while (at >= 0 && at < params.length) {
    const start = skipBlanks(params, at + 1);
    at = quotedParamEnd(params, start);
    if (isParam(params, start, at, name)) found++;
  }
  return found > 1;
}

/** Whether there is a semicolon with no parameter behind it. */
export function hasEmptyParam(params: string): boolean {
  let at = params.indexOf(';');
  while (at >= 0 && at < params.length) {
    const start = skipBlanks(params, at + 1);
    at = quotedParamEnd(params, start);
    if (at === start) return true;
  }
  return false;
}

/** Whether a quoted value is never closed. */
export function hasOpenQuote(params: string): boolean {
  let at = params.indexOf('"');
  while (at >= 0) {
    const end = quotedEnd(params, at);
    if (end < 0) return true;
    at = params.indexOf('"', end);
  }
  return false;
}

/** Whether the parameter in params[start, end) has that name. */
function isParam(params: string, start: number, end: number, name: string): boolean {
  const nameEnd = start + name.length;
  if (nameEnd > end || !isNamed(params, start, name)) return false;
  const after = skipBlanks(params, nameEnd);
  return after >= end || params.charCodeAt(after) === EQUALS;
}

function isNamed(params: string, start: number, name: string): boolean {
  if (params.startsWith(name, start)) return true;
  for (let i = 0; i < name.length; i++) {
    const code = params.charCodeAt(start + i);
    const want = name.charCodeAt(i);
    if (code !== want && (want < 97 || (code | 32) !== want)) return false;
  }
  return true;
}

/** Index of the semicolon that ends the parameter at `from`, or the length. */
function paramEnd(params: string, from: number): number {
  const end = params.indexOf(';', from);
  return end < 0 ? params.length : end;
}

/** The same where a value may be quoted; a quote that never closes reaches to the end. */
function quotedParamEnd(params: string, from: number): number {
  let i = from;
  while (i < params.length) {
    const code = params.charCodeAt(i);
    if (code === SEMICOLON) return i;
    i = code === QUOTE ? quotedEnd(params, i) : i + 1;
    if (i < 0) return params.length;
  }
  return params.length;
}
