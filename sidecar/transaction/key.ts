import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { param } from '../wire/uri.ts';

const COOKIE = 'z9hG4bK';

/** Whether a branch follows RFC 3261 (§8.1.1.7), so that it alone names its transaction; the bare cookie names none. */
export const hasCookie = (branch: string): boolean =>
  branch.length > COOKIE.length && branch.startsWith(COOKIE);

/** The name of the server transaction of a request (§17.2.3); an ACK and a CANCEL ask for their INVITE's by `method`. */
export function serverKey(request: SipMessage, method: string = request.method): string {
  const via = request.topVia();
  if (via === undefined) return '';
  const sentBy = `${via.host}:${via.port ?? ''}`;
  const of = method === 'ACK' ? 'INVITE' : method;
  if (hasCookie(via.branch)) return `${via.branch} ${sentBy} ${of}`;
  // RFC 2543 clients: Request-URI, From tag, Call-ID, CSeq number and the top Via name it.
  const fromTag = param(request.from()?.params ?? '', 'tag') ?? '';
  const number = request.cseq()?.number ?? 0;
  return `${request.requestUri} ${fromTag} ${request.callId()} ${number} ${request.value(Header.Via)} ${of}`;
}
