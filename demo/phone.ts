import { parseUri } from 'sip';
import type { Call, CallOptions, CallOutcome, IncomingCallEvent } from './phone/call.ts';
import { IncomingCall } from './phone/incoming-call.ts';
import { placeCall } from './phone/outgoing-call.ts';
import type { Session } from './phone/session.ts';
import { UserAgent } from './phone/user-agent.ts';
import type { Hop } from './wire/hop.ts';
import type { OptionalHeaders, SipRequest, SipResponse, UnsentRequest } from './wire/message.ts';
import { newToken } from './wire/token.ts';

export type { Call, CallOptions, CallOutcome, Hop, IncomingCallEvent };

const ALLOWED = 'INVITE, ACK, CANCEL, BYE, MESSAGE, OPTIONS';
const MAX_CALLS = 20;

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

export interface RegisterOptions {
  /** For this time only. */
  password?: string;
  expiresSeconds?: number;
  /** Register nothing, only ask what is there. */
  query?: boolean;
  /** Remove every contact of the user (`Contact: *`). */
  removeAll?: boolean;
}

export interface RegisterResult {
  code: number;
  reason: string;
  /** What the 2xx grants this phone's contact; 0 when it lists none of it. */
  grantedSeconds: number;
  /** Every contact that the 2xx lists, as written there. */
  contacts: { uri: string; expiresInSeconds: number }[];
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
  readonly #incoming = new Set<IncomingCall>();
  readonly #placed = new Set<Session>();

  constructor(agent: UserAgent, options: DemoPhoneOptions) {
    this.#agent = agent;
    this.#options = options;
    this.contact = `sip:${options.user}@${options.address}:${agent.local.port}`;
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
      contact: options.query ? undefined : options.removeAll ? '*' : [{ uri: this.contact, params: {} }],
      expires: options.query
        ? undefined
        : String(options.removeAll ? 0 : (options.expiresSeconds ?? expiresSeconds)),
      supported: 'path',
      allow: ALLOWED,
    });
    request.headers.from.params.tag = tag;
    request.headers['call-id'] = callId;
    request.headers.cseq.seq = this.#registration.seq;
    const credentials = { user, password: options.password ?? password };
    const { response } = await this.#agent.exchange(request, proxy, credentials);
    return this.#registerResult(response);
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
    const { session } = placed;
    this.#placed.add(session);
    void session.ended.then(() => this.#placed.delete(session));
    return { kind: 'answered', call: session };
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  /** A request that is no retransmission. */
  receive(request: SipRequest): void {
    switch (request.method) {
      case 'ACK':
        return this.#incomingOf(request)?.receiveAck();
      case 'INVITE':
        return this.#receiveInvite(request);
      case 'CANCEL':
        return this.#receiveCancel(request);
      case 'BYE':
        return this.#receiveBye(request);
      case 'MESSAGE':
        this.#agent.reply(request, { status: 200, reason: 'OK' });
        return this.#options.onMessage?.({ from: request.headers.from.uri, text: request.content });
      case 'OPTIONS':
        return this.#answer(request, 200, 'OK', { allow: ALLOWED, accept: 'application/sdp, text/plain' });
      default:
        return this.#answer(request, 405, 'Method Not Allowed', { allow: ALLOWED });
    }
  }

  #receiveInvite(request: SipRequest): void {
    if (request.headers.to.params.tag) return this.#receiveReInvite(request);
    if (this.#incoming.size >= MAX_CALLS) {
      this.#agent.replyUntilAcknowledged(request, { status: 486, reason: 'Busy Here' }, newToken());
      return;
    }
    const call: IncomingCall = new IncomingCall(request, {
      agent: this.#agent,
      credentials: this.#options,
      headers: this.#ownHeaders(),
      sessionDescription: this.#sessionDescription(),
      answerAfterMilliseconds: this.#options.answerAfterMilliseconds ?? 0,
      tell: (event) => {
        if (event.state === 'ended' || event.state === 'cancelled') this.#incoming.delete(call);
        this.#options.onCall?.(event);
      },
    });
    this.#incoming.add(call);
  }

  /** §14.2: a call that is renewed stays as it is. */
  #receiveReInvite(request: SipRequest): void {
    if (!this.#isInCall(request)) {
      this.#agent.replyUntilAcknowledged(request, { status: 481, reason: 'No Such Call' }, newToken());
      return;
    }
    const headers = { ...this.#ownHeaders(), 'content-type': 'application/sdp' };
    const answer = { status: 200, reason: 'OK', headers, content: this.#sessionDescription() };
    this.#agent.replyUntilAcknowledged(request, answer, newToken());
  }

  #receiveCancel(request: SipRequest): void {
    const call = [...this.#incoming].find((incoming) => incoming.isInvitedBy(request));
    if (call === undefined) return this.#answer(request, 481, 'No Such Call');
    this.#answer(request, 200, 'OK');
    call.cancel();
  }

  #receiveBye(request: SipRequest): void {
    if (!this.#isInCall(request)) return this.#answer(request, 481, 'No Such Call');
    this.#answer(request, 200, 'OK');
    this.#incomingOf(request)?.endedByPeer();
    for (const session of this.#placed) if (session.owns(request)) session.endedByPeer();
  }

  #incomingOf(request: SipRequest): IncomingCall | undefined {
    return [...this.#incoming].find((call) => call.owns(request));
  }

  #isInCall(request: SipRequest): boolean {
    return (
      this.#incomingOf(request) !== undefined || [...this.#placed].some((session) => session.owns(request))
    );
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

  #registerResult({ status, reason, headers }: SipResponse): RegisterResult {
    const listed = headers.contact === '*' || status >= 300 ? [] : (headers.contact ?? []);
    const contacts = listed.map(({ uri, params }) => ({
      uri,
      expiresInSeconds: Number(params.expires ?? headers.expires ?? 0),
    }));
    const own = contacts.find(({ uri }) => isSameContact(uri, this.contact));
    return { code: status, reason, grantedSeconds: own?.expiresInSeconds ?? 0, contacts };
  }
}

function isSameContact(one: string, other: string): boolean {
  const [a, b] = [parseUri(one), parseUri(other)];
  return a?.user === b?.user && a?.host === b?.host && a?.port === b?.port;
}
