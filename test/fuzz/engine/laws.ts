import type { Effect, Input, Millis } from '../../../sidecar/effect.ts';
import { type Flow, keepsMessagesApart } from '../../../sidecar/wire/flow.ts';
import { Header } from '../../../sidecar/wire/header.ts';
import { isMalformed, type Malformed, parseMessage, type SipMessage } from '../../../sidecar/wire/message.ts';
import { must } from '../target.ts';
import { Destinations } from './destinations.ts';
import { keepsLines, mustKeepLines, ownVia, sameVias } from './kept-lines.ts';

type Send = Extract<Effect, { kind: 'send' }>;

/** What goes on grows by our Via and Record-Routes, by the Path of a contact and by what each contact becomes. */
const MAY_GROW = 25_000;
/** A 200 to a REGISTER may give a phone's own contact back in the place of each that it lists. */
const MAY_GROW_LISTED = 256 * 2_200;

/** So many requests of one name are remembered to compare copies with. */
const MOST_ALIKE = 32;

/** Final answers of one server transaction, and how often its request has come. */
interface Answers {
  arrivals: number;
  readonly refusals: Set<string>;
  readonly successes: Set<string>;
}

/** Copies of one request or response have these in common; nobody on the way may change them. */
const nameOf = (message: SipMessage): string =>
  `${message.callId()}\n${message.cseq()?.number} ${message.method} ${message.status}`;

/** A request and its answers have all of this in common, whatever a transaction is told by. */
function exchangeOf(message: SipMessage): string {
  const via = message.topVia();
  const hop = `${via?.protocol} ${via?.host}:${via?.port} ${via?.branch}`;
  return `${hop}\n${message.callId()}\n${message.cseq()?.number} ${message.method}\n${message.value(Header.From)}`;
}

/** The laws that every output of the engine is held to, given all that it has been told. */
export class Laws {
  readonly #destinations = new Destinations();
  readonly #received = new Map<string, SipMessage[]>();
  readonly #answers = new Map<string, Answers>();

  /** A message is about to be given to the engine; `ownWords` is what its sender has put into it by itself. */
  hears(flow: Flow, text: string, ownWords: string): void {
    this.#destinations.hears(flow, ownWords);
    const message = received(text, flow);
    if (isMalformed(message)) return;
    const alike = this.#received.get(nameOf(message)) ?? [];
    alike.unshift(message);
    alike.length = Math.min(alike.length, MOST_ALIKE);
    this.#received.set(nameOf(message), alike);
    if (message.isRequest && message.method !== 'ACK') this.#answersOf(exchangeOf(message)).arrivals++;
  }

  #answersOf(key: string): Answers {
    const known = this.#answers.get(key) ?? { arrivals: 0, refusals: new Set(), successes: new Set() };
    this.#answers.set(key, known);
    return known;
  }

  judge(input: Input, effects: readonly Effect[], now: Millis): void {
    const sends = effects.filter((effect): effect is Send => effect.kind === 'send');
    const refused = input.kind === 'message' ? refusable(input.text, input.flow) : 'nothing';
    if (input.kind === 'message') must(sends.length <= 200, `one message makes ${sends.length}`);
    if (refused === 'unanswerable')
      must(sends.length === 0, 'what can not be read and not be answered is answered');
    for (const send of sends) {
      must(now >= 0, 'the time is none');
      this.#destinations.mustKnow(send.flow);
      if (refused === 'answerable') must(send.text.startsWith('SIP/2.0 '), 'a malformed request goes on');
      else this.#judgeSent(send.text);
    }
  }

  #judgeSent(text: string): void {
    const message = parseMessage(text, 'stream', Number.POSITIVE_INFINITY);
    if (isMalformed(message)) {
      // §16.7: a peer's answer may have lost the Vias below ours: it goes no further than to where the request came from.
      const isTheirs = text.startsWith('SIP/2.0 ') && /Via$/.test(message.malformed);
      // §17.1.1.3: the ACK has the To of the response, whatever that is.
      const isItsTo = text.startsWith('ACK ') && message.malformed === 'Bad To';
      return must(isTheirs || isItsTo, `what is sent can not be read: ${message.malformed}`);
    }
    if (message.isRequest) this.#judgeRequest(message);
    else this.#judgeResponse(message);
  }

  #judgeRequest(sent: SipMessage): void {
    must(ownVia(sent), 'a request leaves without our Via on top');
    const vias = sent.list(Header.Via);
    // Made by ourselves for this hop alone: ACK and CANCEL (§17.1.1.3, §9.1), and the probe.
    if (vias.length === 1 && ['ACK', 'CANCEL', 'OPTIONS'].includes(sent.method)) return;
    const alike = this.#received.get(nameOf(sent)) ?? [];
    const received = alike.find((each) => sameVias(each, vias.slice(1)) && keepsLines(each, sent));
    if (received === undefined) {
      const [nearest] = alike;
      if (nearest === undefined) return must(false, 'a request is sent that nobody has sent here');
      must(sameVias(nearest, vias.slice(1)), 'the Vias below ours are not those received');
      return mustKeepLines(nearest, sent);
    }
    must(sent.text.length <= received.text.length * 8 + MAY_GROW, 'a request grows more than it may');
  }

  #judgeResponse(sent: SipMessage): void {
    must(sent.method !== 'ACK', 'an ACK is answered');
    const vias = sent.list(Header.Via);
    const requests = this.#received.get(nameOf(sent).replace(/\d+$/, '0')) ?? [];
    const request = requests.find((each) => sameVias(each, vias));
    const relayed = (this.#received.get(nameOf(sent)) ?? []).filter((each) =>
      sameVias(sent, each.list(Header.Via).slice(1)),
    );
    const [nearest] = relayed;
    if (nearest !== undefined && !relayed.some((each) => keepsLines(each, sent)) && !isOurs(sent))
      mustKeepLines(nearest, sent);
    const longest = Math.max((request?.text.length ?? 0) * 2, ...relayed.map(({ text }) => text.length));
    must(sent.text.length <= longest + MAY_GROW_LISTED, 'a response grows more than it may');
    // A peer may give back other Vias than it got: where the answer goes does not hang on them.
    if (request === undefined)
      return must(nearest !== undefined, 'a response to no request, or with other Vias');
    if (sent.status >= 200) this.#judgeFinal(sent);
  }

  /** §17.2: one final answer each time that a request comes anew; more than one 2xx only to an INVITE. */
  #judgeFinal(sent: SipMessage): void {
    const { status, text, method } = sent;
    const { arrivals, refusals, successes } = this.#answersOf(exchangeOf(sent));
    // A peer has given back another From or Call-ID than it got.
    if (arrivals === 0) return;
    (status < 300 ? successes : refusals).add(text);
    const finals = refusals.size + (method === 'INVITE' ? Math.min(successes.size, 1) : successes.size);
    must(finals <= arrivals, `${finals} final answers to ${arrivals} ${method}`);
  }
}

/** Whether an answer may be of our own making: nothing but what §8.2.6.2 copies, and what we add. */
function isOurs(sent: SipMessage): boolean {
  return (
    sent.body === '' &&
    /\nContent-Length: 0\r\n\r\n$/.test(sent.text) &&
    sent.lineCount < 5 + sent.values(Header.Via).length + 5
  );
}

const received = (text: string, { transport }: Flow): SipMessage | Malformed =>
  parseMessage(text, keepsMessagesApart(transport) ? 'datagram' : 'stream');

/** Whether a text is a message that is to be refused for its form; if so, whether it may be answered. */
function refusable(text: string, flow: Flow): 'nothing' | 'answerable' | 'unanswerable' {
  const message = received(text, flow);
  if (!isMalformed(message)) return 'nothing';
  return message.message === undefined ? 'unanswerable' : 'answerable';
}
