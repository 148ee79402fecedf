import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { parseVia, unsigned } from '../wire/value.ts';
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

/** Max-Forwards lets no request pass more proxies (§20.22). */
const MOST_HOPS = 255;

/**
 * The branches of all Vias but the top one: if one is ours, the request has been here before (§16.3 step 4). Nearly
 * every request has one Via, and costs nothing here.
 */
export function earlierBranches(request: SipMessage): readonly string[] {
  const top = request.topVia();
  const first = request.value(Header.Via) ?? '';
  if (!request.repeats(Header.Via) && (top === undefined || top.end >= first.length)) return NONE;
  const branches: string[] = [];
  for (const value of request.list(Header.Via).slice(1, MOST_HOPS)) {
    const branch = parseVia(value)?.branch;
    if (branch !== undefined && branch !== '') branches.push(branch);
  }
  return branches;
}

const NONE: readonly string[] = [];

/**
 * RFC 5393 §4.2: a request that comes back unchanged in all that its way was chosen by is in a loop; with another
 * Request-URI or Route, or from the other side, it spirals, which is lawful (a PBX that is a proxy sends all calls so).
 */
export const isLoop = (
  request: SipMessage,
  fromUpstream: boolean,
  earlier: { readonly request: SipMessage; readonly fromUpstream: boolean },
): boolean =>
  fromUpstream === earlier.fromUpstream &&
  request.requestUri === earlier.request.requestUri &&
  request.values(Header.Route).join() === earlier.request.values(Header.Route).join();

export const LOOP: Refusal = refuse(482, 'this request has been here before, and would only come again');
