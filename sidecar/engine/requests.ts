import { contactTarget } from '../im/delivery.ts';
import { check } from '../proxy/check.ts';
import { ResponseContext } from '../proxy/context.ts';
import { namesTarget } from '../proxy/dialog.ts';
import { LOOP, MERGED } from '../proxy/loop.ts';
import { lotsOf } from '../proxy/lot.ts';
import { uriTransport } from '../proxy/own.ts';
import { RETRY_AFTER, refuse } from '../proxy/refusal.ts';
import { notReceivedSafely, secureHops, sipsNotAllowed } from '../proxy/sips.ts';
import { answerFlow, stampedVia } from '../proxy/via.ts';
import { type Bearings, chooseWay, type Way } from '../proxy/way.ts';
import { type Binding, isOutbound, isReachable } from '../registrar/binding.ts';
import { serverKey } from '../transaction/key.ts';
import { serverRepeats } from '../transaction/server.ts';
import { composeResponse } from '../wire/compose.ts';
import type { Destination, Site } from '../wire/destination.ts';
import { DEAD_CONNECTION, type Flow, isSecure } from '../wire/flow.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { param, type SipUri } from '../wire/uri.ts';
import { holdGuess, isOwner, tooManyFailures } from './guessing.ts';
import type { Hall } from './hall.ts';
import { admits, deliver, deliverTo } from './messaging.ts';
import { learnWhose, toHops, toUpstream } from './onward.ts';
import { dropBinding, register } from './registration.ts';
import { cancelOthers } from './responses.ts';
import type { Context, Question } from './room.ts';
import { meetStranger, shed } from './shedding.ts';

/** What an OPTIONS to ourselves is told (§11.2). */
const CAPABILITIES =
  'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, MESSAGE\r\nSupported: path, gruu, outbound\r\nAccept: */*\r\n';

/** A request has come: absorbed if it repeats one (§17.2), else on its way. */
export function receiveRequest(hall: Hall, request: SipMessage, source: Flow): void {
  const fromUpstream = hall.isUpstream(source);
  hall.counters.request(fromUpstream ? 'upstream' : 'phone', request.method);
  const key = serverKey(request);
  const known = hall.table.server(key);
  if (request.method === 'ACK') {
    // §17.1.1.3: the ACK of a non-2xx ends here; that of a 2xx is a request of its own.
    if (known === undefined || hall.table.acked(known, hall.now))
      take(hall, request, source, fromUpstream, '');
    return;
  }
  if (known !== undefined) {
    hall.counters.event('retransmission_absorbed');
    const again = serverRepeats(known);
    if (again !== '') hall.send(known.flow, again, '');
    return;
  }
  const answered = hall.table.answered(key, hall.now);
  if (answered === undefined) {
    if (!shed(hall, request, source, fromUpstream)) take(hall, request, source, fromUpstream, key);
    return;
  }
  hall.counters.event('retransmission_absorbed');
  if (answered.text !== '') hall.send(answered.flow, answered.text, '');
}

/** A new request gets its transaction (none for an ACK: `key` ''), passes §16.3 and goes its way. */
function take(hall: Hall, request: SipMessage, source: Flow, fromUpstream: boolean, key: string): void {
  const via = request.topVia();
  if (via === undefined) return;
  const topVia = stampedVia(request, via, source);
  const answers = answerFlow(via, source);
  const server = key === '' ? undefined : hall.table.openServer(key, request.method, answers, hall.now);
  if (key !== '' && server === undefined) {
    hall.counters.drop('transactions_full');
    hall.send(
      answers,
      composeResponse(request, 503, 'Service Unavailable', hall.random(), RETRY_AFTER, topVia),
      '',
    );
    return;
  }
  const context: Context = new ResponseContext(request, source, fromUpstream, topVia, server, hall.now);
  if (server !== undefined) server.owner = context;
  if (request.method === 'CANCEL') return cancel(hall, context);
  const refusal = check(request);
  if (refusal !== undefined) return hall.answer(context, refusal);
  // §16.3 step 4.
  if (hall.loops.hasLooped(request, fromUpstream, hall.own)) return hall.answer(context, LOOP);
  if (fromUpstream && namesTarget(request.method)) {
    hall.upstream.named.learn(request, hall.own);
    learnWhose(hall, request, hall.upstream.from(source));
  }
  if (!fromUpstream && !hall.guard.isKnown(source, hall.now)) meetStranger(hall, context);
  if (!holdGuess(hall, context)) go(hall, context);
}

/** Passwords were guessed too often: only the phone that is registered by this very flow may go on (RFC 3261 §22, §26.3.2.4). */
export function guessJudged(hall: Hall, context: Context, wait: number, bindings: readonly Binding[]): void {
  if (isOwner(hall, context, bindings)) go(hall, context);
  else hall.answer(context, tooManyFailures(hall, context, wait));
}

/** §9.2, §16.10: the CANCEL ends here, each copy of its INVITE gets one of ours. */
function cancel(hall: Hall, context: Context): void {
  const key = serverKey(context.request, 'INVITE');
  const invite = hall.table.server(key);
  if (invite === undefined && hall.table.answered(key, hall.now) === undefined)
    return hall.answer(context, { status: 481, reason: 'Call/Transaction Does Not Exist', extra: '' });
  hall.answer(context, { status: 200, reason: 'OK', extra: '' });
  const cancelled = invite?.owner;
  if (cancelled === undefined || cancelled.answered) return;
  cancelled.closed = true;
  if (cancelled.branches.length === 0)
    hall.answer(cancelled, { status: 487, reason: 'Request Terminated', extra: '' });
  else cancelOthers(hall, cancelled, reasonLines(context.request));
}

/** RFC 3326 §2: why the caller has cancelled goes on to whom it called. */
function reasonLines(request: SipMessage): string {
  if (!request.has(Header.Reason)) return '';
  return request
    .values(Header.Reason)
    .map((value) => `Reason: ${value}\r\n`)
    .join('');
}

function go(hall: Hall, context: Context): void {
  const { request, source } = context;
  // §17.2.1: the caller is told at once that its INVITE has arrived.
  if (request.method === 'INVITE') hall.answer(context, { status: 100, reason: 'Trying', extra: '' });
  const bearings: Bearings = {
    own: hall.own,
    domains: hall.config.domains,
    fromUpstream: context.fromUpstream,
    mayBeUpstream: hall.mayBeUpstream(source),
    source,
    tokens: hall.tokens,
  };
  walk(hall, context, chooseWay(request, bearings));
}

function walk(hall: Hall, context: Context, way: Way): void {
  if ('popped' in way) context.routesPopped = way.popped;
  if ('requestUri' in way) context.strictUri = way.requestUri ?? '';
  if (hall.verbose) noteWay(hall, context, way);
  context.secureHops = secureHops(context.request, context.strictUri, context.routesPopped);
  if (context.secureHops === 'all' && !cameSafely(hall, context))
    return hall.refuseSips(context, notReceivedSafely(context.source.transport));
  switch (way.kind) {
    case 'refuse':
      return hall.answer(context, way.refusal);
    case 'self':
      return answerForOurselves(hall, context);
    case 'register':
      return register(hall, context);
    case 'message':
      return deliver(hall, context, way.aor, way.gruu);
    case 'upstream':
      return toUpstream(hall, context);
    case 'aor':
      context.room = { kind: 'call', aor: way.aor, gruu: way.gruu };
      return hall.lookup('aor', way.aor, { kind: 'recipient', context });
    case 'binding':
      if (context.request.method === 'MESSAGE' && !admits(hall, context)) return;
      return hall.lookup('token', way.token, { kind: 'contact', context });
    case 'flow':
      return toFlow(hall, context, way.flow);
    case 'next':
      return toNext(hall, context, way.uri, way.requestUri);
  }
}

/** Whether a request for a sips: address has had TLS up to here, or comes from a PBX that is trusted without. */
const cameSafely = ({ config }: Hall, { source, fromUpstream }: Context): boolean =>
  isSecure(source.transport) || (fromUpstream && config.upstream.sips === 'Trusted');

/** §11.2, and §8.2.2.2: one that comes by two ways is answered on one of them. */
function answerForOurselves(hall: Hall, context: Context): void {
  if (hall.merges.isMerged(context.request, hall.now)) return hall.answer(context, MERGED);
  hall.answer(context, { status: 200, reason: 'OK', extra: CAPABILITIES });
}

function noteWay(hall: Hall, { request, source }: Context, way: Way): void {
  hall.note({
    level: 'debug',
    event: `request to ${way.kind}`,
    method: request.method,
    callId: request.callId(),
    source: `${source.transport} ${source.address}:${source.port}`,
  });
}

/** RFC 5626 §5.3.1: along the flow that our own Route named; 430 where that flow is of a closed connection. */
function toFlow(hall: Hall, context: Context, flow: Flow): void {
  if (
    flow.connection === DEAD_CONNECTION ||
    (flow.connection > 0 && !hall.openStreams.has(flow.connection))
  ) {
    return flowFailed(hall, context);
  }
  hall.fork(context, [{ flow, side: 'phones', requestUri: '', routes: [] }]);
}

/** RFC 5626 §11.5: to the PBX 430; phones are never told so. */
function flowFailed(hall: Hall, context: Context): void {
  hall.answer(
    context,
    context.fromUpstream
      ? { status: 430, reason: 'Flow Failed', extra: '' }
      : refuse(480, 'the connection of the other phone is closed'),
  );
}

/** The PBX calls the Contact that we gave it: that one phone, over its newest flow. */
export function contactFound(hall: Hall, context: Context, bindings: readonly Binding[]): void {
  const [binding] = bindings;
  if (binding === undefined || binding.expiresAt <= hall.now) {
    return hall.answer(context, refuse(404, 'no phone is registered with this contact'));
  }
  // RFC 5626 §7: the other flows of the phone, should this one have failed.
  if (isOutbound(binding)) return hall.lookup('aor', binding.aor, { kind: 'flows', context, binding });
  flowsFound(hall, context, binding, bindings);
}

/** What else the AoR has is known: the contact that the PBX calls goes first, the other flows of its phone behind it. */
export function flowsFound(hall: Hall, context: Context, binding: Binding, known: readonly Binding[]): void {
  // §16.10: it was cancelled while it waited for a look-up.
  if (context.answered) return;
  if (isOutbound(binding) && context.server !== undefined && hall.joined.joins(context, binding)) return;
  const isReached = isReachable(binding, hall.now);
  if (!isReached) dropBinding(hall, binding, 'flow gone');
  const isSips = context.secureHops === 'all';
  const target = contactTarget(binding, known, hall.own, hall.now, isSips);
  if (target === undefined) {
    if (isSips && isReached)
      return hall.refuseSips(context, sipsNotAllowed('the phone has registered no sips: contact'));
    return flowFailed(hall, context);
  }
  if (context.request.method === 'MESSAGE') return deliverTo(hall, context, target, binding.aor);
  hall.fork(context, [target]);
}

/**
 * A request of a phone within a dialog goes to what its Route or Request-URI names, if the PBX has named it too; all
 * else goes to the PBX, so that nobody can aim us at others. maddr (§16.5) is not obeyed.
 */
function toNext(hall: Hall, context: Context, uri: SipUri, requestUri: string): void {
  const { upstream, config } = hall;
  const hop = upstream.addressed(uri);
  if (hop !== undefined) return toHops(hall, context, [hop], requestUri);
  // A served domain is the PBX's name for itself; by the world's DNS it would lead back here.
  if (config.domains.has(uri.host) || upstream.isEndpoint(uri) || !upstream.named.has(uri))
    return toUpstream(hall, context);
  const transport = uriTransport(uri);
  if (transport === undefined)
    return hall.answer(context, refuse(503, `${NOT_REACHED}: its transport is not spoken here`));
  const destination: Destination = {
    host: uri.host,
    port: uri.port,
    transport: param(uri.params, 'transport') === undefined ? undefined : transport,
    isSecure: uri.scheme === 'sips',
  };
  // The PBX's own name leads where the PBX is known to be.
  const known = upstream.sitesAt(destination);
  if (known !== undefined) return nextHopFound(hall, context, uri, requestUri, known);
  hall.out.push({
    kind: 'resolve',
    destination,
    ticket: { kind: 'nextHop', context, uri, requestUri } as Question,
  });
}

const NOT_REACHED = "the dialog's next hop can not be reached";

export function nextHopFound(
  hall: Hall,
  context: Context,
  uri: SipUri,
  requestUri: string,
  sites: readonly Site[],
): void {
  const { own, upstream } = hall;
  const spoken = sites.filter(({ transport }) => own.speaks(transport));
  const hops = upstream.others(spoken).inTurn(lotsOf(context.request.callId()), hall.now);
  const [first] = hops;
  if (first === undefined) {
    const why = sites.length === 0 ? `${uri.host} has no address` : 'there is no listener of its transport';
    return hall.answer(context, refuse(503, `${NOT_REACHED}: ${why}`));
  }
  if (own.isOurAddress(first.address, first.port)) return toUpstream(hall, context);
  const others = hops.filter(({ address, port }) => !own.isOurAddress(address, port));
  toHops(hall, context, others, requestUri);
}
