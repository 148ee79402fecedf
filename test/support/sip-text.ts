import { Header } from '../../sidecar/wire/header.ts';
import { isMalformed, parseMessage, type SipMessage } from '../../sidecar/wire/message.ts';
import { param } from '../../sidecar/wire/param.ts';

/** What a test says of a request; the rest is filled in as a plain phone would. */
export interface RequestText {
  readonly method: string;
  readonly uri?: string;
  readonly from?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly branch?: string;
  readonly sentBy?: string;
  readonly fromTag?: string;
  readonly transport?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

let serial = 0;

/** A request as text; each has a branch, Call-ID and From tag of its own unless told. */
export function requestText(parts: RequestText): string {
  serial++;
  const { method, uri = 'sip:pbx.test', from = 'sip:u1@pbx.test', to = from, body = '' } = parts;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${parts.transport ?? 'UDP'} ${parts.sentBy ?? '192.0.2.7:5062'};branch=${parts.branch ?? `z9hG4bKtest${serial}`};rport`,
    'Max-Forwards: 70',
    `From: <${from}>;tag=${parts.fromTag ?? `f${serial}`}`,
    `To: ${to.includes('<') ? to : `<${to}>`}`,
    `Call-ID: ${parts.callId ?? `call${serial}@test`}`,
    `CSeq: ${parts.cseq ?? 1} ${method}`,
    ...(parts.headers ?? []),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** The response that a peer gives to a request it has received. */
export function responseText(
  request: SipMessage,
  status: number,
  headers: readonly string[] = [],
  body = '',
): string {
  const to = request.value(Header.To) ?? '';
  const tagged =
    status === 100 || param(request.to()?.params ?? '', 'tag') !== undefined ? to : `${to};tag=peer`;
  return [
    `SIP/2.0 ${status} Test`,
    ...request.values(Header.Via).map((via) => `Via: ${via}`),
    ...request.values(Header.RecordRoute).map((route) => `Record-Route: ${route}`),
    `From: ${request.value(Header.From)}`,
    `To: ${tagged}`,
    `Call-ID: ${request.callId()}`,
    `CSeq: ${request.value(Header.CSeq)}`,
    ...headers,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** Reads what was sent; a test that sends nonsense fails here. */
export function read(text: string): SipMessage {
  const message = parseMessage(text, 'datagram');
  if (isMalformed(message)) throw new Error(`not a SIP message (${message.malformed}):\n${text}`);
  return message;
}
