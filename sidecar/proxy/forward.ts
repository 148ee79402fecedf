import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { type LineEdit, rewrite } from '../wire/rewrite.ts';
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
  /** Route, Record-Route, Path lines to put on top, each with CRLF. */
  readonly top: string;
  /** The registrar's edits (Contact, Supported, Path). */
  readonly edits: readonly LineEdit[];
}

/** The text of a request's copy (§16.6 steps 1–8). */
export function forwardText(request: SipMessage, changes: Changes): string {
  const edits: LineEdit[] = [];
  if (changes.stampedVia !== '')
    edits.push({ line: request.firstLine(Header.Via), text: changes.stampedVia });
  // §16.6 step 3.
  const hops = request.firstLine(Header.MaxForwards);
  let top = changes.via + changes.top;
  if (hops < 0) top += `Max-Forwards: ${MAX_FORWARDS}\r\n`;
  else edits.push({ line: hops, text: `Max-Forwards: ${hopsLeft(request.lineValue(hops))}\r\n` });
  if (changes.routesPopped > 0) popRoutes(request, changes.routesPopped, edits);
  if (request.firstLine(Header.ContentLength) < 0) top += `Content-Length: ${request.body.length}\r\n`;
  for (const edit of changes.edits) edits.push(edit);
  if (edits.length > 1) edits.sort((a, b) => a.line - b.line);
  // §16.6 step 2.
  const startLine = changes.requestUri === '' ? undefined : `${request.method} ${changes.requestUri} SIP/2.0`;
  return rewrite(request, startLine, top, edits);
}

const hopsLeft = (value: string): number => Math.max((unsigned(value, 255) ?? MAX_FORWARDS) - 1, 0);

/** §16.4: takes the first `count` Route values away, over however many lines they are spread. */
function popRoutes(request: SipMessage, count: number, edits: LineEdit[]): void {
  let left = count;
  for (
    let line = request.firstLine(Header.Route);
    line >= 0 && line < request.lineCount && left > 0;
    line++
  ) {
    if (request.lineId(line) !== Header.Route) continue;
    const values = splitValues(request.lineValue(line));
    const kept = values.slice(left);
    left -= Math.min(left, values.length);
    edits.push({ line, text: kept.length === 0 ? '' : `Route: ${kept.join(', ')}\r\n` });
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
  const rest = response.lineValue(line).slice(response.topVia()?.end ?? 0);
  const comma = rest.indexOf(',');
  const below = comma < 0 ? '' : `Via: ${rest.slice(comma + 1).trim()}\r\n`;
  if (below === '' && response.values(Header.Via).length < 2) return undefined;
  const all: LineEdit[] = [{ line, text: below }];
  for (const edit of edits) all.push(edit);
  if (all.length > 1) all.sort((a, b) => a.line - b.line);
  const length =
    response.firstLine(Header.ContentLength) < 0 ? `Content-Length: ${response.body.length}\r\n` : '';
  return rewrite(response, undefined, extra + length, all);
}
