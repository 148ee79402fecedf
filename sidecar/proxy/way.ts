import { type Flow, sameFlow } from '../wire/flow.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { aorKey, type OtherUri, param, parseUri, type SipUri, type Uri } from '../wire/uri.ts';
import { parseNameAddr } from '../wire/value.ts';
import { hasRunOut, TOO_MANY_HOPS } from './check.ts';
import type { OwnAddresses } from './own.ts';
import { type Refusal, refuse } from './refusal.ts';

/**
 * Which way a request takes (§16.4, §16.5). `popped` counts the Route values that are used up; `requestUri` is set
 * where a strict router had put ours in the Request-URI: it is then the last Route value, which is used up too (§16.4).
 */
export type Way =
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  | { readonly kind: 'self' }
  | { readonly kind: 'register'; readonly popped: number }
  | { readonly kind: 'message'; readonly aor: string; readonly gruu: string; readonly popped: number }
  | { readonly kind: 'upstream'; readonly popped: number; readonly requestUri?: string }
  | { readonly kind: 'aor'; readonly aor: string; readonly gruu: string; readonly popped: number }
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
  readonly tokens: TokenReader;
}

/** What of the tokens that we have given away matters here. */
export interface TokenReader {
  /** The flow that a token names; undefined for one that is not ours. */
  readFlow(token: string): Flow | undefined;
  /** Whether it has the form of a token that names a binding. */
  isBinding(text: string): boolean;
}

const PLAIN_REGISTER: Way = { kind: 'register', popped: 0 };

/** Decides the way of a request that passed §16.3. */
export function chooseWay(request: SipMessage, at: Bearings): Way {
  // Nearly every REGISTER: nothing in it could lead anywhere but to the registrar.
  if (request.method === 'REGISTER' && !request.has(Header.Route) && isDomain(request.requestUri))
    return PLAIN_REGISTER;
  const uri = parseUri(request.requestUri);
  if (uri === undefined) return { kind: 'refuse', refusal: refuse(400, 'the Request-URI can not be read') };
  // §19.1.1: they have no place there, and must not go on (RFC 4475 §3.1.2.11).
  if (uri.kind === 'sip' && uri.headers !== '')
    return { kind: 'refuse', refusal: refuse(400, 'the Request-URI has header fields in it') };
  // §16.3 step 3: whatever its Route says, it goes no further. It may be for us; for another it says nothing of that one.
  if (request.method === 'OPTIONS' && hasRunOut(request))
    return isForUs(uri, at) ? { kind: 'self' } : { kind: 'refuse', refusal: TOO_MANY_HOPS };
  const routes = request.list(Header.Route);
  if (followsTokens(request, at) && (routes.length > 0 || isStrictRouted(uri, at))) {
    const way = chooseByRoute(request, uri, routes, at);
    if (way !== undefined) return way;
  }
  return chooseByUri(request, uri, countOwn(routes, at), at);
}

/** Whether it is a SIP URI of nothing but a domain name, as REGISTERs have it; any other is to be read with more care. */
function isDomain(uri: string): boolean {
  if (!uri.startsWith('sip:') || uri.length === 4) return false;
  for (let i = 4; i < uri.length; i++) {
    const code = uri.charCodeAt(i);
    const isLetter = (code | 32) >= 97 && (code | 32) <= 122;
    if (!isLetter && code !== 46 && code !== 45 && !(code >= 48 && code <= 57)) return false;
  }
  return true;
}

const isForUs = (uri: Uri, at: Bearings): boolean =>
  uri.kind === 'sip' && uri.user === undefined && at.own.isOurs(uri);

/**
 * Whether the tokens in its Route say where a request goes. Those of a phone do so only within a dialog, where its Route
 * is what Record-Route told it (§12.2.1.1); the PBX also knows them from a Path (RFC 3327 §5.2). Nothing leads a REGISTER
 * past the registrar.
 */
const followsTokens = (request: SipMessage, at: Bearings): boolean =>
  request.method !== 'REGISTER' &&
  (at.fromUpstream || at.mayBeUpstream || param(request.to()?.params ?? '', 'tag') !== undefined);

/** §16.4: a strict router has put our Record-Route URI into the Request-URI. */
const isStrictRouted = (uri: Uri, at: Bearings): boolean =>
  uri.kind === 'sip' && param(uri.params, 'lr') !== undefined && at.own.isOurs(uri);

function ownRoute(value: string | undefined, at: Bearings): SipUri | undefined {
  if (value === undefined) return undefined;
  const uri = parseUri(parseNameAddr(value)?.uri ?? '');
  return uri?.kind === 'sip' && (at.own.isOurs(uri) || isMended(uri, at)) ? uri : undefined;
}

/**
 * Whether it is a Route of ours in which the PBX has put where it sees us in place of our name, as some do for whoever may be
 * behind NAT, and as they have to for us where only our own WebSocket leads to us. The token proves whose it is.
 */
const isMended = ({ user }: SipUri, { fromUpstream, tokens }: Bearings): boolean =>
  fromUpstream && user !== undefined && tokens.readFlow(user) !== undefined;

/** How many Route values on top are plainly ours (§16.4: a phone's outbound proxy set to us). */
function countOwn(routes: readonly string[], at: Bearings): number {
  let count = 0;
  while (count < routes.length && isOurRoute(routes[count] as string, at)) count++;
  return count;
}

/** By our address or, from phones, by a name that leads them here: a served domain. */
function isOurRoute(value: string, at: Bearings): boolean {
  const uri = parseUri(parseNameAddr(value)?.uri ?? '');
  if (uri?.kind !== 'sip') return false;
  return at.own.isOurs(uri) || (!at.fromUpstream && isServedName(uri, at));
}

const isServedName = ({ user, host, port }: SipUri, at: Bearings): boolean =>
  user === undefined && port === undefined && at.domains.has(host);

/**
 * In-dialog and Path requests: the token in our own Route names the phone's flow (RFC 5626 §5.3). From the PBX the
 * request goes to that phone, over that flow. From the phone itself, also when its flow has changed meanwhile, it goes
 * on by what Route and Request-URI say next: to the PBX or a place that the PBX has named (`NamedHops`), or, where the
 * PBX is a proxy that did not stay in the dialog, straight to the other phone, whose token then follows its own.
 * Undefined: no token of ours, so the Request-URI decides.
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
  let token: string | undefined;
  let outgoing = false;
  for (let ours = ownRoute(routes[0], at); ours !== undefined; ours = ownRoute(routes[popped], at)) {
    // Both halves of a double Record-Route (RFC 5658) carry one token; another one is another pass through here.
    const isAnother = ours.user !== undefined && ours.user !== token;
    if (destination !== undefined && isAnother) break;
    popped++;
    if (!isAnother) continue;
    token = ours.user;
    const flow = at.tokens.readFlow(ours.user as string);
    if (flow === undefined)
      return { kind: 'refuse', refusal: refuse(403, 'the Route holds a token that is not ours') };
    if (sameFlow(flow, at.source)) outgoing = true;
    else destination = flow;
  }
  if (destination === undefined && !outgoing) return undefined;
  // The value that came from the Request-URI is no Route line to take away.
  const lines = strictlyRouted ? popped - 1 : popped;
  if (destination !== undefined && (at.fromUpstream || at.mayBeUpstream || outgoing)) {
    return { kind: 'flow', flow: destination, popped: lines, requestUri };
  }
  const next = routes.length > popped ? parseNameAddr(routes[popped] as string)?.uri : undefined;
  const uriNext = parseUri(next ?? (strictlyRouted ? requestUri : request.requestUri));
  if (uriNext === undefined || uriNext.kind !== 'sip') return { kind: 'upstream', popped: lines, requestUri };
  if (next === undefined && at.own.isOurs(uriNext)) return chooseByUri(request, uriNext, lines, at);
  return { kind: 'next', uri: uriNext, popped: lines, requestUri };
}

/** Requests outside a dialog, by their Request-URI (§16.5). */
function chooseByUri(request: SipMessage, uri: Uri, popped: number, at: Bearings): Way {
  if (request.method === 'REGISTER') return { kind: 'register', popped };
  if (uri.kind !== 'sip') {
    const inbox = request.method === 'MESSAGE' ? inboxOf(uri) : undefined;
    if (inbox?.user !== undefined && at.domains.has(inbox.host))
      return chooseServed(request, inbox, popped, at);
    return chooseForeignScheme(uri.scheme, popped, at.fromUpstream);
  }
  const isOurs = at.own.isOurs(uri);
  const isServed = at.domains.has(uri.host);
  if (request.method === 'OPTIONS' && isForUs(uri, at)) return { kind: 'self' };
  // From the PBX the token alone counts: it may have mended our name in the contact, as in a Route.
  if ((isOurs || at.fromUpstream) && uri.user !== undefined && at.tokens.isBinding(uri.user))
    return chooseBinding(uri.user, popped, at);
  if (isServed && uri.user !== undefined) return chooseServed(request, uri, popped, at);
  if (at.fromUpstream || (isOurs && !isServed)) {
    return { kind: 'refuse', refusal: refuse(404, `${uri.host} is not a domain served here`) };
  }
  // Whatever else a phone asks for is the PBX's to decide: we are its way to the PBX, never to anywhere else.
  return { kind: 'upstream', popped };
}

/** RFC 3428 §5: who is messaged by im:, which a phone may leave to a proxy to resolve. */
function inboxOf({ scheme, text }: OtherUri): SipUri | undefined {
  const uri = scheme === 'im' ? parseUri(`sip:${text.slice(3)}`) : undefined;
  return uri?.kind === 'sip' && uri.headers === '' ? uri : undefined;
}

function chooseForeignScheme(scheme: string, popped: number, fromUpstream: boolean): Way {
  // §16.3 step 2: a phone's tel: number is the PBX's to dial, and so is its call for help (RFC 5031, urn:service:sos);
  // towards phones no other scheme leads anywhere.
  if (!fromUpstream && (scheme === 'tel' || scheme === 'urn')) return { kind: 'upstream', popped };
  return { kind: 'refuse', refusal: refuse(416, `no way to reach a ${scheme}: URI`) };
}

/** The Contact that we gave the PBX: only the PBX may use it. */
function chooseBinding(token: string, popped: number, at: Bearings): Way {
  if (at.fromUpstream || at.mayBeUpstream) return { kind: 'binding', token, popped };
  return { kind: 'refuse', refusal: refuse(403, 'this contact is for the PBX alone') };
}

function chooseServed(request: SipMessage, uri: SipUri, popped: number, at: Bearings): Way {
  const aor = aorKey(uri);
  if (request.method === 'MESSAGE' || at.fromUpstream) {
    const gruu = param(uri.params, 'gr') ?? '';
    return { kind: request.method === 'MESSAGE' ? 'message' : 'aor', aor, gruu, popped };
  }
  return { kind: 'upstream', popped };
}
