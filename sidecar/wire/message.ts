import { MOST_LINES } from './bounds.ts';
import { CR, LF } from './grammar.ts';
import { BAD_LENGTH, contentLength, NO_LENGTH, readLines } from './lines.ts';
import { isKnownMethod } from './method.ts';
import { SipMessage } from './sip-message.ts';
import { isViaShort } from './size.ts';
import { readStartLine, type StartLine, URI_TOO_LONG } from './start-line.ts';
import { headerFault, OTHER_METHOD } from './validity.ts';

export { SipMessage } from './sip-message.ts';

/** A received text that is not to be processed. */
export interface Malformed {
  /** What is wrong, in constant words fit for a reason phrase and a log line. */
  readonly malformed: string;
  /** What to answer a request with. */
  readonly status: 400 | 414 | 501 | 505 | 513;
  /** There only if it can be answered: a request but no ACK whose top Via could be read. */
  readonly message: SipMessage | undefined;
}

const TOO_LARGE = 'Message Too Large';

/** How the text was cut out: as one datagram, or from a stream by its Content-Length (§18.3). */
export type Framed = 'datagram' | 'stream';

/**
 * Reads one message (§7) and checks what every later step relies on: the top Via, From, To, Call-ID and CSeq are there
 * once and readable, Max-Forwards is a number if present, Content-Length is honest. Never throws, whatever the text.
 */
export function parseMessage(
  received: string,
  framed: Framed,
  mostLines = MOST_LINES,
): SipMessage | Malformed {
  const text = withoutLeadingLineEnds(received);
  const start = readStartLine(text);
  if (start === undefined) return refused(text === '' ? 'Empty Message' : 'Not a SIP Message');
  const lines = readLines(text, start.end, mostLines);
  if (lines.end < 0) return refused(lines.fault);
  const length = contentLength(lines);
  const room = text.length - lines.end;
  // §18.3: in a datagram, what lies past Content-Length is dropped; without one the body goes to the end.
  const message = new SipMessage(
    length >= 0 && length < room ? text.slice(0, lines.end + length) : text,
    start,
    lines,
  );
  const fault = start.fault || lines.fault || lengthFault(length, room, framed) || headerFault(message);
  return fault === '' ? message : refusedMessage(fault, start, message);
}

/** Reads again what we have sent. It may have more lines than anybody else's: those received, and ours. */
export function readOwn(sent: string): SipMessage {
  const message = parseMessage(sent, 'stream', Number.POSITIVE_INFINITY);
  if (isMalformed(message)) throw new Error(`we sent what we can not read: ${message.malformed}`);
  return message;
}

export function isMalformed(parsed: SipMessage | Malformed): parsed is Malformed {
  return !(parsed instanceof SipMessage);
}

/** §7.5: line ends before the start line are ignored. */
function withoutLeadingLineEnds(text: string): string {
  let start = 0;
  while (text.charCodeAt(start) === CR || text.charCodeAt(start) === LF) start++;
  return start === 0 ? text : text.slice(start);
}

function lengthFault(length: number, room: number, framed: Framed): string {
  if (length === BAD_LENGTH) return 'Bad Content-Length';
  // §18.3: on a stream only Content-Length tells where the message ends.
  if (length === NO_LENGTH) return framed === 'stream' ? 'Missing Content-Length' : '';
  if (length <= room) return '';
  // Of a stream only a message that is larger than we take comes without its body (§21.5.14).
  return framed === 'stream' ? TOO_LARGE : 'Body Shorter Than Content-Length';
}

function refused(malformed: string): Malformed {
  return { malformed, status: 400, message: undefined };
}

function refusedMessage(malformed: string, start: StartLine, message: SipMessage): Malformed {
  // §17.1.1.3: an ACK is never answered, §18.1.2: nor is a response.
  const mayBeAnswered = message.isRequest && message.method !== 'ACK' && isViaShort(message);
  const answerable = mayBeAnswered && message.topVia() !== undefined;
  return {
    malformed,
    status: statusOf(malformed, start, message),
    message: answerable ? message : undefined,
  };
}

function statusOf(malformed: string, start: StartLine, message: SipMessage): Malformed['status'] {
  if (start.otherVersion) return 505;
  if (malformed === TOO_LARGE) return 513;
  if (malformed === URI_TOO_LONG) return 414;
  // RFC 4475 §3.1.2.18: a method that nobody knows may have rules of its own for CSeq.
  return malformed === OTHER_METHOD && !isKnownMethod(message.method) ? 501 : 400;
}
