import type { SidecarConfig } from '../config.ts';
import type { Counters } from '../counters.ts';
import type { Effect, Millis, Note } from '../effect.ts';
import type { Guard } from '../guard/guard.ts';
import { Merges } from '../guard/merges.ts';
import { breadthOf } from '../proxy/breadth.ts';
import type { Target } from '../proxy/context.ts';
import { opensDialog } from '../proxy/dialog.ts';
import { backwardText, forwardText } from '../proxy/forward.ts';
import { LoopMarks } from '../proxy/loop.ts';
import type { OwnAddresses } from '../proxy/own.ts';
import { recordRoutes } from '../proxy/record-route.ts';
import { type Refusal, refuse } from '../proxy/refusal.ts';
import { unsafeWay } from '../proxy/sips.ts';
import { strictNext } from '../proxy/strict.ts';
import { Upstream } from '../proxy/upstream.ts';
import { aliasParam, fallbackFlow, ownVia } from '../proxy/via.ts';
import { type Insertion, NO_INSERTION } from '../registrar/contact.ts';
import { Departures } from '../registrar/departed.ts';
import type { RegisterPolicy } from '../registrar/intent.ts';
import type { Tokens } from '../registrar/token.ts';
import { ClientTransaction } from '../transaction/client.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import { TransactionTable } from '../transaction/table.ts';
import { isResponse } from '../wire/compose.ts';
import type { Flow } from '../wire/flow.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import type { LineEdit } from '../wire/rewrite.ts';
import { answerText } from './answer.ts';
import { AorGate } from './aor-gate.ts';
import { policyOf } from './configured.ts';
import { JoinedForks, joinedAnswer } from './joined.ts';
import { impatientAt, patienceOf } from './patience.ts';
import { noteChallenge } from './proof.ts';
import { type AorJob, type Context, type Copy, newCopy, type Probe, type Question } from './room.ts';

/** What the engine is built of; the world is in none of it. */
export interface Parts {
  readonly config: SidecarConfig;
  readonly own: OwnAddresses;
  readonly tokens: Tokens;
  /** At least 64 bits that nobody can guess, in token characters: branches and tags (§8.1.1.7, §19.3). */
  readonly random: () => string;
  /** Whether lines of level debug are wanted: one a request. */
  readonly verbose: boolean;
  readonly counters: Counters;
  /** Whether an address is in `upstream.sources`. Asked for each message that is not from an endpoint. */
  readonly isPbxSource: (address: string) => boolean;
  /** Told what senders turn out to be. */
  readonly guard: Guard;
}

/** The `ref` of an ACK that went by TCP for its size: there is no transaction to tell when it can't leave. */
export const OVERSIZE_ACK = 'oversize ack';

/** The state that all rooms of the engine share, and the verbs by which they act: sending, answering, forking. */
export class Hall {
  now: Millis;
  out: Effect[] = [];
  config: SidecarConfig;
  own: OwnAddresses;
  readonly upstream: Upstream;
  readonly tokens: Tokens;
  readonly random: () => string;
  verbose: boolean;
  readonly counters: Counters;
  readonly #isPbxSource: Parts['isPbxSource'];
  readonly guard: Guard;
  readonly loops: LoopMarks;
  readonly merges = new Merges();
  readonly table: TransactionTable<Context, Copy>;
  readonly gate: AorGate<AorJob>;
  readonly departures = new Departures();
  readonly joined = new JoinedForks();
  /** The last probe of each hop, by the hop's name. */
  readonly probes = new Map<string, Probe>();
  policy: RegisterPolicy;
  /** Streams that are open, and those of them over which a phone has registered. */
  readonly openStreams = new Set<number>();
  readonly phoneStreams = new Set<number>();

  constructor(parts: Parts, now: Millis) {
    this.config = parts.config;
    this.own = parts.own;
    this.policy = policyOf(parts.config);
    this.tokens = parts.tokens;
    this.random = parts.random;
    this.verbose = parts.verbose;
    this.counters = parts.counters;
    this.#isPbxSource = parts.isPbxSource;
    this.guard = parts.guard;
    this.gate = new AorGate(parts.random());
    this.loops = new LoopMarks(parts.random());
    this.now = now;
    this.upstream = new Upstream(parts.config.upstream.endpoints);
    this.table = new TransactionTable(parts.config.security.maxTransactions, parts.random(), now);
  }

  /** A changed resource takes effect; bindings, flows and transactions stay. */
  reconfigure(config: SidecarConfig, own: OwnAddresses): void {
    this.config = config;
    this.own = own;
    this.policy = policyOf(config);
    this.upstream.update(config.upstream.endpoints);
    this.table.capacity = config.security.maxTransactions;
  }

  readonly send = (flow: Flow, text: string, ref: string): void => this.#send(flow, text, ref, false);
  readonly sendOfCall = (flow: Flow, text: string, ref: string): void => this.#send(flow, text, ref, true);

  /** No amplifier: to a sender that may have lied about where it is, answers go only as far as the guard allows. */
  #send(flow: Flow, text: string, ref: string, isOfCall: boolean): void {
    // A request of a transaction has its name; looking into its text would have it copied into one piece first.
    if (ref === '' && isResponse(text) && !this.guard.answers(flow, text.length, isOfCall, this.now))
      return this.counters.drop('amplification');
    this.out.push({ kind: 'send', flow, text, ref });
  }

  lookup(by: 'aor' | 'token', key: string, ticket: Question): void {
    this.out.push({ kind: 'lookup', by, key, ticket });
  }

  note(note: Note): void {
    this.out.push({ kind: 'note', note });
  }

  isUpstream(flow: Flow): boolean {
    return this.upstream.isSource(flow, this.#isPhone) || this.#isPbxSource(flow.address);
  }

  mayBeUpstream(flow: Flow): boolean {
    return this.upstream.mayBeSource(flow, this.#isPhone);
  }

  readonly #isPhone = (connection: number): boolean => this.phoneStreams.has(connection);

  /** Answers a request ourselves (§8.2.6). */
  answer(context: Context, refusal: Refusal): void {
    const { server } = context;
    if (server === undefined) return;
    this.#findWayBack(context);
    const toTag = refusal.status > 100 ? this.random() : '';
    const text = answerText(context, refusal, toTag, (bytes) =>
      this.guard.mayAnswer(server.flow, bytes, this.now),
    );
    this.#respond(context, server, refusal, text, this.send);
  }

  #respond(
    context: Context,
    server: ServerTransaction<Context>,
    { status, reason }: { readonly status: number; readonly reason: string },
    text: string,
    send: Hall['send'],
  ): void {
    const { method } = context.request;
    if (status >= 200) context.answered = true;
    if (context.answered) this.guard.underWay.end(context);
    if (this.table.respond(server, status, text, this.now, send))
      this.counters.responseSent(context.fromUpstream ? 'upstream' : 'phone', method, status);
    if (status < 200 || context.joinKey === '') return;
    for (const other of this.joined.leave(context)) this.answer(other, joinedAnswer(method, status, reason));
  }

  /** Answers a request for a sips: address that can not have TLS on each hop. */
  refuseSips(context: Context, refusal: Refusal): void {
    this.counters.event('sips_refused');
    this.answer(context, refusal);
  }

  /** Passes a peer's response on (§16.7), with the registrar's edits and further lines. */
  relay(context: Context, response: SipMessage, edits: readonly LineEdit[] = [], extra = ''): void {
    if (context.server === undefined) return;
    const text = backwardText(response, edits, extra);
    if (text === undefined) return this.#cannotRelay(context, response);
    this.#findWayBack(context);
    noteChallenge(this.guard, context, response);
    const send = context.request.method === 'INVITE' ? this.sendOfCall : this.send;
    this.#respond(context, context.server, response, text, send);
  }

  /** §16.7 step 3: an answer that has lost the Vias below ours can't go back; whoever waits is told so. */
  #cannotRelay(context: Context, response: SipMessage): void {
    this.counters.drop('response_without_via');
    if (response.status >= 200) this.answer(context, refuse(502, 'the answer came back without its Via'));
  }

  /**
   * §18.2.2: an answer to the PBX whose connection has closed meanwhile goes to where the request said it came from. Not
   * one to a phone: behind its NAT it could not be reached, and anybody could make us open connections for nothing.
   */
  #findWayBack({ server, request, source }: Context): void {
    if (server === undefined || server.flow.connection <= 0) return;
    if (this.openStreams.has(server.flow.connection)) return;
    const via = request.topVia();
    const isPbx = this.upstream.hasAddress(source.address) || this.#isPbxSource(source.address);
    if (via !== undefined && isPbx) server.flow = fallbackFlow(via, source);
  }

  /** Sends one copy of a request to each target (§16.6); an ACK is sent without a transaction (§17.1.1.3 is for non-2xx only). */
  fork(context: Context, wanted: readonly Target[], insertion: Insertion = NO_INSERTION): void {
    // §16.10: it was cancelled while it waited for a look-up.
    if (context.closed) return;
    const { request } = context;
    const unsafe = unsafeWay(context.secureHops, wanted, this.config.upstream.sips);
    if (unsafe !== undefined) return this.refuseSips(context, unsafe);
    let [targets, breadth] = [wanted, 0];
    if (wanted.length > 1 || request.has(Header.MaxBreadth)) {
      const allowed = breadthOf(request);
      if (allowed === 0) return this.answer(context, refuse(440, 'Max-Breadth has run out'));
      // RFC 5393 §5.3.3: no more copies at once than allowed, which share the allowance; the others have their turn later.
      if (wanted.length > allowed) {
        targets = wanted.slice(0, allowed);
        context.waiting = [wanted.slice(allowed), ...context.waiting];
      }
      breadth = Math.floor(allowed / targets.length);
    }
    for (const target of targets) {
      const branch = newCopy(context, target);
      const id = this.loops.branch(request, context.fromUpstream, this.random());
      const { flow, text } = this.#compose(branch, id, insertion, breadth);
      if (request.method === 'ACK') {
        this.send(flow, text, flow === target.flow ? '' : OVERSIZE_ACK);
        continue;
      }
      context.branches = context.branches.length === 0 ? [branch] : [...context.branches, branch];
      branch.tx = new ClientTransaction(
        id,
        context.request.method,
        flow,
        text,
        branch,
        patienceOf(context, target, this.config, this.now),
        this.now,
      );
      branch.tx.impatientAt = impatientAt(target, branch.tx.deadline, this.config, this.now);
      this.table.openClient(branch.tx, this.send);
    }
  }

  /** The same copy by UDP after the PBX has refused it by TCP (§18.1.1). */
  backToDatagrams(branch: Copy): boolean {
    const { tx, target } = branch;
    if (tx === undefined || target.side !== 'upstream' || tx.flow.transport === target.flow.transport)
      return false;
    target.hop?.refusedTcp(this.now);
    this.counters.event('oversize_fallback');
    // Our Via is the second line; the first is the peer's and may end by LF alone.
    const viaStart = tx.text.indexOf('\n') + 1;
    const viaEnd = tx.text.indexOf('\n', viaStart) + 1;
    const via = this.#via(target, target.flow, tx.branch);
    tx.reroute(target.flow, tx.text.slice(0, viaStart) + via + tx.text.slice(viaEnd), this.now);
    this.table.settleClient(tx);
    this.send(tx.flow, tx.text, tx.branch);
    return true;
  }

  #compose(branch: Copy, id: string, insertion: Insertion, breadth: number): { flow: Flow; text: string } {
    const { context, target } = branch;
    const { flow } = target;
    const { request, routesPopped, strictUri } = context;
    const routing = strictNext(request, {
      requestUri: target.requestUri === '' ? strictUri : target.requestUri,
      routes: target.routes,
      routesPopped,
      lastRoutePopped: strictUri !== '',
    });
    let routes = '';
    for (const route of routing.routes) routes += `Route: ${route}\r\n`;
    const changes = {
      requestUri: routing.requestUri,
      routesPopped: routing.routesPopped,
      lastRoutePopped: routing.lastRoutePopped,
      via: this.#via(target, flow, id),
      stampedVia: context.topVia,
      breadth,
      top: this.#recordRoutes(context, target) + routes + insertion.top,
      edits: insertion.edits,
    };
    const text = forwardText(context.request, changes);
    if (target.hop?.prefersTcp(text.length, this.now) !== true) return { flow, text };
    const stream = this.own.flowTo('TCP', flow.address, flow.port);
    return {
      flow: stream,
      text: forwardText(context.request, { ...changes, via: this.#via(target, stream, id) }),
    };
  }

  #via(target: Target, flow: Flow, id: string): string {
    const { host, port } = this.own.advertised(flow, target.side);
    return ownVia(flow.transport, host, port, id, target.side === 'upstream' ? aliasParam(flow) : '');
  }

  #recordRoutes(context: Context, target: Target): string {
    if (!opensDialog(context.request.method)) return '';
    const phone = target.side === 'phones' ? target.flow : context.source;
    return recordRoutes(context, target, this.own, this.tokens.flow(phone));
  }
}
