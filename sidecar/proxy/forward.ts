import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { addEdit, type LineEdit, rewrite, withoutFirstValue } from '../wire/rewrite.ts';
import { splitValues, unsigned } from '../wire/value.ts';

/** §16.6 step 3: where a request came without Max-Forwards. */
const MAX_FORWARDS = 70;

/** All that is changed in a request on its way; everything else passes byte for byte. */
export interface Changes {
  /** Our Via line (with CRLF). */
  readonly via: string;
  /** The Via line below it as stamped with received and rport; '' as received. */
  readonly stampedVia: string;
  /** '' as received. */
  readonly requestUri: string;
  readonly routesPopped: number;
  /** §16.4: the last Route value is the Request-URI now. */
  readonly lastRoutePopped: boolean;
  /** What Max-Breadth this copy may have (RFC 5393 §5.3); 0 as received. */
  readonly breadth: number;
  /** Route, Record-Route, Path lines to put on top, each with CRLF. */
  readonly top: string;
  /** The registrar's edits (Contact, Supported, Path). */
  readonly edits: readonly LineEdit[];
}

/** The text of a request's copy (§16.6 steps 1–8). */
export function forwardText(request: SipMessage, changes: Changes): string {
  const edits: LineEdit[] = [];
  if (changes.stampedVia !== '')
    addEdit(edits, { line: request.firstLine(Header.Via), text: changes.stampedVia });
  // §16.6 step 3.
  const hops = request.firstLine(Header.MaxForwards);
  let top = changes.via + changes.top;
  if (hops < 0) top += `Max-Forwards: ${MAX_FORWARDS}\r\n`;
  else addEdit(edits, { line: hops, text: `Max-Forwards: ${hopsLeft(request.lineValue(hops))}\r\n` });
  if (changes.routesPopped > 0 || changes.lastRoutePopped) popRoutes(request, changes, edits);
  if (changes.breadth > 0) {
    const breadth = request.firstLine(Header.MaxBreadth);
    if (breadth < 0) top += `Max-Breadth: ${changes.breadth}\r\n`;
    else addEdit(edits, { line: breadth, text: `Max-Breadth: ${changes.breadth}\r\n` });
  }
  if (request.firstLine(Header.ContentLength) < 0) top += `Content-Length: ${request.body.length}\r\n`;
  for (const edit of changes.edits) addEdit(edits, edit);
  // §16.6 step 2.
  return rewrite(request, startLine(request, changes.requestUri), top, edits);
}

/** As received, but for another Request-URI; §7.1: the version is sent in capitals, though it may come otherwise. */
function startLine(request: SipMessage, requestUri: string): string | undefined {
  const isPlain = request.text.startsWith(VERSION_AT_END, request.lineStart(0) - VERSION_AT_END.length);
  if (requestUri === '' && isPlain) return undefined;
  return `${request.method} ${requestUri === '' ? request.requestUri : requestUri} SIP/2.0`;
}

const VERSION_AT_END = ' SIP/2.0\r\n';

const statusLine = (response: SipMessage): string | undefined =>
  response.text.startsWith('SIP/2.0 ') ? undefined : `SIP/2.0 ${response.status} ${response.reason}`;

const hopsLeft = (value: string): number => Math.max((unsigned(value, 255) ?? MAX_FORWARDS) - 1, 0);

/** §16.4: takes Route values away, over however many lines they are spread; lines that lose none stay as they are. */
function popRoutes(request: SipMessage, changes: Changes, edits: LineEdit[]): void {
  let left = changes.routesPopped;
  for (let line = request.firstLine(Header.Route); line >= 0; line = request.nextLine(Header.Route, line)) {
    const isLast = changes.lastRoutePopped && request.nextLine(Header.Route, line) < 0;
    if (left === 0 && !isLast) continue;
    const values = splitValues(request.lineValue(line));
    const kept = values.slice(left, isLast ? -1 : undefined);
    left -= Math.min(left, values.length);
    addEdit(edits, { line, text: kept.length === 0 ? '' : `Route: ${kept.join(', ')}\r\n` });
  }
}

/**
 * The text of a response on its way back (§16.7 steps 3 and 9): our Via off, `extra` lines (with CRLF) on top;
 * undefined if no Via is left below ours: it was for us alone.
 */
export function backwardText(
  response: SipMessage,
  edits: readonly LineEdit[],
  extra = '',
): string | undefined {
  const line = response.firstLine(Header.Via);
  const own = withoutFirstValue(response, line, response.topVia()?.end ?? 0);
  if (own.text === '' && !response.repeats(Header.Via)) return undefined;
  const all: LineEdit[] = [own];
  for (const edit of edits) addEdit(all, edit);
  const length =
    response.firstLine(Header.ContentLength) < 0 ? `Content-Length: ${response.body.length}\r\n` : '';
  return rewrite(response, statusLine(response), extra + length, all);
}
