import type { Flow } from '../wire/flow.ts';
import { GIVE_UP, isReliable, lingers, T1, T2, T4, TRYING_AFTER } from './timing.ts';
import type { Timed } from './wheel.ts';

export type ServerState = 'trying' | 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated';

/** What the machine wants after its time has come: send the last answer again, tell the user that a 100 is due, or nothing. */
export type ServerTimerVerdict = 'resend' | 'trying' | 'nothing';

/** A server transaction (RFC 3261 §17.2 with RFC 6026); `O` is its owner, the response context of its request. */
export class ServerTransaction<O> implements Timed {
  due = 0;
  previous: Timed | undefined = undefined;
  next: Timed | undefined = undefined;
  slot = -1;

  state: ServerState;
  interval = T1;
  resendAt = Number.POSITIVE_INFINITY;
  deadline = Number.POSITIVE_INFINITY;
  lastResponse = '';
  owner: O | undefined = undefined;

  readonly key: string;
  readonly isInvite: boolean;
  /** Where answers go (§18.2.2). */
  flow: Flow;

  constructor(key: string, method: string, flow: Flow, now: number) {
    this.key = key;
    this.isInvite = method === 'INVITE';
    this.flow = flow;
    this.state = this.isInvite ? 'proceeding' : 'trying';
    if (!this.isInvite) this.resendAt = now + TRYING_AFTER;
  }
}

type Tx = ServerTransaction<unknown>;

const isAnswered = (tx: Tx): boolean => tx.state !== 'trying' && tx.state !== 'proceeding';

/** Steps the machine by an answer of its user. False: it is too late for this one, nothing is to be sent. */
export function serverResponds(tx: Tx, status: number, text: string, now: number): boolean {
  if (isAnswered(tx)) {
    // RFC 6026 §7.1: in Accepted the user's 2xx (its repetitions, other forks' 2xx) pass; they are not kept.
    return tx.state === 'accepted' && status >= 200 && status < 300;
  }
  tx.lastResponse = text;
  tx.resendAt = Number.POSITIVE_INFINITY;
  if (status < 200) {
    tx.state = 'proceeding';
    return true;
  }
  // The request's context is of no use any more once it is answered, but for more 2xx to an INVITE.
  if (!tx.isInvite) otherAnswered(tx, now);
  else if (status < 300) inviteAccepted(tx, now);
  else inviteRefused(tx, now);
  return true;
}

// §17.2.2: Completed, timer J.
function otherAnswered(tx: Tx, now: number): void {
  const linger = lingers(tx.flow.transport, GIVE_UP);
  tx.owner = undefined;
  tx.state = linger === 0 ? 'terminated' : 'completed';
  tx.deadline = now + linger;
}

// RFC 6026 §7.1: Accepted, timer L; the repetitions of a 2xx are the UAS's own.
function inviteAccepted(tx: Tx, now: number): void {
  tx.state = 'accepted';
  tx.deadline = now + GIVE_UP;
}

// §17.2.1: Completed: timer G repeats over an unreliable hop until the ACK, timer H gives up on it.
function inviteRefused(tx: Tx, now: number): void {
  tx.owner = undefined;
  tx.state = 'completed';
  tx.deadline = now + GIVE_UP;
  if (!isReliable(tx.flow.transport)) tx.resendAt = now + T1;
}

/** A repetition of the request: the answer to send again, '' where there is none to send. */
export function serverRepeats(tx: Tx): string {
  // §17.2.1, §17.2.2; in Accepted and Confirmed a repeated request is absorbed in silence.
  return tx.state === 'proceeding' || tx.state === 'completed' ? tx.lastResponse : '';
}

/** The ACK of a non-2xx (§17.2.1): Confirmed, timer I. In Accepted it is not ours: true means that it is to be passed on. */
export function serverAcked(tx: Tx, now: number): boolean {
  if (tx.state === 'accepted') return true;
  if (tx.state === 'completed' && tx.isInvite) {
    const linger = lingers(tx.flow.transport, T4);
    tx.state = linger === 0 ? 'terminated' : 'confirmed';
    tx.resendAt = Number.POSITIVE_INFINITY;
    tx.deadline = now + linger;
  }
  return false;
}

/** Steps the machine by the time. */
export function serverTimer(tx: Tx, now: number): ServerTimerVerdict {
  if (now >= tx.deadline) {
    tx.state = 'terminated';
    return 'nothing';
  }
  if (now >= tx.resendAt && tx.state === 'trying') {
    // RFC 4320 §4.1: a request other than INVITE gets its 100 only now, so that the peer's repetitions stay T2 apart.
    tx.resendAt = Number.POSITIVE_INFINITY;
    return 'trying';
  }
  if (now >= tx.resendAt) {
    tx.interval = Math.min(tx.interval * 2, T2);
    tx.resendAt = now + tx.interval;
    return 'resend';
  }
  return 'nothing';
}

/** When the machine wants to be woken (ms); Infinity while it waits for its user. */
export const serverDue = (tx: Tx): number => Math.min(tx.resendAt, tx.deadline);
