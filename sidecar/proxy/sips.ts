import { type Flow, isSecure } from '../wire/flow.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { isSips } from '../wire/uri.ts';
import { parseNameAddr } from '../wire/value.ts';
import type { Side } from './own.ts';
import { type Refusal, refuse, warning } from './refusal.ts';

/**
 * Which hops of a request have to be secure (§26.2.2). `all`: its Request-URI is sips:, so each is, up to the very phone
 * (RFC 5630 §4). `next`: the Route that it goes on by is (§16.6 step 4).
 */
export type SecureHops = 'none' | 'next' | 'all';

/** `strictUri` is what a strict router meant as the Request-URI ('' as received), `popped` how many Route values are used up. */
export function secureHops(request: SipMessage, strictUri: string, popped: number): SecureHops {
  if (isSips(strictUri === '' ? request.requestUri : strictUri)) return 'all';
  if (!request.has(Header.Route)) return 'none';
  const next = request.list(Header.Route)[popped];
  return next !== undefined && isSips(parseNameAddr(next)?.uri ?? '') ? 'next' : 'none';
}

/** Where a copy goes, as far as it matters here. */
interface Hop {
  readonly flow: Flow;
  readonly side: Side;
}

/** How far a PBX that is not reached over TLS is believed to be safe to reach: `upstream.sips`. */
export type SipsPolicy = 'RequireTls' | 'Trusted';

/** RFC 5630 §5.3, §9: nobody is reached by less than was asked for. */
export const sipsNotAllowed = (why: string): Refusal => ({
  status: 480,
  reason: 'Temporarily Unavailable',
  extra: warning(`SIPS Not Allowed: ${why}`, 380),
});

/** Why a request may not go to all of these: one of them is not safe enough for it. Undefined where all are. */
export function unsafeWay(
  hops: SecureHops,
  targets: readonly Hop[],
  policy: SipsPolicy,
): Refusal | undefined {
  if (hops === 'none') return undefined;
  for (const { flow, side } of targets) {
    if (isSecure(flow.transport)) continue;
    if (side === 'phones') return sipsNotAllowed(`the phone is reached over ${flow.transport}`);
    if (policy === 'Trusted') continue;
    return sipsNotAllowed(`the PBX is reached over ${flow.transport}, and upstream.sips is RequireTls`);
  }
  return undefined;
}

/** RFC 5630 §5.3: a request that demands TLS on each hop has not had it on the first. */
export const notReceivedSafely = (transport: string): Refusal =>
  refuse(400, `a request for a sips: address has come over ${transport}`);
