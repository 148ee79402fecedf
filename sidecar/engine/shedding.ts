import { isShed } from '../guard/shed.ts';
import { answerFlow, stampedVia } from '../proxy/via.ts';
import { composeResponse, reasonPhrase } from '../wire/compose.ts';
import type { Flow } from '../wire/flow.ts';
import type { SipMessage } from '../wire/message.ts';
import type { Hall } from './hall.ts';
import { noteProof } from './proof.ts';
import type { Context } from './room.ts';

/** How long, in seconds, who is refused is asked to wait: not all of them the same time, or they would all come back at once. */
const LEAST_WAIT = 5;
const SPREAD = 26;

/**
 * Refuses new work while there is too much to do: 503 with Retry-After (§21.5.4) without a transaction, and so with a To tag that is the same
 * for a repetition (§8.2.7); beyond what refusing may cost, in silence. False where the request is to be served.
 */
export function shed(hall: Hall, request: SipMessage, source: Flow, fromUpstream: boolean): boolean {
  const { overload, underWay } = hall.guard;
  const isPbxSlow = underWay.isFull && overload.policy.mode === 'Auto';
  if ((overload.level === 0 && !isPbxSlow) || fromUpstream) return false;
  const isKnown = hall.guard.isKnown(source, hall.now);
  // Of unknown senders all that is new, as long as too much of theirs waits for the PBX.
  const level = isPbxSlow && !isKnown ? 3 : overload.level;
  if (!isShed(request, isKnown ? 'known' : 'unknown', level)) return false;
  const via = request.topVia();
  if (via === undefined || !overload.mayRefuse(hall.now)) {
    hall.counters.drop('shed');
    return true;
  }
  hall.counters.event('shed');
  const number = hall.loops.number(request, fromUpstream) >>> 0;
  const text = composeResponse(
    request,
    503,
    reasonPhrase(503),
    number.toString(36),
    `Retry-After: ${LEAST_WAIT + (number % SPREAD)}\r\n`,
    stampedVia(request, via, source),
  );
  hall.send(answerFlow(via, source), text, '');
  return true;
}

/** An unknown sender's request goes on: who it is may show, and what it asks for is under way. */
export function meetStranger(hall: Hall, context: Context): void {
  const { request, source, server } = context;
  noteProof(hall, request, source);
  if (request.method === 'INVITE') hall.guard.call(source, request.text.length);
  if (server !== undefined) hall.guard.underWay.begin(context, hall.now);
}
