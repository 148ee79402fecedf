import { MOST_LINES } from './bounds.ts';
import { CR, isBlank, LF, skipBlanks, tokenEnd, trimmed, unsigned } from './grammar.ts';
import { Header, type HeaderId, headerId } from './header.ts';

const MAX_CONTENT_LENGTH = 2 ** 31 - 1;

/** Content-Length is not there. */
export const NO_LENGTH = -1;

/** Content-Length is no number, or there are several that differ. */
export const BAD_LENGTH = -2;

/** Where the header lines of a message start and what they are; values are cut out when asked for. */
export class HeaderLines {
  readonly text: string;
  readonly ids: HeaderId[] = [];
  /** Start of each line, and of the empty line after the last. */
  readonly starts: number[] = [];
  /** Index after the empty line, where the body starts; -1 if the lines cannot be used at all. */
  end = -1;
  /** What is wrong with the lines, '' if nothing is. */
  fault = '';
  /** How many lines go on where the one before them ended (§7.3.1). */
  folds = 0;
  /** A bit for each field with a number below 32: whether it is there, and on several lines. */
  private seen = 0;
  private repeated = 0;

  constructor(text: string) {
    this.text = text;
  }

  add(id: HeaderId, start: number): void {
    this.ids.push(id);
    this.starts.push(start);
    if (id > 31) return;
    this.repeated |= this.seen & (1 << id);
    this.seen |= 1 << id;
  }

  /** Index of the field's first line, -1 if there is none. */
  first(id: HeaderId): number {
    return id > 31 || (this.seen & (1 << id)) !== 0 ? this.ids.indexOf(id) : -1;
  }

  /** Whether the field stands on several lines. */
  repeats(id: HeaderId): boolean {
    return id > 31 ? this.next(id, this.first(id)) >= 0 : (this.repeated & (1 << id)) !== 0;
  }

  /** Whether any of the fields with a bit in `mask` stands on several lines. */
  repeatsAny(mask: number): boolean {
    return (this.repeated & mask) !== 0;
  }

  /** Index of the field's next line after `line`, -1 if there is none. */
  next(id: HeaderId, line: number): number {
    return id > 31 || (this.repeated & (1 << id)) !== 0 ? this.ids.indexOf(id, line + 1) : -1;
  }

  /** '' for a line that is no header. */
  name(line: number): string {
    const start = this.starts[line]!;
    return trimmed(this.text, start, Math.max(start, this.colon(line)));
  }

  /** The line's value without white space around it; folding has become one space (§7.3.1). */
  value(line: number): string {
    const value = trimmed(this.text, this.colon(line) + 1, this.starts[line + 1]!);
    return this.folds > 0 && value.includes('\n') ? unfolded(value) : value;
  }

  /** The colon of a line; one before the line's start where it has none. */
  private colon(line: number): number {
    const start = this.starts[line]!;
    const colon = this.text.indexOf(':', start);
    return colon >= 0 && colon < this.starts[line + 1]! ? colon : start - 1;
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
export function readLines(text: string, from: number, mostLines = MOST_LINES): HeaderLines {
  const lines = new HeaderLines(text);
  let at = from;
  let colon = -1;
  while (at < text.length) {
    const empty = emptyLine(text, at);
    if (empty > 0) {
      lines.starts.push(at);
      lines.end = at + empty;
      if (hasLoneCr(text, lines.end)) lines.fault = 'Bad Line End';
      return lines;
    }
    if (lines.ids.length === mostLines) return unusable(lines, 'Too Many Header Lines');
    // Searched anew only once it is passed, so lines without a colon do not make the search quadratic.
    if (colon < at) colon = nextColon(text, at);
    const end = lineEnd(text, at, lines);
    if (end < 0) break;
    if (lines.folds > mostLines) return unusable(lines, 'Too Many Header Lines');
    addLine(lines, at, colon, end);
    at = end;
  }
  if (at === text.length) {
    // Every line is whole: what it is can be told, and who sent it.
    lines.starts.push(at);
    lines.end = at;
  }
  return unusable(lines, 'No Empty Line After Headers');
}

function unusable(lines: HeaderLines, fault: string): HeaderLines {
  lines.fault = fault;
  return lines;
}

function nextColon(text: string, from: number): number {
  const colon = text.indexOf(':', from);
  return colon < 0 ? text.length : colon;
}

function addLine(lines: HeaderLines, start: number, colon: number, end: number): void {
  const { text } = lines;
  const id = colon < end ? headerId(text, start, colon) : Header.Other;
  if (id !== Header.Other) return lines.add(id, start);
  // §25.1 HCOLON: blanks may stand before the colon; what is before them must be a token.
  const nameEnd = tokenEnd(text, start);
  if (nameEnd > start && colon < end && skipBlanks(text, nameEnd) === colon) {
    return lines.add(headerId(text, start, nameEnd), start);
  }
  lines.fault = 'Bad Header Line';
  lines.add(Header.Other, start);
}

/** Length of the line end at `at`: 0 if there is none. A peer that ends lines by LF alone is understood. */
function emptyLine(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === LF) return 1;
  return code === CR && text.charCodeAt(at + 1) === LF ? 2 : 0;
}

/** §25.1: CR stands before LF and nowhere else. Who takes a lone one for a line's end would read other header lines than we do. */
function hasLoneCr(text: string, end: number): boolean {
  let at = text.indexOf('\r');
  while (at >= 0 && at < end) {
    if (text.charCodeAt(at + 1) !== LF) return true;
    at = text.indexOf('\r', at + 1);
  }
  return false;
}

/** Index after the line that starts at `at`, with what is folded onto it (§7.3.1); -1 if it does not end. */
function lineEnd(text: string, at: number, lines: HeaderLines): number {
  let end = text.indexOf('\n', at) + 1;
  while (end > 0 && end < text.length && isBlank(text.charCodeAt(end))) {
    lines.folds++;
    end = text.indexOf('\n', end) + 1;
  }
  return end > 0 ? end : -1;
}

/** The Content-Length that the lines tell, NO_LENGTH or BAD_LENGTH. Used for framing and for the check alike, so both agree. */
export function contentLength(lines: HeaderLines): number {
  let found = NO_LENGTH;
  const id = Header.ContentLength;
  for (let line = lines.first(id); line >= 0; line = lines.next(id, line)) {
    const length = unsigned(lines.value(line), MAX_CONTENT_LENGTH) ?? BAD_LENGTH;
    if (found !== NO_LENGTH && length !== found) return BAD_LENGTH;
    found = length;
  }
  return found;
}
