import type { Answer } from '../proxy/context.ts';
import { namesTarget } from '../proxy/dialog.ts';
import type { Hop } from '../proxy/hop.ts';
import { lotsOf } from '../proxy/lot.ts';
import { noUpstream } from '../proxy/refusal.ts';
import { quieted } from '../transaction/client.ts';
import { hopName } from '../wire/destination.ts';
import { type Flow, isSecure } from '../wire/flow.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { aorKey, param, parseUri } from '../wire/uri.ts';
import { unsigned } from '../wire/value.ts';
import type { Hall } from './hall.ts';
import { insertionFor } from './insertion.ts';
import type { Context, Copy } from './room.ts';

/**
 * RFC 3263 §4.3: what counts as a failure to contact a server. `silent`: no answer of any kind; `unreachable`: it could
 * not leave; `unavailable`: a 503.
 */
export type Failure = 'silent' | 'unreachable' | 'unavailable';

/** §20.33 allows more than a number of seconds (a comment, a duration), which says nothing here. */
const MOST_SECONDS = 2 ** 31 - 1;

/** To the PBX. */
export function toUpstream(hall: Hall, context: Context): void {
  toHops(hall, context, pbxHops(hall, context), '');
}

/** To the first of some hops, the others waiting behind it. `requestUri` '' leaves it as received. */
export function toHops(hall: Hall, context: Context, hops: readonly Hop[], requestUri: string): void {
  const inTurn = usable(hall, context, hops);
  const [hop] = inTurn;
  if (hop === undefined) return hall.answer(context, noUpstream(hall.upstream.hosts));
  hop.risk(hall.now, hall.config.upstream.failoverMs);
  const flow = hop.flow(hall.own);
  hall.fork(
    context,
    [
      {
        flow,
        side: 'upstream',
        requestUri,
        routes: NONE,
        hop,
        laterHops: inTurn.length > 1 ? inTurn.slice(1) : NONE,
      },
    ],
    insertionFor(hall, context, flow),
  );
}

/** Those that a request for a sips: address may go to; where there are none all, and the request is refused for that. */
function usable({ config }: Hall, { secureHops }: Context, hops: readonly Hop[]): readonly Hop[] {
  if (secureHops === 'none' || config.upstream.sips === 'Trusted') return hops;
  const secure = hops.filter(({ transport }) => isSecure(transport));
  return secure.length > 0 ? secure : hops;
}

/**
 * Which addresses of the PBX a request may go to, in the order in which they are to be tried. A dialog stays where it was
 * opened, and nowhere else can it go on. All other requests of a user go the same way, by lots that are the user's own, so
 * that one PBX holds all of the user's registrations; but the answer to a challenge goes to whom it was that asked.
 */
export function pbxHops(hall: Hall, context: Context): readonly Hop[] {
  const { upstream, now } = hall;
  if (!upstream.hasChoice) return upstream.inTurn(NO_LOTS, now);
  const { request } = context;
  const known = upstream.affinity.find(request.callId(), now);
  if (known !== undefined && isWithinDialog(request)) return [known];
  const inTurn = upstream.inTurn(lotsOf(userOf(context)), now);
  if (known === undefined || known.isAvoided(now)) return inTurn;
  return [known, ...inTurn.filter((hop) => hop !== known)];
}

const NONE: readonly never[] = [];
const NO_LOTS = (): number => 0.5;

const isWithinDialog = (request: SipMessage): boolean =>
  param(request.to()?.params ?? '', 'tag') !== undefined;

/** Whose request it is: of a REGISTER the one that is registered, else who sends it; the sender's address where that can't be read. */
function userOf({ request, room, source }: Context): string {
  if (room?.kind === 'register') return room.intent.aor;
  const uri = parseUri(request.from()?.uri ?? '');
  return uri?.kind === 'sip' ? aorKey(uri) : source.address;
}

/** A message of the PBX that opens a dialog, or a challenge, belongs to one of several PBXs, and so does what follows it. */
export function learnWhose(hall: Hall, message: SipMessage, hop: Hop | undefined): void {
  if (hop === undefined || hop.endpoint === '' || !hall.upstream.hasChoice) return;
  const { affinity } = hall.upstream;
  if (message.isRequest || (message.status > 100 && message.status < 300)) {
    if (namesTarget(message.method)) affinity.dialog(message.callId(), hop);
  } else if (message.status === 401 || message.status === 407)
    affinity.challenge(message.callId(), hop, hall.now);
}

/**
 * RFC 3263 §4.3: where a copy's hop has failed, the same request goes to the next one, as a new transaction. True: it is
 * under way.
 */
export function failOver(hall: Hall, copy: Copy, failure: Failure | undefined): boolean {
  const { context, target } = copy;
  const { hop } = target;
  if (hop === undefined || failure === undefined || copy.isPassedOver) return false;
  blame(hall, hop, failure, copy.answer);
  const [next, ...laterHops] = target.laterHops ?? [];
  if (next === undefined || context.closed || context.answered || isTooLate(hall, context)) return false;
  copy.isPassedOver = true;
  hall.counters.failover(failure);
  hall.note({
    level: 'warn',
    event: 'failed over',
    method: context.request.method,
    callId: context.request.callId(),
    upstream: hop.endpoint,
    reason: `${hop.name} ${WORDS[failure]}: ${next.name} is tried`,
  });
  const flow = next.flow(hall.own);
  hall.fork(context, [{ ...target, flow, hop: next, laterHops }], insertionFor(hall, context, flow));
  return true;
}

const WORDS: Readonly<Record<Failure, string>> = {
  silent: 'does not answer',
  unreachable: 'can not be reached',
  unavailable: 'answers 503',
};

/** Whether the phone is to be answered now in any case. */
const isTooLate = ({ now, config }: Hall, { request, receivedAt }: Context): boolean =>
  request.method !== 'INVITE' && now >= receivedAt + config.upstream.responseTimeoutMs;

function blame(hall: Hall, hop: Hop, failure: Failure, answer: Answer | undefined): void {
  if (failure === 'unavailable') {
    // It is there. §21.5.4: without Retry-After a 503 says nothing of the requests to come.
    hop.heard();
    return rest(hall, hop, answer?.response);
  }
  hop.suspect(hall.now);
  if (hop.endpoint !== '') hall.out.push({ kind: 'suspected', hop: hop.name });
}

/** §21.5.4: so long no other request is to go to whom a 503 comes from. */
export function rest(hall: Hall, hop: Hop, response: SipMessage | undefined): void {
  const seconds = unsigned(response?.value(Header.RetryAfter)?.split(/[\s;(]/, 1)[0] ?? '', MOST_SECONDS);
  if (seconds !== undefined) hop.rest(hall.now, seconds * 1000);
}

/**
 * There has been no answer at all for so long that the next hop is tried. Another request than INVITE ends here; an INVITE
 * may still be answered by a PBX that is merely slow, whereupon it is cancelled (§9.1: not before).
 */
export function lostPatience(hall: Hall, copy: Copy, instead: Answer): void {
  const { tx } = copy;
  if (tx === undefined || copy.answer !== undefined) return;
  copy.answer = instead;
  if (tx.isInvite) {
    quieted(tx);
    hall.table.settleClient(tx);
  }
  if (!failOver(hall, copy, 'silent')) copy.answer = undefined;
  else if (tx.isInvite) copy.cancelWanted = true;
  else hall.table.endClient(tx);
}

/** An answer to a request that has ended here: whoever was thought to be silent is there. */
export function heardLate(hall: Hall, { transport, address, port }: Flow): void {
  hall.upstream.hop(hopName(transport, address, port))?.heard();
}
