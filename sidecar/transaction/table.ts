import { type Flow, streamName } from '../wire/flow.ts';
import { type Answered, Answers } from './answers.ts';
import {
  type ClientTimerVerdict,
  type ClientTransaction,
  clientDue,
  clientReceives,
  clientTimer,
  type ResponseVerdict,
} from './client.ts';
import { KeyHash } from './key-hash.ts';
import { KeyTable } from './key-table.ts';
import { ServerTransaction, serverAcked, serverDue, serverResponds, serverTimer } from './server.ts';
import { Wheel } from './wheel.ts';

/** Sends text over a flow; `ref` names what is to be told if it can't leave ('' for nothing). */
export type Send = (flow: Flow, text: string, ref: string) => void;

/** What a client transaction tells its owner when its time has come. */
export type ClientTimeUp<C> = (
  tx: ClientTransaction<C>,
  verdict: Exclude<ClientTimerVerdict, 'resend' | 'nothing'>,
) => void;

/** What a server transaction tells its owner: a request other than INVITE has waited so long that a 100 is due. */
export type ServerLate<S> = (tx: ServerTransaction<S>) => void;

/** The key under which a response finds its client transaction: CANCEL shares its INVITE's branch (§9.1, §17.1.3). */
export const clientKey = (branch: string, method: string): string =>
  method === 'CANCEL' ? `${branch} CANCEL` : branch;

/**
 * All transactions under way, by name and by time. Its size is bounded: beyond `capacity` server transactions the
 * oldest answered one, which only absorbs repetitions, gives way; if none is answered, `openServer` refuses.
 * `S` and `C` are the owners of server and client transactions.
 */
export class TransactionTable<S, C> {
  readonly #servers: KeyTable<ServerTransaction<S>>;
  readonly #clients = new KeyTable<ClientTransaction<C>>(new KeyHash(''));
  readonly #wheel: Wheel<ServerTransaction<S> | ClientTransaction<C>>;
  /** Server transactions in Completed but those of an INVITE, of which nothing but the answer is left; and INVITEs in Accepted, whose repetitions get none. */
  readonly #answers: Answers;
  /** Client transactions of INVITEs in Accepted: where further 2xx go. */
  readonly #accepted: Answers;
  capacity: number;

  /** `seed`: what no peer knows, for it is peers who choose the names of server transactions. */
  constructor(capacity: number, seed: string, now: number) {
    this.capacity = capacity;
    const hash = new KeyHash(seed);
    this.#servers = new KeyTable(hash);
    this.#answers = new Answers(hash);
    this.#accepted = new Answers(new KeyHash(''));
    this.#wheel = new Wheel(now);
  }

  /** Server transactions at `now`, answered ones that absorb repetitions among them. */
  serverCount(now: number): number {
    return this.#servers.size + this.#answers.count(now);
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** Server transactions without a final answer. Looks at all of them. */
  get unansweredCount(): number {
    let count = 0;
    for (const { state } of this.#servers.values()) if (isOpen(state)) count++;
    return count;
  }

  /** Streams, by `streamName`, over which a final answer is still to go, or to come. Looks at all transactions. */
  get busyStreams(): ReadonlySet<string> {
    const busy = new Set<string>();
    for (const { state, flow } of this.#servers.values()) if (isOpen(state)) busy.add(streamName(flow));
    for (const { state, flow } of this.#clients.values())
      if (state === 'calling' || isOpen(state)) busy.add(streamName(flow));
    return busy;
  }

  get wakeAt(): number {
    return this.#wheel.wakeAt;
  }

  server(key: string): ServerTransaction<S> | undefined {
    return this.#servers.get(key);
  }

  /** The answer to repeat where a request has been answered and only that is left of it. */
  answered(key: string, now: number): Answered | undefined {
    return this.#answers.find(key, now);
  }

  client(branch: string, method: string): ClientTransaction<C> | undefined {
    return this.#clients.get(clientKey(branch, method));
  }

  /** A new server transaction; undefined when the table is full of unanswered ones. */
  openServer(key: string, method: string, flow: Flow, now: number): ServerTransaction<S> | undefined {
    if (this.serverCount(now) >= this.capacity && !this.#answers.forgetOldest()) return undefined;
    const tx = new ServerTransaction<S>(key, method, flow, now);
    this.#servers.set(key, tx);
    this.#settleServer(tx);
    return tx;
  }

  openClient(tx: ClientTransaction<C>, send: Send): void {
    const key = clientKey(tx.branch, tx.method);
    this.#clients.set(key, tx);
    this.#wheel.set(tx, clientDue(tx));
    send(tx.flow, tx.text, key);
  }

  respond(tx: ServerTransaction<S>, status: number, text: string, now: number, send: Send): boolean {
    const wasAnswered = tx.state === 'accepted';
    if (!serverResponds(tx, status, text, now)) return false;
    send(tx.flow, text, '');
    if (wasAnswered) return true;
    if (tx.state === 'completed' && !tx.isInvite) this.#reduce(tx, text, now);
    else this.#settleServer(tx);
    return true;
  }

  #reduce(tx: ServerTransaction<S>, text: string, now: number): void {
    this.#wheel.clear(tx);
    this.#servers.delete(tx.key);
    this.#answers.keep(tx.key, tx.flow, text, tx.deadline, now);
  }

  /**
   * A call is up, and nothing else of its INVITE is under way: for as long as timers L and M run (RFC 6026 §7.1, §7.2), repetitions are
   * still absorbed and further 2xx passed on, for which little has to be kept.
   */
  reduceCall(server: ServerTransaction<S>, client: ClientTransaction<C>, now: number): void {
    if (server.state !== 'accepted' || client.state !== 'accepted') return;
    this.#reduce(server, '', now);
    this.endClient(client);
    this.#accepted.keep(client.branch, server.flow, '', client.deadline, now);
  }

  /** Where a 2xx to an INVITE of that branch goes whose call is up already. */
  acceptedBy(branch: string, now: number): Flow | undefined {
    return this.#accepted.find(branch, now)?.flow;
  }

  /** True: the ACK is not this transaction's but the user's (2xx). */
  acked(tx: ServerTransaction<S>, now: number): boolean {
    const passOn = serverAcked(tx, now);
    this.#settleServer(tx);
    return passOn;
  }

  receive(tx: ClientTransaction<C>, status: number, now: number): ResponseVerdict {
    const verdict = clientReceives(tx, status, now);
    this.settleClient(tx);
    return verdict;
  }

  /** Puts a client transaction whose times have changed in its place; takes an ended one out. */
  settleClient(tx: ClientTransaction<C>): void {
    if (tx.state === 'terminated') {
      this.#wheel.clear(tx);
      this.#clients.delete(clientKey(tx.branch, tx.method));
    } else this.#wheel.set(tx, clientDue(tx));
  }

  endClient(tx: ClientTransaction<C>): void {
    tx.state = 'terminated';
    this.settleClient(tx);
  }

  advance(now: number, send: Send, timeUp: ClientTimeUp<C>, late: ServerLate<S>): void {
    this.#wheel.advance(now, (tx) => {
      if (tx instanceof ServerTransaction) this.#serverTime(tx, now, send, late);
      else this.#clientTime(tx, now, send, timeUp);
    });
  }

  #serverTime(tx: ServerTransaction<S>, now: number, send: Send, late: ServerLate<S>): void {
    const verdict = serverTimer(tx, now);
    if (verdict === 'resend') send(tx.flow, tx.lastResponse, '');
    this.#settleServer(tx);
    if (verdict === 'trying') late(tx);
  }

  #clientTime(tx: ClientTransaction<C>, now: number, send: Send, timeUp: ClientTimeUp<C>): void {
    const verdict = clientTimer(tx, now);
    if (verdict === 'resend') send(tx.flow, tx.text, clientKey(tx.branch, tx.method));
    this.settleClient(tx);
    if (verdict === 'silent' || verdict === 'timeout' || verdict === 'timerC') timeUp(tx, verdict);
  }

  #settleServer(tx: ServerTransaction<S>): void {
    if (tx.state === 'terminated') {
      this.#wheel.clear(tx);
      this.#servers.delete(tx.key);
      return;
    }
    const due = serverDue(tx);
    if (due === Number.POSITIVE_INFINITY) this.#wheel.clear(tx);
    else this.#wheel.set(tx, due);
  }
}

/** Whether a final answer is awaited. */
const isOpen = (state: string): boolean => state === 'trying' || state === 'proceeding';
