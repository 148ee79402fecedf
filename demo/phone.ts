import type { Call, CallOptions, CallOutcome, IncomingCallEvent } from './phone/call.ts';
import { Calls } from './phone/calls.ts';
import { placeCall } from './phone/outgoing-call.ts';
import {
  askedContacts,
  type RegisterOptions,
  type RegisterResult,
  registerResult,
} from './phone/registration.ts';
import { UserAgent } from './phone/user-agent.ts';
import type { Hop } from './wire/hop.ts';
import type { OptionalHeaders, SipRequest, UnsentRequest } from './wire/message.ts';
import { newToken } from './wire/token.ts';

export type { Call, CallOptions, CallOutcome, Hop, IncomingCallEvent, RegisterOptions, RegisterResult };

const ALLOWED = 'INVITE, ACK, CANCEL, BYE, MESSAGE, OPTIONS';

export interface ReceivedMessage {
  /** The sender's address of record, such as `sip:alice@pbx.test`. */
  from: string;
  text: string;
}

export interface DemoPhoneOptions {
  /** An IPv4 address of this machine. */
  address: string;
  /** 0 takes a free one. */
  port: number;
  user: string;
  password: string;
  domain: string;
  /** Where it sends everything that no dialog sends elsewhere. */
  proxy: Hop;
  /** What it asks for at registration. */
  expiresSeconds: number;
  onMessage?: (message: ReceivedMessage) => void;
  onCall?: (event: IncomingCallEvent) => void;
  /** How long it rings before it answers by itself; default 0. */
  answerAfterMilliseconds?: number;
}

export interface MessageResult {
  code: number;
  reason: string;
  /** The Warning header, where the refusal explains itself. */
  warning?: string;
}

export interface DemoPhone {
  port: number;
  /** The contact it registers, such as `sip:alice@127.0.0.1:40123`. */
  contact: string;
  register(options?: RegisterOptions): Promise<RegisterResult>;
  unregister(): Promise<RegisterResult>;
  message(toUser: string, text: string): Promise<MessageResult>;
  call(toUser: string, options?: CallOptions): Promise<CallOutcome>;
  close(): Promise<void>;
}

/** Starts a phone on UDP/IPv4 that answers calls and messages by itself. Rejects when it cannot bind. */
export async function startDemoPhone(options: DemoPhoneOptions): Promise<DemoPhone> {
  const bind = { address: options.address, port: options.port };
  const agent = await UserAgent.open(bind, (request) => phone.receive(request));
  const phone = new Phone(agent, options);
  return phone;
}

class Phone implements DemoPhone {
  readonly contact: string;
  readonly #agent: UserAgent;
  readonly #options: DemoPhoneOptions;
  readonly #registration = { callId: newToken(), tag: newToken(), seq: 0 };
  readonly #calls: Calls;

  constructor(agent: UserAgent, options: DemoPhoneOptions) {
    this.#agent = agent;
    this.#options = options;
    this.contact = `sip:${options.user}@${options.address}:${agent.local.port}`;
    this.#calls = new Calls({
      agent,
      credentials: options,
      headers: this.#ownHeaders(),
      sessionDescription: this.#sessionDescription(),
      answerAfterMilliseconds: options.answerAfterMilliseconds ?? 0,
      tell: (event) => options.onCall?.(event),
    });
  }

  get port(): number {
    return this.#agent.local.port;
  }

  async register(options: RegisterOptions = {}): Promise<RegisterResult> {
    const { domain, user, password, proxy, expiresSeconds } = this.#options;
    const { callId, tag } = this.#registration;
    // §10.2: one Call-ID for all, and a CSeq that leaves room for the answer to a challenge.
    this.#registration.seq += 2;
    const request = this.#newRequest('REGISTER', `sip:${domain}`, user, {
      ...askedContacts(this.contact, options, expiresSeconds),
      supported: 'path',
      allow: ALLOWED,
    });
    request.headers.from.params.tag = tag;
    request.headers['call-id'] = callId;
    request.headers.cseq.seq = this.#registration.seq;
    const credentials = { user, password: options.password ?? password };
    const { response } = await this.#agent.exchange(request, proxy, credentials);
    return registerResult(response, this.contact);
  }

  unregister(): Promise<RegisterResult> {
    return this.register({ expiresSeconds: 0 });
  }

  async message(toUser: string, text: string): Promise<MessageResult> {
    const request = this.#newRequest('MESSAGE', this.#addressOf(toUser), toUser, {
      'content-type': 'text/plain;charset=UTF-8',
    });
    const { response } = await this.#agent.exchange(
      { ...request, content: text },
      this.#options.proxy,
      this.#options,
    );
    const { warning } = response.headers;
    const result = { code: response.status, reason: response.reason };
    return warning === undefined ? result : { ...result, warning };
  }

  async call(toUser: string, options?: CallOptions): Promise<CallOutcome> {
    const { proxy } = this.#options;
    const headers = { ...this.#ownHeaders(), 'content-type': 'application/sdp' };
    const request = this.#newRequest('INVITE', this.#addressOf(toUser), toUser, headers);
    const invite = { ...request, content: this.#sessionDescription() };
    const placed = await placeCall(this.#agent, this.#options, invite, proxy, options);
    if (placed.kind === 'refused') return placed;
    this.#calls.add(placed.session);
    return { kind: 'answered', call: placed.session };
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  /** A request that is no retransmission. */
  receive(request: SipRequest): void {
    switch (request.method) {
      case 'ACK':
        return this.#calls.receiveAck(request);
      case 'INVITE':
        return this.#calls.receiveInvite(request);
      case 'CANCEL':
        return this.#calls.receiveCancel(request);
      case 'BYE':
        return this.#calls.receiveBye(request);
      case 'MESSAGE':
        this.#agent.reply(request, { status: 200, reason: 'OK' });
        return this.#options.onMessage?.({ from: request.headers.from.uri, text: request.content });
      case 'OPTIONS':
        return this.#answer(request, 200, 'OK', { allow: ALLOWED, accept: 'application/sdp, text/plain' });
      default:
        return this.#answer(request, 405, 'Method Not Allowed', { allow: ALLOWED });
    }
  }

  #answer(request: SipRequest, status: number, reason: string, headers: OptionalHeaders = {}): void {
    this.#agent.reply(request, { status, reason, headers });
  }

  #newRequest(method: string, uri: string, toUser: string, headers: OptionalHeaders): UnsentRequest {
    return {
      method,
      uri,
      version: '2.0',
      headers: {
        'max-forwards': '70',
        from: { uri: this.#addressOf(this.#options.user), params: { tag: newToken() } },
        to: { uri: this.#addressOf(toUser), params: {} },
        'call-id': newToken(),
        cseq: { seq: 1, method },
        'user-agent': 'MidRegistrar demo phone',
        ...headers,
      },
      content: '',
    };
  }

  #addressOf(user: string): string {
    return `sip:${user}@${this.#options.domain}`;
  }

  #ownHeaders(): OptionalHeaders {
    return { contact: [{ uri: this.contact, params: {} }], allow: ALLOWED };
  }

  /** RFC 4566: one audio line that carries nothing, since there is nobody to hear it. */
  #sessionDescription(): string {
    const { address } = this.#options;
    const lines = ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0'];
    return [...lines, 'm=audio 9 RTP/AVP 0', 'a=inactive', ''].join('\r\n');
  }
}
