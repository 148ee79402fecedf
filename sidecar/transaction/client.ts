import type { Flow } from '../wire/flow.ts';
import { GIVE_UP, isReliable, lingers, T1, T2, TIMER_C, TIMER_D } from './timing.ts';
import type { Timed } from './wheel.ts';

export type ClientState = 'calling' | 'trying' | 'proceeding' | 'accepted' | 'completed' | 'terminated';

/** What the machine wants of its table after a response: hand it up, answer it with the ACK, both, or neither. */
export type ResponseVerdict = 'pass' | 'passAndAck' | 'ack' | 'absorb';
/**
 * What it wants after its time has come: send again, tell the user that there has been no answer at all for as long as it
 * cares (`silent`, nothing has ended), that nobody answered, that timer C fired, or nothing.
 */
export type ClientTimerVerdict = 'resend' | 'silent' | 'timeout' | 'timerC' | 'nothing';

/** A client transaction (RFC 3261 §17.1 with RFC 6026); `O` is its owner, the branch of a response context. */
export class ClientTransaction<O> implements Timed {
  due = 0;
  previous: Timed | undefined = undefined;
  next: Timed | undefined = undefined;
  slot = -1;

  state: ClientState;
  interval = T1;
  resendAt = Number.POSITIVE_INFINITY;
  deadline: number;
  /** When the user wants to know that there has been no answer at all. */
  impatientAt = Number.POSITIVE_INFINITY;
  /** Of an INVITE: timer C has fired, a CANCEL has gone out, a final answer is still owed. */
  cancelled = false;
  /** The ACK for a non-2xx final answer, kept for its repetitions. */
  ack = '';

  readonly branch: string;
  readonly method: string;
  readonly isInvite: boolean;
  readonly owner: O;
  flow: Flow;
  text: string;

  /** `giveUpAfter`: how long an answer is waited for, at most timer B or F (ms). */
  constructor(
    branch: string,
    method: string,
    flow: Flow,
    text: string,
    owner: O,
    giveUpAfter: number,
    now: number,
  ) {
    this.branch = branch;
    this.method = method;
    this.isInvite = method === 'INVITE';
    this.flow = flow;
    this.text = text;
    this.owner = owner;
    this.state = this.isInvite ? 'calling' : 'trying';
    this.deadline = now + Math.min(giveUpAfter, GIVE_UP);
    this.#startResending(now);
  }

  /** The same request leaves by another way (UDP after a refused TCP): its repetitions start anew. */
  reroute(flow: Flow, text: string, now: number): void {
    this.flow = flow;
    this.text = text;
    this.#startResending(now);
  }

  #startResending(now: number): void {
    // Timers A and E: only an unreliable hop repeats (§17.1.1.2, §17.1.2.2).
    this.interval = T1;
    this.resendAt = isReliable(this.flow.transport) ? Number.POSITIVE_INFINITY : now + T1;
  }
}

type Tx = ClientTransaction<unknown>;
type OnResponse = (tx: Tx, status: number, now: number) => ResponseVerdict;

// §17.1.1.2 figure 5 with RFC 6026 §7.2: INVITE before a final answer.
const inviteWaiting: OnResponse = (tx, status, now) => {
  tx.resendAt = Number.POSITIVE_INFINITY;
  if (status < 200) {
    tx.state = 'proceeding';
    // §16.7 step 2: timer C starts anew at each provisional answer beyond 100; here it starts at the 100 too.
    if (!tx.cancelled && (status > 100 || tx.deadline < now + TIMER_C - GIVE_UP)) tx.deadline = now + TIMER_C;
    return 'pass';
  }
  if (status < 300) {
    // RFC 6026 §7.2: Accepted, timer M: further 2xx from other forks still reach the caller.
    tx.state = 'accepted';
    tx.deadline = now + GIVE_UP;
    return 'pass';
  }
  const linger = lingers(tx.flow.transport, TIMER_D);
  tx.state = linger === 0 ? 'terminated' : 'completed';
  tx.deadline = now + linger;
  return 'passAndAck';
};

// §17.1.2.2 figure 6: any other method before a final answer.
const otherWaiting: OnResponse = (tx, status, now) => {
  if (status < 200) {
    tx.state = 'proceeding';
    // Timer E runs on at T2 in Proceeding.
    if (tx.resendAt !== Number.POSITIVE_INFINITY) tx.resendAt = now + T2;
    return 'pass';
  }
  // Completed with timer K only absorbs repeated answers; an answer without a transaction is dropped just the
  // same, so nothing is kept for it.
  tx.state = 'terminated';
  return 'pass';
};

const onResponse: Record<ClientState, OnResponse> = {
  calling: inviteWaiting,
  trying: otherWaiting,
  proceeding: (tx, status, now) => (tx.isInvite ? inviteWaiting : otherWaiting)(tx, status, now),
  accepted: (_tx, status) => (status >= 200 && status < 300 ? 'pass' : 'absorb'),
  completed: (_tx, status) => (status >= 300 ? 'ack' : 'absorb'),
  terminated: () => 'absorb',
};

/** Steps the machine by one response's status. */
export function clientReceives(tx: Tx, status: number, now: number): ResponseVerdict {
  tx.impatientAt = Number.POSITIVE_INFINITY;
  return onResponse[tx.state](tx, status, now);
}

/** Steps the machine by the time. */
export function clientTimer(tx: Tx, now: number): ClientTimerVerdict {
  if (now >= tx.deadline) return clientDeadline(tx, now);
  if (now >= tx.impatientAt) {
    tx.impatientAt = Number.POSITIVE_INFINITY;
    return 'silent';
  }
  if (now >= tx.resendAt) {
    // Timer A doubles without bound, timer E up to T2 (§17.1.1.2, §17.1.2.2).
    tx.interval = tx.isInvite ? tx.interval * 2 : Math.min(tx.interval * 2, T2);
    tx.resendAt = now + (tx.state === 'proceeding' ? T2 : tx.interval);
    return 'resend';
  }
  return 'nothing';
}

function clientDeadline(tx: Tx, now: number): ClientTimerVerdict {
  if (tx.isInvite && tx.state === 'proceeding' && !tx.cancelled) {
    // §16.8: timer C: CANCEL, then wait for the final answer as for any request.
    cancelled(tx, now);
    return 'timerC';
  }
  const waiting = tx.state === 'calling' || tx.state === 'trying' || tx.state === 'proceeding';
  tx.state = 'terminated';
  return waiting ? 'timeout' : 'nothing';
}

/** A CANCEL has gone out for this INVITE: §9.1 gives it 64*T1 to end. */
export function cancelled(tx: Tx, now: number): void {
  tx.cancelled = true;
  tx.deadline = now + GIVE_UP;
}

/** Is sent no more; an answer is still waited for. */
export function quieted(tx: Tx): void {
  tx.resendAt = Number.POSITIVE_INFINITY;
}

/** When the machine wants to be woken (ms). */
export const clientDue = (tx: Tx): number => Math.min(tx.resendAt, tx.deadline, tx.impatientAt);
