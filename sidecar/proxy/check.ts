import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { splitValues, unsigned } from '../wire/value.ts';
import { type Refusal, refuse } from './refusal.ts';

/** What §16.3 lets no proxy forward; undefined where the request may pass. The syntax (step 1) is the parser's. */
export function check(request: SipMessage): Refusal | undefined {
  return checkMaxForwards(request) ?? checkProxyRequire(request);
}

// §16.3 step 3; OPTIONS is answered by whom it runs out at, which the way of the request decides.
function checkMaxForwards(request: SipMessage): Refusal | undefined {
  const value = request.value(Header.MaxForwards);
  if (value === undefined || unsigned(value, 255) !== 0 || request.method === 'OPTIONS') return undefined;
  return refuse(483, 'Max-Forwards has run out: is there a loop between the PBX and this proxy?');
}

// §16.3 step 5: we support no extension that a proxy would have to.
function checkProxyRequire(request: SipMessage): Refusal | undefined {
  if (!request.has(Header.ProxyRequire) || request.method === 'ACK' || request.method === 'CANCEL')
    return undefined;
  const tags = request.values(Header.ProxyRequire).flatMap(splitValues).join(', ');
  return refuse(420, 'this proxy supports no option tag in Proxy-Require', `Unsupported: ${tags}\r\n`);
}

/** Whether an OPTIONS has run out of hops here (§16.3 step 3: then it may be answered as if it were for us). */
export const hasRunOut = (request: SipMessage): boolean => request.value(Header.MaxForwards) === '0';
