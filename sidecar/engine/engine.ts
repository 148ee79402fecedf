import type { Effect, Input, Millis } from '../effect.ts';
import { answerFlow, stampedVia } from '../proxy/via.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import { composeResponse, reasonPhrase } from '../wire/compose.ts';
import { type Flow, keepsMessagesApart } from '../wire/flow.ts';
import { isMalformed, type Malformed, parseMessage } from '../wire/message.ts';
import { Hall, type Parts } from './hall.ts';
import { recipientFound, senderFound } from './messaging.ts';
import { probe, probeFailed } from './probe.ts';
import { aorChanged, changeAor, registrantFound } from './registration.ts';
import { contactFound, flowsFound, guessJudged, nextHopFound, receiveRequest } from './requests.ts';
import { clientTimeUp, receiveResponse, sendFailed } from './responses.ts';
import { asQuestion, type Context } from './room.ts';

/**
 * The proxy without the world: it is told what happened and when, and says what is to be done. It never waits,
 * never reads a clock and never throws at a peer's fault.
 */
export class Engine {
  readonly #hall: Hall;

  constructor(parts: Parts, now: Millis) {
    this.#hall = new Hall(parts, now);
  }

  get counters(): Hall['counters'] {
    return this.#hall.counters;
  }

  /** Transactions under way at `now`, for metrics. */
  transactions(now: Millis): { readonly server: number; readonly client: number } {
    return { server: this.#hall.table.serverCount(now), client: this.#hall.table.clientCount };
  }

  /** Requests that still wait for their final answer; while a proxy drains. */
  get unanswered(): number {
    return this.#hall.table.unansweredCount;
  }

  /** The streams that somebody waits on, by `streamName`. */
  get busyStreams(): ReadonlySet<string> {
    return this.#hall.table.busyStreams;
  }

  /** What is held beside transactions; all of it goes with what it belongs to. */
  get held(): Readonly<
    Record<'streams' | 'phoneStreams' | 'changingAors' | 'joinable' | 'departures', number>
  > {
    const { openStreams, phoneStreams, gate, joined, departures } = this.#hall;
    return {
      streams: openStreams.size,
      phoneStreams: phoneStreams.size,
      changingAors: gate.size,
      joinable: joined.size,
      departures: departures.size,
    };
  }

  /** Whether the PBX has been seen to list all contacts of an AoR (registration.replyContacts: Auto). */
  get upstreamListsOthers(): boolean {
    return this.#hall.upstream.listsOthers;
  }

  /** A changed resource: takes effect with the next input. */
  reconfigure(config: Parts['config'], own: Parts['own']): void {
    this.#hall.reconfigure(config, own);
  }

  /** Whether each request is to be noted from now on. */
  set verbose(isVerbose: boolean) {
    this.#hall.verbose = isVerbose;
  }

  /** When to give it a `tick` next, in ms; Infinity where nothing is pending. */
  wakeAt(): Millis {
    return this.#hall.table.wakeAt;
  }

  receive(input: Input, now: Millis): readonly Effect[] {
    const hall = this.#hall;
    hall.now = now;
    hall.out = [];
    take(hall, input);
    return hall.out;
  }
}

function take(hall: Hall, input: Input): void {
  switch (input.kind) {
    case 'message':
      return receiveText(hall, input.text, input.flow);
    case 'tick':
      hall.departures.forget(hall.now);
      return hall.table.advance(
        hall.now,
        hall.send,
        (tx, verdict) => clientTimeUp(hall, tx, verdict),
        (tx) => serverLate(hall, tx),
      );
    case 'found':
      return found(hall, input);
    case 'remembered': {
      const question = asQuestion(input.ticket);
      if (question.kind === 'mirror' || question.kind === 'drop') aorChanged(hall, question, input.outcome);
      return;
    }
    case 'resolved': {
      const question = asQuestion(input.ticket);
      if (question.kind === 'nextHop')
        nextHopFound(hall, question.context, question.uri, question.requestUri, input.sites);
      return;
    }
    case 'sendFailed':
      return sendFailed(hall, input.ref, input.flow, input.reason, input.why);
    case 'flowClosed':
      hall.openStreams.delete(input.connection);
      hall.phoneStreams.delete(input.connection);
      return;
    case 'upstreamResolved':
      return hall.upstream.resolved(input.endpoint, input.sites);
    case 'probe':
      return probe(hall, input.hop, input.isRepeat);
    case 'probeFailed':
      return probeFailed(hall, input.hop, input.isDown);
  }
}

/** RFC 4320 §4.1: a request other than INVITE is told that we are still at it, but not before this. */
function serverLate(hall: Hall, { owner }: ServerTransaction<Context>): void {
  if (owner !== undefined) hall.answer(owner, { status: 100, reason: 'Trying', extra: '' });
}

function found(hall: Hall, { ticket, bindings }: Extract<Input, { kind: 'found' }>): void {
  const question = asQuestion(ticket);
  switch (question.kind) {
    case 'mirror':
    case 'drop':
      return changeAor(hall, question, bindings);
    case 'registrant':
      return registrantFound(hall, question.context, question.aor, bindings);
    case 'guess':
      return guessJudged(hall, question.context, question.wait, bindings);
    case 'sender':
      return senderFound(hall, question.context, bindings);
    case 'recipient':
      return recipientFound(hall, question.context, bindings);
    case 'contact':
      return contactFound(hall, question.context, bindings);
    case 'flows':
      return flowsFound(hall, question.context, question.binding, bindings);
    case 'nextHop':
      return;
  }
}

function receiveText(hall: Hall, text: string, flow: Flow): void {
  if (flow.connection > 0) hall.openStreams.add(flow.connection);
  const message = parseMessage(text, keepsMessagesApart(flow.transport) ? 'datagram' : 'stream');
  if (isMalformed(message)) return refuseMalformed(hall, message, flow);
  if (message.isRequest) receiveRequest(hall, message, flow);
  else receiveResponse(hall, message, flow);
}

/** §16.3 step 1: a request whose Via can be read is told; of anything else only the count goes up. */
function refuseMalformed(hall: Hall, fault: Malformed, flow: Flow): void {
  hall.guard.garbage(flow, hall.now);
  hall.counters.drop('malformed');
  hall.note({
    level: 'warn',
    event: 'malformed message',
    reason: fault.malformed,
    source: `${flow.transport} ${flow.address}:${flow.port}`,
  });
  const { message, status, malformed } = fault;
  const via = message?.topVia();
  if (message === undefined || via === undefined) return;
  const reason = status === 400 ? `Bad Request - ${malformed}` : reasonPhrase(status);
  const topVia = stampedVia(message, via, flow);
  hall.send(answerFlow(via, flow), composeResponse(message, status, reason, hall.random(), '', topVia), '');
}
