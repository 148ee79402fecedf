import type { OptionalHeaders, SipRequest } from '../wire/message.ts';
import { newToken } from '../wire/token.ts';
import type { IncomingCallEvent } from './call.ts';
import { IncomingCall, type IncomingCallOptions } from './incoming-call.ts';
import type { Session } from './session.ts';
import type { UserAgent } from './user-agent.ts';

const MAX_INCOMING = 20;

/** Both kinds of calls of a phone, and which of them a request belongs to. */
export class Calls {
  readonly #options: IncomingCallOptions;
  readonly #incoming = new Set<IncomingCall>();
  readonly #placed = new Set<Session>();

  constructor(options: IncomingCallOptions) {
    this.#options = options;
  }

  /** Keeps a placed call until it is over. */
  add(session: Session): void {
    this.#placed.add(session);
    void session.ended.then(() => this.#placed.delete(session));
  }

  receiveInvite(request: SipRequest): void {
    // §12.2.2: a To tag says that the INVITE renews a call.
    if (request.headers.to.params.tag) return this.#receiveReInvite(request);
    if (this.#incoming.size >= MAX_INCOMING) return this.#refuseInvite(request, 486, 'Busy Here');
    const tell = (event: IncomingCallEvent) => {
      if (event.state === 'ended' || event.state === 'cancelled') this.#incoming.delete(call);
      this.#options.tell(event);
    };
    const call: IncomingCall = new IncomingCall(request, { ...this.#options, tell });
    this.#incoming.add(call);
  }

  receiveAck(request: SipRequest): void {
    this.#incomingOf(request)?.receiveAck();
  }

  receiveCancel(request: SipRequest): void {
    const call = [...this.#incoming].find((incoming) => incoming.isInvitedBy(request));
    // §9.2: without its INVITE a CANCEL means nothing.
    if (call === undefined) return this.#answer(request, 481, 'No Such Call');
    this.#answer(request, 200, 'OK');
    call.cancel();
  }

  receiveBye(request: SipRequest): void {
    const call = this.#callOf(request);
    // §15.1.2: a BYE for no call of ours.
    if (call === undefined) return this.#answer(request, 481, 'No Such Call');
    this.#answer(request, 200, 'OK');
    call.endedByPeer();
  }

  /** §14.2: a call that is renewed stays as it is. */
  #receiveReInvite(request: SipRequest): void {
    if (this.#callOf(request) === undefined) return this.#refuseInvite(request, 481, 'No Such Call');
    const { agent, headers, sessionDescription } = this.#options;
    const described: OptionalHeaders = { ...headers, 'content-type': 'application/sdp' };
    const answer = { status: 200, reason: 'OK', headers: described, content: sessionDescription };
    agent.replyUntilAcknowledged(request, answer, newToken());
  }

  #callOf(request: SipRequest): IncomingCall | Session | undefined {
    return this.#incomingOf(request) ?? [...this.#placed].find((session) => session.owns(request));
  }

  #incomingOf(request: SipRequest): IncomingCall | undefined {
    return [...this.#incoming].find((call) => call.owns(request));
  }

  #refuseInvite(request: SipRequest, status: number, reason: string): void {
    this.#agent.replyUntilAcknowledged(request, { status, reason }, newToken());
  }

  #answer(request: SipRequest, status: number, reason: string): void {
    this.#agent.reply(request, { status, reason });
  }

  get #agent(): UserAgent {
    return this.#options.agent;
  }
}
