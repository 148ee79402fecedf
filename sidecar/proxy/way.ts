import type { Flow } from '../wire/flow.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { aorKey, param, parseUri, type SipUri, type Uri } from '../wire/uri.ts';
import { parseNameAddr, splitValues } from '../wire/value.ts';
import { hasRunOut } from './check.ts';
import type { OwnAddresses } from './own.ts';
import { type Refusal, refuse } from './refusal.ts';

/**
 * Which way a request takes (§16.4, §16.5). `popped` counts the Route values that are used up; `requestUri` is set
 * where a strict router had put ours in the Request-URI (§16.4).
 */
export type Way =
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  | { readonly kind: 'self' }
  | { readonly kind: 'register'; readonly popped: number }
  | { readonly kind: 'message'; readonly aor: string; readonly gruu: string; readonly popped: number }
  | { readonly kind: 'upstream'; readonly popped: number }
  | { readonly kind: 'aor'; readonly aor: string; readonly popped: number }
  | { readonly kind: 'binding'; readonly token: string; readonly popped: number }
  | { readonly kind: 'flow'; readonly flow: Flow; readonly popped: number; readonly requestUri: string }
  | { readonly kind: 'next'; readonly uri: SipUri; readonly popped: number; readonly requestUri: string };

/** What the decision rests on beside the request itself. */
export interface Bearings {
  readonly own: OwnAddresses;
  readonly domains: ReadonlySet<string>;
  readonly fromUpstream: boolean;
  /** A stream from the PBX's host: a token that only the PBX was given proves that it is the PBX. */
  readonly mayBeUpstream: boolean;
  readonly source: Flow;
  readonly readFlow: (token: string) => Flow | undefined;
  readonly isBindingToken: (text: string) => boolean;
  readonly sameFlow: (a: Flow, b: Flow) => boolean;
}

const none: readonly string[] = [];

/** The Route values of a request, in order. */
export const routeValues = (request: SipMessage): readonly string[] =>
  request.has(Header.Route) ? request.values(Header.Route).flatMap(splitValues) : none;

/** Decides the way of a request that passed §16.3. */
export function chooseWay(request: SipMessage, at: Bearings): Way {
  const uri = parseUri(request.requestUri);
  if (uri === undefined) return { kind: 'refuse', refusal: refuse(400, 'the Request-URI can not be read') };
  const routes = routeValues(request);
  if (routes.length > 0 || isStrictRouted(uri, at)) {
    const way = chooseByRoute(request, uri, routes, at);
    if (way !== undefined) return way;
  }
  return chooseByUri(request, uri, countOwn(routes, at.own), at);
}

/** §16.4: a strict router has put our Record-Route URI into the Request-URI. */
const isStrictRouted = (uri: Uri, at: Bearings): boolean =>
  uri.kind === 'sip' && param(uri.params, 'lr') !== undefined && at.own.isOurs(uri);

function ownRoute(value: string | undefined, own: OwnAddresses): SipUri | undefined {
  if (value === undefined) return undefined;
  const uri = parseUri(parseNameAddr(value)?.uri ?? '');
  return uri?.kind === 'sip' && own.isOurs(uri) ? uri : undefined;
}

/** How many Route values on top are plainly ours (a phone's outbound proxy set to us, without a token). */
function countOwn(routes: readonly string[], own: OwnAddresses): number {
  let count = 0;
  while (ownRoute(routes[count], own) !== undefined) count++;
  return count;
}

/**
 * In-dialog and Path requests: the token in our own Route names the phone's flow (RFC 5626 §5.3). From that very flow,
 * or from any other phone, the request goes out of here by what the Route and Request-URI say next; from the PBX
 * it goes to the phone. Undefined: no token of ours, so the Request-URI decides.
 */
function chooseByRoute(
  request: SipMessage,
  uri: Uri,
  received: readonly string[],
  at: Bearings,
): Way | undefined {
  let routes = received;
  let requestUri = '';
  if (isStrictRouted(uri, at) && uri.kind === 'sip') {
    // §16.4: the last Route value is the Request-URI that was meant.
    const last = received.length > 0 ? parseNameAddr(received[received.length - 1] as string) : undefined;
    if (last === undefined) return undefined;
    requestUri = last.uri;
    routes = [`<${request.requestUri}>`, ...received.slice(0, -1)];
  }
  const strictlyRouted = requestUri !== '';
  let popped = 0;
  let destination: Flow | undefined;
  let token = '';
  let outgoing = false;
  for (let ours = ownRoute(routes[0], at.own); ours !== undefined; ours = ownRoute(routes[popped], at.own)) {
    // Both halves of a double Record-Route (RFC 5658) carry one token; another one is another pass through here.
    if (destination !== undefined && ours.user !== undefined && ours.user !== token) break;
    popped++;
    if (ours.user === undefined) continue;
    const flow = at.readFlow(ours.user);
    if (flow === undefined)
      return { kind: 'refuse', refusal: refuse(403, 'the Route holds a token that is not ours') };
    if (at.sameFlow(flow, at.source)) outgoing = true;
    else {
      destination = flow;
      token = ours.user;
    }
  }
  if (destination === undefined && !outgoing) return undefined;
  // The value that came from the Request-URI is no Route line to take away.
  const lines = strictlyRouted ? popped - 1 : popped;
  if (destination !== undefined && (at.fromUpstream || at.mayBeUpstream || outgoing)) {
    return { kind: 'flow', flow: destination, popped: lines, requestUri };
  }
  const next = routes.length > popped ? parseNameAddr(routes[popped] as string)?.uri : undefined;
  const uriNext = parseUri(next ?? (strictlyRouted ? requestUri : request.requestUri));
  if (uriNext === undefined || uriNext.kind !== 'sip') return { kind: 'upstream', popped: lines };
  if (next === undefined && at.own.isOurs(uriNext)) return chooseByUri(request, uriNext, lines, at);
  return { kind: 'next', uri: uriNext, popped: lines, requestUri };
}

/** Requests outside a dialog, by their Request-URI (§16.5). */
function chooseByUri(request: SipMessage, uri: Uri, popped: number, at: Bearings): Way {
  if (request.method === 'REGISTER') return { kind: 'register', popped };
  if (uri.kind !== 'sip') return chooseForeignScheme(uri.scheme, popped, at.fromUpstream);
  const isOurs = at.own.isOurs(uri);
  const isServed = at.domains.has(uri.host);
  if (request.method === 'OPTIONS' && ((isOurs && uri.user === undefined) || hasRunOut(request)))
    return { kind: 'self' };
  if (isOurs && uri.user !== undefined && at.isBindingToken(uri.user))
    return chooseBinding(uri.user, popped, at);
  if (isServed && uri.user !== undefined) return chooseServed(request, uri, popped, at);
  if (at.fromUpstream || (isOurs && !isServed)) {
    return { kind: 'refuse', refusal: refuse(404, `${uri.host} is not a domain served here`) };
  }
  // Whatever else a phone asks for is the PBX's to decide: we are its way to the PBX, never to anywhere else.
  return { kind: 'upstream', popped };
}

function chooseForeignScheme(scheme: string, popped: number, fromUpstream: boolean): Way {
  // §16.3 step 2: a phone's tel: number is the PBX's to dial; towards phones no other scheme leads anywhere.
  if (scheme === 'tel' && !fromUpstream) return { kind: 'upstream', popped };
  return { kind: 'refuse', refusal: refuse(416, `no way to reach a ${scheme}: URI`) };
}

/** The Contact that we gave the PBX: only the PBX may use it. */
function chooseBinding(token: string, popped: number, at: Bearings): Way {
  if (at.fromUpstream || at.mayBeUpstream) return { kind: 'binding', token, popped };
  return { kind: 'refuse', refusal: refuse(403, 'this contact is for the PBX alone') };
}

function chooseServed(request: SipMessage, uri: SipUri, popped: number, at: Bearings): Way {
  const aor = aorKey(uri);
  if (request.method === 'MESSAGE')
    return { kind: 'message', aor, gruu: param(uri.params, 'gr') ?? '', popped };
  return at.fromUpstream ? { kind: 'aor', aor, popped } : { kind: 'upstream', popped };
}
