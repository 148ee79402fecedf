import { Header, type HeaderId } from './header.ts';
import { contentLength, type HeaderLines } from './lines.ts';
import type { StartLine } from './start-line.ts';
import {
  type CSeq,
  type NameAddr,
  parseCSeq,
  parseNameAddr,
  parseVia,
  splitValues,
  type Via,
} from './value.ts';

const NO_VALUES: readonly string[] = [];

/**
 * A received message: its text and where its header lines are. Text is latin1, one character a byte.
 * Values are cut out and parsed when asked for; those that everyone asks for are parsed once.
 */
export class SipMessage {
  /** The whole message and nothing else: no empty lines before it, nothing past its Content-Length. */
  readonly text: string;
  readonly isRequest: boolean;
  /** '' for responses. */
  readonly requestUri: string;
  /** 0 for requests. */
  readonly status: number;
  readonly reason: string;
  readonly lineCount: number;
  /** Index after the empty line that ends the headers. */
  readonly headersEnd: number;
  private readonly startMethod: string;
  private readonly lines: HeaderLines;
  private readTopVia: Via | undefined | null = null;
  private readCseq: CSeq | undefined | null = null;
  private readFrom: NameAddr | undefined | null = null;
  private readTo: NameAddr | undefined | null = null;
  private readCallId: string | undefined = undefined;

  /** `text` may end before or after the text of `lines` does, but not before the headers' end. */
  constructor(text: string, start: StartLine, lines: HeaderLines) {
    this.text = text;
    this.isRequest = start.isRequest;
    this.startMethod = start.method;
    this.requestUri = start.requestUri;
    this.status = start.status;
    this.reason = start.reason;
    this.lines = lines;
    this.lineCount = lines.ids.length;
    this.headersEnd = lines.end;
  }

  /** A request's method; a response's is that of its CSeq. */
  get method(): string {
    return this.isRequest ? this.startMethod : (this.cseq()?.method ?? '');
  }

  get body(): string {
    return this.text.slice(this.headersEnd);
  }

  lineId(line: number): HeaderId {
    return this.lines.ids[line]!;
  }

  /** Index of the line's first character. */
  lineStart(line: number): number {
    return this.lines.starts[line]!;
  }

  /** Index after the line's CRLF, with what is folded onto it. */
  lineEnd(line: number): number {
    return this.lines.starts[line + 1]!;
  }

  /** The header field's name as written; '' for a line that is no header. */
  lineName(line: number): string {
    return this.lines.name(line);
  }

  /** The line's value, trimmed and unfolded (§7.3.1), not split at commas. */
  lineValue(line: number): string {
    return this.lines.value(line);
  }

  has(id: HeaderId): boolean {
    return this.lines.first(id) >= 0;
  }

  /** Index of the first line of that header field; -1 if there is none. */
  firstLine(id: HeaderId): number {
    return this.lines.first(id);
  }

  /** Index of the next line of that header field after `line`; -1 if there is none. */
  nextLine(id: HeaderId, line: number): number {
    return this.lines.next(id, line);
  }

  /** Whether the field stands on several lines. */
  repeats(id: HeaderId): boolean {
    return this.lines.repeats(id);
  }

  /** Whether any of the fields with a bit (1 << id) in `mask` stands on several lines. */
  repeatsAny(mask: number): boolean {
    return this.lines.repeatsAny(mask);
  }

  /** The value of the field's first line. */
  value(id: HeaderId): string | undefined {
    const line = this.firstLine(id);
    return line < 0 ? undefined : this.lines.value(line);
  }

  /** The value of each of the field's lines, in order, not split at commas. */
  values(id: HeaderId): readonly string[] {
    const first = this.firstLine(id);
    if (first < 0) return NO_VALUES;
    const values = [this.lines.value(first)];
    for (let line = this.nextLine(id, first); line >= 0; line = this.nextLine(id, line)) {
      values.push(this.lines.value(line));
    }
    return values;
  }

  /** All values of a field whose value is a list, over all its lines (§7.3.1). */
  list(id: HeaderId): readonly string[] {
    const first = this.firstLine(id);
    if (first < 0) return NO_VALUES;
    const values = splitValues(this.lines.value(first));
    for (let line = this.nextLine(id, first); line >= 0; line = this.nextLine(id, line)) {
      for (const value of splitValues(this.lines.value(line))) values.push(value);
    }
    return values;
  }

  topVia(): Via | undefined {
    if (this.readTopVia === null) this.readTopVia = parsed(this.value(Header.Via), parseVia);
    return this.readTopVia;
  }

  cseq(): CSeq | undefined {
    if (this.readCseq === null) this.readCseq = parsed(this.value(Header.CSeq), parseCSeq);
    return this.readCseq;
  }

  /** '' if there is none. */
  callId(): string {
    this.readCallId ??= this.value(Header.CallId) ?? '';
    return this.readCallId;
  }

  from(): NameAddr | undefined {
    if (this.readFrom === null) this.readFrom = parsed(this.value(Header.From), parseNameAddr);
    return this.readFrom;
  }

  to(): NameAddr | undefined {
    if (this.readTo === null) this.readTo = parsed(this.value(Header.To), parseNameAddr);
    return this.readTo;
  }

  /** In bytes; undefined if it is absent or malformed. */
  contentLength(): number | undefined {
    const length = contentLength(this.lines);
    return length < 0 ? undefined : length;
  }
}

function parsed<T>(value: string | undefined, parse: (text: string) => T | undefined): T | undefined {
  return value === undefined ? undefined : parse(value);
}
