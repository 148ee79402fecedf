import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { unsigned } from '../wire/value.ts';
import { type Refusal, refuse } from './refusal.ts';

/** What §16.3 lets no proxy forward; undefined where the request may pass. The syntax (step 1) is the parser's. */
export function check(request: SipMessage): Refusal | undefined {
  return checkMaxForwards(request) ?? checkProxyRequire(request);
}

// §16.3 step 3; an OPTIONS may be for us, which the way of the request decides.
function checkMaxForwards(request: SipMessage): Refusal | undefined {
  if (request.method === 'OPTIONS' || !hasRunOut(request)) return undefined;
  return TOO_MANY_HOPS;
}

export const TOO_MANY_HOPS: Refusal = refuse(
  483,
  'Max-Forwards has run out: is there a loop between the PBX and this proxy?',
);

// §16.3 step 5: we support no extension that a proxy would have to.
function checkProxyRequire(request: SipMessage): Refusal | undefined {
  if (!request.has(Header.ProxyRequire) || request.method === 'ACK' || request.method === 'CANCEL')
    return undefined;
  const tags = request.list(Header.ProxyRequire);
  if (tags.length === 0) return undefined;
  return refuse(
    420,
    'this proxy supports no option tag in Proxy-Require',
    `Unsupported: ${tags.join(', ')}\r\n`,
  );
}

/** Whether a request may go no further than here (§16.3 step 3). */
export function hasRunOut(request: SipMessage): boolean {
  const value = request.value(Header.MaxForwards);
  return value !== undefined && unsigned(value, 255) === 0;
}
