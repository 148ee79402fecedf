import { type Hop, hopOfVia } from '../wire/hop.ts';
import {
  type OptionalHeaders,
  respondTo,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  transactionKey,
  type UnsentRequest,
} from '../wire/message.ts';
import { Recent } from '../wire/recent.ts';
import { openSipSocket, type SipSocket } from '../wire/socket.ts';
import { newBranch, newToken } from '../wire/token.ts';
import { ClientTransaction } from './client-transaction.ts';
import { answerChallenge } from './credentials.ts';
import { T2, TIMEOUT, Timers } from './timers.ts';

const REMEMBERED_REPLIES = 1000;

export interface Credentials {
  user: string;
  password: string;
}

/** A request as it was finally sent, and its final response. */
export interface Exchange {
  request: SipRequest;
  response: SipResponse;
}

export interface ExchangeHooks {
  onProvisional?: (response: SipResponse, request: SipRequest) => void;
  onRepeatedSuccess?: () => void;
}

export interface Answer {
  status: number;
  reason: string;
  headers?: OptionalHeaders;
  content?: string;
}

/** The transaction side of a phone: sends requests until answered, and each reply again to a repeated request. */
export class UserAgent {
  readonly timers = new Timers();
  readonly #socket: SipSocket;
  readonly #transactions = new Map<string, ClientTransaction>();
  readonly #replies = new Recent<SipResponse>(REMEMBERED_REPLIES, TIMEOUT);
  readonly #unacknowledged = new Map<string, () => void>();
  readonly #handle: (request: SipRequest) => void;

  private constructor(socket: SipSocket, handle: (request: SipRequest) => void) {
    this.#socket = socket;
    this.#handle = handle;
  }

  /** Binds the socket; `handle` gets each new request (with ACK, without retransmissions) and replies to it. */
  static async open(bind: Hop, handle: (request: SipRequest) => void): Promise<UserAgent> {
    const socket = await openSipSocket(bind, (message) => agent.#receive(message));
    const agent = new UserAgent(socket, handle);
    return agent;
  }

  get local(): Hop {
    return this.#socket.local;
  }

  /** Sends a request and waits for its final response; a challenge is answered once (§22.2, §22.3). */
  async exchange(
    unsent: UnsentRequest,
    hop: Hop,
    credentials: Credentials,
    hooks: ExchangeHooks = {},
  ): Promise<Exchange> {
    const first = await this.#transact(this.withVia(unsent), hop, hooks);
    if (first.response.status !== 401 && first.response.status !== 407) return first;
    const { user, password } = credentials;
    const signed = answerChallenge(first.request, first.response, user, password);
    return signed === undefined ? first : this.#transact(this.withVia(signed), hop, hooks);
  }

  /** §9.1: the CANCEL of an INVITE under way, in that INVITE's own branch. */
  cancel(invite: SipRequest, hop: Hop): void {
    const { via, from, to, route, cseq } = invite.headers;
    const headers = {
      via: [via[0]] as [(typeof via)[0]],
      'max-forwards': '70',
      route,
      from,
      to,
      'call-id': invite.headers['call-id'],
      cseq: { seq: cseq.seq, method: 'CANCEL' },
    };
    const cancel = { method: 'CANCEL', uri: invite.uri, version: '2.0', headers, content: '' };
    void this.#transact(cancel, hop, {});
  }

  /** Sends an ACK, which nobody answers. */
  acknowledge(ack: SipRequest, hop: Hop): void {
    this.#socket.send(ack, hop);
  }

  /** A request with the Via of a new transaction (§8.1.1.7), asking for `rport` (RFC 3581). */
  withVia(unsent: UnsentRequest): SipRequest {
    const { address, port } = this.local;
    const params = { branch: newBranch(), rport: null };
    const via = { version: '2.0', protocol: 'UDP', host: address, port, params };
    return { ...unsent, headers: { ...unsent.headers, via: [via] } };
  }

  /** Replies, and again the same to each retransmission; gives what was sent. */
  reply(request: SipRequest, answer: Answer, toTag: string = newToken()): SipResponse {
    const { status, reason, headers = {}, content = '' } = answer;
    const response = { ...respondTo(request, status, reason, toTag, headers), content };
    this.#replies.set(transactionKey(request), response, Date.now());
    this.#sendReply(response);
    return response;
  }

  /** §13.3.1.4, §17.2.1 timer G: the final reply to an INVITE, repeated by itself until its ACK comes or time is up. */
  replyUntilAcknowledged(
    invite: SipRequest,
    answer: Answer,
    toTag: string,
    onSilence = () => {},
  ): SipResponse {
    const response = this.reply(invite, answer, toTag);
    const stopRepeating = this.timers.doubling(() => this.#sendReply(response), T2);
    const stop = () => {
      stopRepeating();
      stopTimeout();
      this.#unacknowledged.delete(acknowledgementKey(invite));
    };
    const stopTimeout = this.timers.after(TIMEOUT, () => {
      stop();
      onSilence();
    });
    this.#unacknowledged.set(acknowledgementKey(invite), stop);
    return response;
  }

  /** Ends every exchange with a local 408 and frees the socket. */
  async close(): Promise<void> {
    for (const transaction of this.#transactions.values()) transaction.giveUp('Phone is closed');
    this.timers.clear();
    await this.#socket.close();
  }

  async #transact(request: SipRequest, hop: Hop, hooks: ExchangeHooks): Promise<Exchange> {
    const key = clientKey(request);
    const transaction = new ClientTransaction(request, this.timers, {
      send: (message) => this.#socket.send(message, hop),
      onProvisional: (response) => hooks.onProvisional?.(response, request),
      onRepeatedSuccess: () => hooks.onRepeatedSuccess?.(),
    });
    this.#transactions.set(key, transaction);
    const response = await transaction.outcome;
    const forget = () => this.#transactions.delete(key);
    // §17.1.1.2 timer D: answers to an INVITE may come again and want their ACK again.
    if (request.method === 'INVITE') this.timers.after(TIMEOUT, forget);
    else forget();
    return { request, response };
  }

  #receive(message: SipMessage): void {
    if (message.method === undefined) {
      this.#transactions.get(clientKey(message))?.receive(message);
      return;
    }
    const earlier = this.#replies.get(transactionKey(message), Date.now());
    if (earlier !== undefined) return this.#sendReply(earlier);
    if (message.method === 'ACK') this.#unacknowledged.get(acknowledgementKey(message))?.();
    this.#handle(message);
  }

  #sendReply(response: SipResponse): void {
    const hop = hopOfVia(response.headers.via[0]);
    if (hop !== undefined) this.#socket.send(response, hop);
  }
}

/** §17.1.3: a response belongs to the request with its top branch and CSeq method. */
function clientKey({ headers }: SipMessage): string {
  return `${headers.via[0].params.branch} ${headers.cseq.method}`;
}

function acknowledgementKey({ headers }: SipRequest): string {
  return `${headers['call-id']} ${headers.from.params.tag} ${headers.cseq.seq}`;
}
