import { trimmed } from './grammar.ts';
import { Header, type HeaderId } from './header.ts';
import { param } from './param.ts';
import type { SipMessage } from './sip-message.ts';

export { reasonPhrase } from './reason.ts';

/** The forwards that a request made by us starts with (§8.1.1.6). */
const MAX_FORWARDS = 'Max-Forwards: 70\r\n';

const NO_BODY = 'Content-Length: 0\r\n\r\n';

/**
 * A response made by us (§8.2.6.2): Via, From, To, Call-ID and CSeq as received, the To with `toTag` if it has no tag and the
 * status is above 100; then the `extra` lines (each with CRLF). A header that the request lacks is left out.
 * `topVia` is the first Via line as stamped with where the request came from (with CRLF), '' if it stays as received.
 */
export function composeResponse(
  request: SipMessage,
  status: number,
  reason: string,
  toTag: string,
  extra = '',
  topVia = '',
): string {
  let copied = topVia;
  const stamped = topVia === '' ? -1 : request.firstLine(Header.Via);
  for (let line = 0; line < request.lineCount; line++) {
    const id = request.lineId(line);
    if (line === stamped) continue;
    if (id === Header.To && status > 100) copied += taggedTo(request, line, toTag);
    else if (isCopied(id, status)) copied += lineText(request, line);
  }
  return `SIP/2.0 ${status} ${reason}\r\n${copied}${extra}${NO_BODY}`;
}

/** Whether a text that we send is a response. */
export const isResponse = (text: string): boolean => text.startsWith('SIP/2.0 ');

function isCopied(id: HeaderId, status: number): boolean {
  switch (id) {
    case Header.Via:
    case Header.From:
    case Header.To:
    case Header.CallId:
    case Header.CSeq:
      return true;
    default:
      // §8.2.6.1: a Trying gives the Timestamp back.
      return id === Header.Timestamp && status === 100;
  }
}

/** A To that cannot be read stays as it is: a tag behind it would only be more of what is wrong. */
function taggedTo(request: SipMessage, line: number, toTag: string): string {
  const to = request.to();
  if (toTag === '' || to === undefined || param(to.params, 'tag') !== undefined)
    return lineText(request, line);
  return `${trimmed(request.text, request.lineStart(line), request.lineEnd(line))};tag=${toTag}\r\n`;
}

function lineText(message: SipMessage, line: number): string {
  return message.text.slice(message.lineStart(line), message.lineEnd(line));
}

/** The ACK of a non-2xx response (§17.1.1.3), from the INVITE as we sent it and that response, whose To it carries. */
export function composeAck(sent: SipMessage, response: SipMessage): string {
  return composeHopByHop(sent, 'ACK', response);
}

/** The CANCEL of a request as we sent it (§9.1), with further lines (each with CRLF). */
export function composeCancel(sent: SipMessage, extra = ''): string {
  return composeHopByHop(sent, 'CANCEL', sent, extra);
}

/** Both requests go the way of the one they belong to: its Request-URI, its top Via alone, its Routes, its CSeq number. */
function composeHopByHop(sent: SipMessage, method: 'ACK' | 'CANCEL', toFrom: SipMessage, extra = ''): string {
  const via = sent.topVia();
  const cseq = sent.cseq();
  if (via === undefined || cseq === undefined) throw new Error(`${method} for a request without Via or CSeq`);
  const topVia = (sent.value(Header.Via) ?? '').slice(0, via.end);
  return (
    `${method} ${sent.requestUri} SIP/2.0\r\nVia: ${topVia}\r\n${MAX_FORWARDS}` +
    linesOf(sent, Header.Route) +
    linesOf(sent, Header.From) +
    linesOf(toFrom, Header.To) +
    linesOf(sent, Header.CallId) +
    `CSeq: ${cseq.number} ${method}\r\n${extra}${NO_BODY}`
  );
}

function linesOf(message: SipMessage, id: HeaderId): string {
  let lines = '';
  for (let line = message.firstLine(id); line >= 0; line = message.nextLine(id, line)) {
    lines += lineText(message, line);
  }
  return lines;
}
