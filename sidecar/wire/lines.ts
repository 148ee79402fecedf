import { COLON, CR, isBlank, LF, skipBlanks, tokenEnd, trimmed, unsigned } from './grammar.ts';
import { Header, type HeaderId, headerId } from './header.ts';

/** No message of any known peer has more; beyond it the sender only costs us memory. */
const MAX_LINES = 256;

const MAX_CONTENT_LENGTH = 2 ** 31 - 1;

/** Content-Length is not there. */
export const NO_LENGTH = -1;

/** Content-Length is no number, or there are several that differ. */
export const BAD_LENGTH = -2;

/**
 * Where the header lines of a message start and what they are; values are cut out when asked for.
 * `fault` says what is wrong with the lines ('' if nothing); where `end` is -1 the lines cannot be used at all.
 */
export class HeaderLines {
  readonly text: string;
  readonly ids: readonly HeaderId[];
  /** Start of each line, and of the empty line after the last. */
  readonly starts: readonly number[];
  /** The colon of each line; one before the line's start where it has none. */
  private readonly colons: readonly number[];
  /** Index after the empty line, where the body starts. */
  readonly end: number;
  readonly fault: string;

  constructor(
    text: string,
    ids: readonly HeaderId[],
    starts: readonly number[],
    colons: readonly number[],
    end: number,
    fault: string,
  ) {
    this.text = text;
    this.ids = ids;
    this.starts = starts;
    this.colons = colons;
    this.end = end;
    this.fault = fault;
  }

  name(line: number): string {
    return trimmed(this.text, this.starts[line]!, Math.max(this.starts[line]!, this.colons[line]!));
  }

  /** The line's value without white space around it; folding has become one space (§7.3.1). */
  value(line: number): string {
    const value = trimmed(this.text, this.colons[line]! + 1, this.starts[line + 1]!);
    return value.includes('\n') ? unfolded(value) : value;
  }
}

function unfolded(value: string): string {
  return value
    .split('\n')
    .map((part) => trimmed(part, 0, part.length))
    .filter((part) => part !== '')
    .join(' ');
}

/** Notes the header lines of `text` from `from` (after the start line) to the empty line. One pass, no copies. */
export function readLines(text: string, from: number): HeaderLines {
  const ids: HeaderId[] = [];
  const starts: number[] = [];
  const colons: number[] = [];
  let fault = '';
  let at = from;
  while (at < text.length) {
    starts.push(at);
    const empty = emptyLine(text, at);
    if (empty > 0) return new HeaderLines(text, ids, starts, colons, at + empty, fault);
    const next = lineEnd(text, at);
    if (next < 0) break;
    if (ids.length === MAX_LINES) return new HeaderLines(text, [], [], [], -1, 'Too Many Header Lines');
    const nameEnd = tokenEnd(text, at);
    const colon = text.charCodeAt(nameEnd) === COLON ? nameEnd : skipBlanks(text, nameEnd);
    if (nameEnd > at && text.charCodeAt(colon) === COLON) {
      ids.push(headerId(text, at, nameEnd));
      colons.push(colon);
    } else {
      fault = 'Bad Header Line';
      ids.push(Header.Other);
      colons.push(at - 1);
    }
    at = next;
  }
  return new HeaderLines(text, [], [], [], -1, 'No Empty Line After Headers');
}

/** Length of the line end at `at`: 0 if there is none. A peer that ends lines by LF alone is understood. */
function emptyLine(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === LF) return 1;
  return code === CR && text.charCodeAt(at + 1) === LF ? 2 : 0;
}

/** Index after the line that starts at `at`, with what is folded onto it (§7.3.1); -1 if it does not end. */
function lineEnd(text: string, at: number): number {
  let end = text.indexOf('\n', at) + 1;
  while (end > 0 && end < text.length && isBlank(text.charCodeAt(end))) end = text.indexOf('\n', end) + 1;
  return end > 0 ? end : -1;
}

/** The Content-Length that the lines tell, NO_LENGTH or BAD_LENGTH. Used for framing and for the check alike, so both agree. */
export function contentLength(lines: HeaderLines): number {
  let found = NO_LENGTH;
  const { ids } = lines;
  for (let i = ids.indexOf(Header.ContentLength); i >= 0; i = ids.indexOf(Header.ContentLength, i + 1)) {
    const length = unsigned(lines.value(i), MAX_CONTENT_LENGTH) ?? BAD_LENGTH;
    if (found !== NO_LENGTH && length !== found) return BAD_LENGTH;
    found = length;
  }
  return found;
}
