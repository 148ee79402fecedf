import { bestAnswer, otherChallenges } from '../proxy/best.ts';
import type { Answer } from '../proxy/context.ts';
import { namesTarget } from '../proxy/dialog.ts';
import { backwardText } from '../proxy/forward.ts';
import { RETRY_AFTER, type Refusal, refuse } from '../proxy/refusal.ts';
import { ClientTransaction, cancelled } from '../transaction/client.ts';
import { clientKey } from '../transaction/table.ts';
import { GIVE_UP } from '../transaction/timing.ts';
import { composeAck, composeCancel } from '../wire/compose.ts';
import { hopName } from '../wire/destination.ts';
import type { Flow } from '../wire/flow.ts';
import { readOwn, type SipMessage } from '../wire/message.ts';
import { noteAttempt } from './guessing.ts';
import { type Hall, OVERSIZE_ACK } from './hall.ts';
import { contactFailed } from './messaging.ts';
import { type Failure, failOver, heardLate, learnWhose, lostPatience } from './onward.ts';
import { probeAnswered, probeNotSent } from './probe.ts';
import { commitRegistration } from './registration.ts';
import type { Context, Copy } from './room.ts';

/** A response has come: to its client transaction, and from there to its request's context (§16.7 step 1). */
export function receiveResponse(hall: Hall, response: SipMessage, flow: Flow): void {
  const branch = response.topVia()?.branch ?? '';
  const tx = hall.table.client(branch, response.method);
  if (tx === undefined || tx.method !== response.method) {
    if (probeAnswered(hall, branch, response)) return;
    heardLate(hall, flow);
    if (acceptedAgain(hall, branch, response, flow)) return;
    // RFC 6026 §7.3, RFC 4320 §4.2: a response without a transaction is not passed on.
    hall.counters.drop('stray_response');
    hall.guard.garbage(flow, hall.now);
    return;
  }
  const copy = tx.owner;
  hall.counters.responseReceived(
    copy.target.side === 'upstream' ? 'upstream' : 'phone',
    response.method,
    response.status,
  );
  const verdict = hall.table.receive(tx, response.status, hall.now);
  if (verdict === 'ack' || verdict === 'passAndAck') acknowledge(hall, tx, response);
  // Answers to our own CANCEL tell nothing more.
  if ((verdict === 'pass' || verdict === 'passAndAck') && tx === copy.tx) copyAnswered(hall, copy, response);
}

/** RFC 6026 §7.2: the call is up already: each further 2xx goes back, of the same phone or of another that it was forked to. */
function acceptedAgain(hall: Hall, branch: string, response: SipMessage, source: Flow): boolean {
  const flow = response.method === 'INVITE' ? hall.table.acceptedBy(branch, hall.now) : undefined;
  if (flow === undefined) return false;
  const { status } = response;
  const fromUpstream = hall.isUpstream(source);
  hall.counters.responseReceived(fromUpstream ? 'upstream' : 'phone', 'INVITE', status);
  const text = status >= 200 && status < 300 ? backwardText(response, []) : undefined;
  if (text === undefined) return true;
  if (fromUpstream) hall.upstream.named.learn(response, hall.own);
  learnWhose(hall, response, hall.upstream.from(source));
  hall.counters.responseSent(hall.isUpstream(flow) ? 'upstream' : 'phone', 'INVITE', status);
  hall.sendOfCall(flow, text, '');
  return true;
}

/** §17.1.1.3: the ACK of a non-2xx is the hop's own, the same for each repetition. */
function acknowledge(hall: Hall, tx: ClientTransaction<Copy>, response: SipMessage): void {
  if (tx.ack === '') {
    tx.ack = composeAck(readOwn(tx.text), response);
    tx.text = '';
  }
  hall.send(tx.flow, tx.ack, '');
}

function copyAnswered(hall: Hall, copy: Copy, response: SipMessage): void {
  const { context } = copy;
  const { status } = response;
  if (copy.target.side === 'upstream' && status > 100 && copy.answer === undefined) {
    hall.counters.upstreamLatency.observe((hall.now - context.receivedAt) / 1000);
  }
  const { method } = context.request;
  if (copy.target.side === 'upstream' && status > 100 && status < 300 && namesTarget(method))
    hall.upstream.named.learn(response, hall.own);
  const { hop } = copy.target;
  copy.isHeard = true;
  if (hop !== undefined && status !== 503) hop.heard();
  learnWhose(hall, response, hop);
  if (status < 200) {
    if (copy.cancelWanted) cancelCopy(hall, copy);
    // §16.7 step 5: every provisional answer but 100 goes back at once; RFC 4320 §4.1: to an INVITE alone.
    if (status > 100 && !context.answered && method === 'INVITE') hall.relay(context, response);
    return;
  }
  copy.answer = { status, response };
  if (copy.target.side === 'upstream') noteAttempt(hall, context, response);
  if (status < 300) copySucceeded(hall, copy, response);
  else copyFailed(hall, copy, status === 503 ? 'unavailable' : undefined);
}

function copySucceeded(hall: Hall, copy: Copy, response: SipMessage): void {
  const { context } = copy;
  context.closed = true;
  if (context.room?.kind === 'register') {
    commitRegistration(hall, copy, response);
    return;
  }
  if (context.room?.kind === 'message' && !context.answered) hall.counters.event('message_delivered');
  // §16.7 step 5: each 2xx to an INVITE goes back, of other methods the first final answer alone.
  if (context.request.method === 'INVITE' || !context.answered) hall.relay(context, response);
  if (isAlone(copy) && context.server !== undefined && copy.tx !== undefined)
    return hall.table.reduceCall(context.server, copy.tx, hall.now);
  // §16.7 step 10; RFC 3326 §3.1: a phone that is told so shows no missed call.
  cancelOthers(hall, context, 'Reason: SIP;cause=200;text="Call completed elsewhere"\r\n');
}

/** Whether nothing else of an INVITE is, or will be, under way. */
const isAlone = ({ context, tx }: Copy): boolean =>
  tx?.isInvite === true && context.branches.length === 1 && context.waiting.length === 0;

/** A copy of a request has failed: by its peer's word, by silence or because it could not leave; `failure` where its hop has. */
function copyFailed(hall: Hall, copy: Copy, failure: Failure | undefined): void {
  if (failOver(hall, copy, failure)) return;
  const { context, answer } = copy;
  const isFlowDead = hasDeadFlow(copy);
  contactFailed(hall, copy);
  if (isFlowDead && tryOtherFlow(hall, copy)) return;
  if (answer !== undefined && answer.status >= 600) {
    // §16.7 step 5: after a 6xx no other copy is to be tried.
    context.closed = true;
    cancelOthers(hall, context, `Reason: SIP;cause=${answer.status}\r\n`);
  }
  proceed(hall, context);
}

/**
 * RFC 5626 §7: whether it was its flow that failed, not the phone, which may hear by another one: 430, 408, or nothing at all. A
 * call that rang for as long as it may is over.
 */
const hasDeadFlow = ({ answer, tx }: Copy): boolean =>
  answer !== undefined &&
  tx?.cancelled !== true &&
  (answer.response === undefined || answer.status === 430 || answer.status === 408);

/** Puts the phone's next flow in the place of a copy that has failed; false where there is none to try. */
function tryOtherFlow(hall: Hall, copy: Copy): boolean {
  const { context, target } = copy;
  const [next, ...others] = target.others ?? [];
  if (next === undefined || context.closed || context.answered) return false;
  context.branches = context.branches.filter((branch) => branch !== copy);
  hall.counters.event('other_flow_tried');
  hall.fork(context, [{ ...next, others }]);
  return true;
}

/** Tries the next group of targets, or gives the best answer once there is nothing left to wait for (§16.7 step 6). */
export function proceed(hall: Hall, context: Context): void {
  if (context.answered || !context.isSettled) return;
  const [next, ...later] = context.waiting;
  if (next !== undefined && !context.closed) {
    context.waiting = later;
    hall.fork(context, next);
    return;
  }
  const answers = context.branches.map((branch) => branch.answer as Answer);
  const best = bestAnswer(answers);
  const copy = context.branches.find(({ answer }) => answer === best);
  if (best === undefined || copy === undefined) return;
  const ours = best.response === undefined ? best : instead(copy, best.status);
  if (ours !== undefined) hall.answer(context, ours);
  else if (best.response !== undefined)
    hall.relay(context, best.response, [], otherChallenges(best.response, answers));
}

/** What goes back instead of a peer's answer that must not; undefined where it may. */
function instead(copy: Copy, status: number): Refusal | undefined {
  // §16.7 step 6: a phone's 503 would have the PBX shun us, who serve the others. The PBX's own is true of all that we pass on.
  if (status === 503 && copy.target.side === 'phones')
    return refuse(500, 'the phone answered 503 Service Unavailable');
  // RFC 5626 §11.5: a phone is never told so.
  if (status === 430 && !copy.context.fromUpstream)
    return refuse(480, 'the connection of the other phone is closed');
  // RFC 4320 §4.2.
  return status === 408 && copy.context.request.method !== 'INVITE' ? silence(copy) : undefined;
}

/**
 * Ends what is still under way for an INVITE (§16.7 step 10, §9.1), saying why by a line with CRLF; other methods can't
 * be cancelled, their answers are dropped.
 */
export function cancelOthers(hall: Hall, context: Context, reason: string): void {
  if (context.request.method !== 'INVITE') return;
  context.cancelReason = reason;
  for (const branch of context.branches) if (branch.answer === undefined) cancelCopy(hall, branch);
}

function cancelCopy(hall: Hall, copy: Copy): void {
  const { tx } = copy;
  if (tx === undefined || tx.cancelled) return;
  // §9.1: no CANCEL before a provisional answer.
  if (tx.state === 'calling') {
    copy.cancelWanted = true;
    return;
  }
  if (tx.state !== 'proceeding') return;
  copy.cancelWanted = false;
  cancelled(tx, hall.now);
  hall.table.settleClient(tx);
  sendCancel(hall, copy, tx);
}

function sendCancel(hall: Hall, copy: Copy, tx: ClientTransaction<Copy>): void {
  const sent = readOwn(tx.text);
  const cancel = new ClientTransaction(
    tx.branch,
    'CANCEL',
    tx.flow,
    composeCancel(sent, copy.context.cancelReason),
    copy,
    GIVE_UP,
    hall.now,
  );
  hall.table.openClient(cancel, hall.send);
}

/** A client transaction's time is up: nobody has answered (yet), or a call has rung for longer than timer C (§16.8). */
export function clientTimeUp(
  hall: Hall,
  tx: ClientTransaction<Copy>,
  verdict: 'silent' | 'timeout' | 'timerC',
): void {
  const copy = tx.owner;
  // An unanswered CANCEL changes nothing: its INVITE has its own time.
  if (tx !== copy.tx) return;
  if (verdict === 'silent') return lostPatience(hall, copy, silence(copy));
  if (verdict === 'timerC') {
    sendCancel(hall, copy, tx);
    return;
  }
  if (copy.isPassedOver) return;
  copy.answer = silence(copy);
  if (copy.target.side === 'upstream') hall.counters.event('upstream_timeout');
  hall.note({
    level: 'warn',
    event: 'no answer',
    method: tx.method,
    callId: copy.context.request.callId(),
    source: `${tx.flow.address}:${tx.flow.port}`,
    ...(copy.target.hop === undefined ? {} : { upstream: copy.target.hop.endpoint }),
  });
  copyFailed(hall, copy, copy.isHeard ? undefined : 'silent');
}

/** What silence comes to: RFC 4320 §4.2 forbids a late 408 to anything but INVITE. */
function silence(copy: Copy): Refusal {
  if (copy.context.request.method === 'INVITE')
    return refuse(408, `${copy.target.side === 'upstream' ? 'the PBX' : 'the phone'} did not answer`);
  if (copy.target.side === 'phones') return refuse(480, 'the phone did not answer');
  return refuse(504, `${pbxOf(copy)} did not answer in time`, RETRY_AFTER);
}

/** What was sent could not leave (§16.9: as if a 503 had come; §18.4). */
export function sendFailed(hall: Hall, ref: string, flow: Flow, reason: string, why = reason): void {
  if (probeNotSent(hall, ref, why)) return;
  // §18.1.1: the 2xx is repeated until an ACK arrives, and the next one goes by UDP.
  if (ref === OVERSIZE_ACK && reason === 'refused') {
    const { address, port } = flow;
    return hall.upstream.hop(hopName('UDP', address, port))?.refusedTcp(hall.now);
  }
  const isCancel = ref.endsWith(' CANCEL');
  const tx = hall.table.client(isCancel ? ref.slice(0, ref.indexOf(' ')) : ref, isCancel ? 'CANCEL' : '');
  if (tx === undefined || clientKey(tx.branch, tx.method) !== ref) return;
  const copy = tx.owner;
  if (tx === copy.tx && reason === 'refused' && hall.backToDatagrams(copy)) return;
  hall.table.endClient(tx);
  if (tx !== copy.tx || copy.answer !== undefined) return;
  copy.answer = unreachable(hall, copy, reason);
  copyFailed(hall, copy, reason === 'tooLarge' ? undefined : 'unreachable');
}

function unreachable(hall: Hall, copy: Copy, reason: string): Answer {
  if (copy.target.side === 'phones') {
    // RFC 5626 §5.3.1: the flow of the token is gone.
    if (reason === 'gone') return { status: 430, reason: 'Flow Failed', extra: '' };
    return refuse(480, `the phone can not be reached: ${reason}`);
  }
  hall.counters.event('upstream_unreachable');
  return refuse(504, `${pbxOf(copy)} can not be reached: ${reason}`, RETRY_AFTER);
}

/** Who it is that has failed, for people. */
const pbxOf = ({ target: { hop } }: Copy): string =>
  hop === undefined || hop.endpoint === '' ? 'the next hop' : `the PBX (${hop.endpoint})`;
