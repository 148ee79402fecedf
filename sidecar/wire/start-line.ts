import { LONGEST_URI } from './bounds.ts';
import { CR, isBlank, isVisible, unsigned } from './grammar.ts';
import { methodAt } from './method.ts';

/** The first line of a message (§7.1, §7.2). `fault` is '' where the line is as it should be. */
export interface StartLine {
  readonly isRequest: boolean;
  /** '' for responses. */
  readonly method: string;
  /** '' for responses. */
  readonly requestUri: string;
  /** 0 for requests. */
  readonly status: number;
  readonly reason: string;
  /** Index after the line's end. */
  readonly end: number;
  readonly fault: string;
  /** A SIP version that is not ours (§21.5.6). */
  readonly otherVersion: boolean;
}

const VERSION = 'SIP/2.0';

/** The fault of a Request-URI that is longer than any may be. */
export const URI_TOO_LONG = 'Request-URI Too Long';

/** Reads the start line at the text's beginning; undefined where it is no SIP at all. */
export function readStartLine(text: string): StartLine | undefined {
  const lineFeed = text.indexOf('\n');
  if (lineFeed < 0) return undefined;
  const end = text.charCodeAt(lineFeed - 1) === CR ? lineFeed - 1 : lineFeed;
  return isVersionAt(text, 0) ? statusLine(text, end, lineFeed + 1) : requestLine(text, end, lineFeed + 1);
}

function isVersionAt(text: string, at: number): boolean {
  return text.startsWith('SIP/', at) || text.slice(at, at + 4).toUpperCase() === 'SIP/';
}

/** §7.1: SIP-Version is case-insensitive, though senders must write it in capitals. */
function isOurVersion(text: string): boolean {
  return text === VERSION || text.toUpperCase() === VERSION;
}

function requestLine(text: string, lineEnd: number, end: number): StartLine | undefined {
  const plain = text.startsWith(` ${VERSION}`, lineEnd - 8);
  const to = plain ? lineEnd : withoutBlanks(text, lineEnd);
  const beforeVersion = plain ? lineEnd - 8 : text.lastIndexOf(' ', to - 1);
  const afterMethod = text.indexOf(' ');
  if (afterMethod <= 0 || afterMethod >= beforeVersion || !isVersionAt(text, beforeVersion + 1))
    return undefined;
  const method = methodAt(text, 0, afterMethod);
  const requestUri = text.slice(afterMethod + 1, beforeVersion);
  const otherVersion = !plain && !isOurVersion(text.slice(beforeVersion + 1, to));
  return {
    isRequest: true,
    method: method ?? '',
    requestUri,
    status: 0,
    reason: '',
    end,
    fault: otherVersion ? 'Version Not Supported' : requestFault(method, requestUri, to === lineEnd),
    otherVersion,
  };
}

/** §7.1: single spaces between the elements, none in the Request-URI, nothing after the version. */
function requestFault(method: string | undefined, requestUri: string, endsInVersion: boolean): string {
  if (method === undefined) return 'Bad Method';
  if (!endsInVersion) return 'Bad Request-Line';
  if (requestUri.length > LONGEST_URI) return URI_TOO_LONG;
  return isVisible(requestUri) && requestUri.indexOf(':') > 0 ? '' : 'Bad Request-URI';
}

function withoutBlanks(text: string, end: number): number {
  let to = end;
  while (to > 0 && isBlank(text.charCodeAt(to - 1))) to--;
  return to;
}

function statusLine(text: string, lineEnd: number, end: number): StartLine | undefined {
  const line = text.slice(0, lineEnd);
  const status = unsigned(line.slice(8, 11), 699);
  const afterStatus = line.charAt(11);
  if (!isOurVersion(line.slice(0, 7)) || line.charAt(7) !== ' ') return undefined;
  if (status === undefined || status < 100 || (afterStatus !== '' && afterStatus !== ' ')) return undefined;
  return {
    isRequest: false,
    method: '',
    requestUri: '',
    status,
    reason: line.slice(12),
    end,
    fault: '',
    otherVersion: false,
  };
}
