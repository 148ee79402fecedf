import { type Refusal, refuse, warning } from '../proxy/refusal.ts';
import type { Transport } from '../wire/flow.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { aorKey, parseUri } from '../wire/uri.ts';

/** What may be sent, and by whom: `spec.messaging`. */
export interface MessagingPolicy {
  readonly senders: 'Registered' | 'Any';
  readonly onUnregistered: 'Reject';
  /** type/subtype, type/* or *\/* in lower case. */
  readonly contentTypes: readonly string[];
  /** Of the body. */
  readonly maxBytes: number;
  /** Of a whole message on a UDP hop (RFC 3428 §8). */
  readonly maxUdpBytes: number;
}

/** What the policy says of a MESSAGE by itself (RFC 3428 §4, §8; RFC 3261 §8.2.3); undefined where it may pass. */
export function refuseContent(
  request: SipMessage,
  transport: Transport,
  policy: MessagingPolicy,
): Refusal | undefined {
  if (request.body.length > policy.maxBytes) {
    return refuse(
      413,
      `the body is ${request.body.length} bytes, messaging.maxBytes allows ${policy.maxBytes}`,
    );
  }
  if (transport === 'UDP' && request.text.length > policy.maxUdpBytes)
    return tooLargeForUdp(request.text.length, policy);
  const encoding = request.value(Header.ContentEncoding);
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return refuse(415, `Content-Encoding ${encoding} is not allowed`, 'Accept-Encoding: identity\r\n');
  }
  const type = mediaType(request.value(Header.ContentType));
  if (request.body === '' || type === undefined || isAllowed(type, policy.contentTypes)) return undefined;
  return refuse(
    415,
    `messaging.contentTypes does not allow ${type}`,
    `Accept: ${policy.contentTypes.join(', ')}\r\n`,
  );
}

/** RFC 3428 §8: 1300 bytes and no more, unless no hop is congestion-unsafe. */
export const tooLargeForUdp = (bytes: number, policy: MessagingPolicy): Refusal =>
  refuse(413, `${bytes} bytes are too many for UDP, messaging.maxUdpBytes allows ${policy.maxUdpBytes}`);

function mediaType(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const end = value.indexOf(';');
  return (end < 0 ? value : value.slice(0, end)).trim().toLowerCase();
}

function isAllowed(type: string, allowed: readonly string[]): boolean {
  const wildcard = `${type.slice(0, type.indexOf('/'))}/*`;
  return allowed.includes(type) || allowed.includes(wildcard) || allowed.includes('*/*');
}

/** The AoR that a MESSAGE claims to come from, if it is one of a served domain. */
export function senderAor(request: SipMessage, domains: ReadonlySet<string>): string | undefined {
  const uri = parseUri(request.from()?.uri ?? '');
  if (uri?.kind !== 'sip' || uri.user === undefined || !domains.has(uri.host)) return undefined;
  return aorKey(uri);
}

/** The sender is not who the From says, as far as the PBX has told us: no registration of that AoR came over this flow. */
export const notTheSender = (from: string): Refusal =>
  refuse(403, `messaging.senders is Registered: ${from} has not registered over this connection`);

/** Nobody is there to take it (messaging.onUnregistered: Reject). */
export const notRegistered = (aor: string): Refusal => ({
  status: 404,
  reason: 'Not Registered',
  extra: warning(`messaging.onUnregistered is Reject: ${aor} is not registered`),
});
