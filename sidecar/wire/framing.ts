import { CR, LF } from './grammar.ts';
import type { Latin1Buffer } from './latin1.ts';
import { contentLength, NO_LENGTH, readLines } from './lines.ts';

/** What one chunk completed. */
export interface Framing {
  /**
   * Whole messages, each as latin1 text with its body; before a fault also the header lines of one whose end can't be told
   * or is too far away, which is to be refused (`parseMessage` says why).
   */
  readonly messages: string[];
  /** Double CRLFs between messages: keep-alives, each of which asks for a CRLF back (RFC 5626 §4.4.1). */
  readonly pings: number;
  /** Why the stream cannot be understood any more; the connection is to be closed. */
  readonly fault: string | undefined;
}

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Cuts a stream into messages by their Content-Length (§18.3). Never holds more than `maxBytes` of an unfinished message,
 * and looks at each byte a fixed number of times, however small the chunks are.
 */
export class StreamFraming {
  private readonly maxBytes: number;
  /** Received and not yet cut: buffer[start, end). */
  private buffer: Buffer = NOTHING;
  private start = 0;
  private end = 0;
  /** The buffer is ours to write in, not a chunk of the caller's. */
  private owned = false;
  /** Where the search for the headers' end goes on; all before it is searched. */
  private searched = 0;
  /** The whole length of the message at `start`; 0 until its headers are complete. */
  private length = 0;
  private messages: string[] = [];
  private pings = 0;
  private fault: string | undefined = undefined;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Bytes held of a message that has begun; line ends between messages do not count. */
  get pending(): number {
    return this.searched > this.start || this.length > 0 ? this.end - this.start : 0;
  }

  /** Takes the next bytes of the stream. After a fault nothing more is taken, and the fault is told again. */
  push(chunk: Buffer): Framing {
    this.messages = [];
    this.pings = 0;
    if (this.fault === undefined) {
      this.append(chunk);
      while (this.cutNext());
      this.keepRest();
    }
    return { messages: this.messages, pings: this.pings, fault: this.fault };
  }

  private append(chunk: Buffer): void {
    const held = this.end - this.start;
    if (held === 0) {
      this.buffer = chunk;
      this.start = 0;
      this.end = chunk.length;
      this.searched = 0;
      this.owned = false;
      return;
    }
    if (this.end + chunk.length > this.buffer.length) this.moveTo(Math.max(1024, 2 * (held + chunk.length)));
    chunk.copy(this.buffer, this.end);
    this.end += chunk.length;
  }

  /** Moves what is held to the beginning of a buffer of our own. */
  private moveTo(capacity: number): void {
    const buffer = Buffer.allocUnsafe(capacity);
    this.buffer.copy(buffer, 0, this.start, this.end);
    this.searched -= this.start;
    this.end -= this.start;
    this.start = 0;
    this.buffer = buffer;
    this.owned = true;
  }

  /** The chunk is the caller's to use again, so what is left of it is copied; an emptied buffer is let go. */
  private keepRest(): void {
    if (this.fault !== undefined || this.end === this.start) {
      this.buffer = NOTHING;
      this.start = this.end = this.searched = 0;
      this.owned = false;
    } else if (!this.owned) {
      this.moveTo(Math.max(1024, this.end - this.start));
    }
  }

  /** Cuts one message or faults; false where more bytes are needed. */
  private cutNext(): boolean {
    if (this.length === 0 && !(this.skipLineEnds() && this.findLength())) return false;
    if (this.end - this.start < this.length) return false;
    const next = this.start + this.length;
    this.messages.push(this.textTo(next));
    this.start = this.searched = next;
    this.length = 0;
    return this.start < this.end;
  }

  /** §7.5: passes line ends before a message. False where none has begun. */
  private skipLineEnds(): boolean {
    // Once the search has begun, the start is a message's.
    if (this.searched > this.start) return true;
    while (this.start < this.end) {
      const code = this.buffer[this.start];
      if (code === CR) {
        const crlfs = this.crlfsAtStart();
        if (crlfs === 0) return false;
        if (crlfs === 2) this.pings++;
        this.start += 2 * crlfs;
      } else if (code === LF) {
        this.start++;
      } else {
        this.searched = this.start;
        return this.startsWithToken();
      }
    }
    this.searched = this.start;
    return false;
  }

  /** How many CRLFs, at most two, are at the start; 0 where the next bytes are needed to tell. */
  private crlfsAtStart(): 0 | 1 | 2 {
    const { buffer, start, end } = this;
    if (end - start < 2) return 0;
    if (buffer[start + 1] !== LF) return this.fail('Not a SIP Message');
    if (end - start < 3) return 0;
    if (buffer[start + 2] !== CR) return 1;
    if (end - start < 4) return 0;
    return buffer[start + 3] === LF ? 2 : 1;
  }

  /** A method or SIP-Version starts with a visible ASCII character; a TLS hello or other noise does not. */
  private startsWithToken(): boolean {
    const code = this.buffer[this.start]!;
    if (code > 32 && code < 127) return true;
    this.fail('Not a SIP Message');
    return false;
  }

  /** Finds the end of the headers and from them the length of the message. False where they are not complete or faulty. */
  private findLength(): boolean {
    const headersEnd = this.findHeadersEnd();
    if (headersEnd < 0) {
      if (this.end - this.start > this.maxBytes) this.fail('Message Too Large');
      return false;
    }
    const text = this.textTo(headersEnd);
    const lines = readLines(text, text.indexOf('\n') + 1);
    const body = contentLength(lines);
    if (lines.end < 0) this.fail(lines.fault);
    else if (body === NO_LENGTH) this.fail('Missing Content-Length');
    else if (body < 0) this.fail('Bad Content-Length');
    else if (text.length + body > this.maxBytes) this.fail('Message Too Large');
    else this.length = text.length + body;
    // Header lines that are too many by themselves are no message that anybody could be told of.
    const isTold = lines.end >= 0 && text.length <= this.maxBytes;
    if (this.fault !== undefined && isTold) this.messages.push(text);
    return this.fault === undefined;
  }

  /** Index after the first empty line; -1 if it is not there yet. */
  private findHeadersEnd(): number {
    const received = this.end === this.buffer.length ? this.buffer : this.buffer.subarray(0, this.end);
    for (let at = received.indexOf(LF, this.searched); at >= 0; at = received.indexOf(LF, at + 1)) {
      const next = received[at + 1];
      if (next === LF) return at + 2;
      if (next === CR && received[at + 2] === LF) return at + 3;
      if (at + 2 >= this.end && (next === undefined || next === CR)) {
        this.searched = at;
        return -1;
      }
    }
    this.searched = this.end;
    return -1;
  }

  private textTo(end: number): string {
    return (this.buffer as Latin1Buffer).latin1Slice(this.start, end);
  }

  private fail(fault: string): 0 {
    this.fault = fault;
    return 0;
  }
}
