import type { OptionalHeaders, SipRequest } from '../wire/message.ts';
import { transactionKey } from '../wire/message.ts';
import { newToken } from '../wire/token.ts';
import type { IncomingCallEvent } from './call.ts';
import { dialogOfCallee } from './dialog.ts';
import { Session } from './session.ts';
import type { Credentials, UserAgent } from './user-agent.ts';

export interface IncomingCallOptions {
  agent: UserAgent;
  credentials: Credentials;
  /** Contact and what else each answer carries. */
  headers: OptionalHeaders;
  sessionDescription: string;
  answerAfterMilliseconds: number;
  tell: (event: IncomingCallEvent) => void;
}

/** §13.3: a call that rings (180), is answered by itself (200), and waits for its ACK. */
export class IncomingCall {
  readonly #invite: SipRequest;
  readonly #options: IncomingCallOptions;
  readonly #tag = newToken();
  readonly #stopRinging: () => void;
  #state: 'ringing' | 'answered' | 'confirmed' | 'over' = 'ringing';
  #session: Session | undefined;

  constructor(invite: SipRequest, options: IncomingCallOptions) {
    this.#invite = invite;
    this.#options = options;
    const { agent, answerAfterMilliseconds } = options;
    agent.reply(invite, { status: 180, reason: 'Ringing', headers: this.#headers() }, this.#tag);
    this.#tell('ringing');
    this.#stopRinging = agent.timers.after(answerAfterMilliseconds, () => this.#answer());
  }

  isInvitedBy(cancel: SipRequest): boolean {
    return transactionKey(cancel, 'INVITE') === transactionKey(this.#invite);
  }

  owns(request: SipRequest): boolean {
    return this.#session?.owns(request) ?? false;
  }

  receiveAck(): void {
    if (this.#state !== 'answered') return;
    this.#state = 'confirmed';
    this.#tell('confirmed');
  }

  /** §9.2: a CANCEL ends only what still rings; the 487 is the INVITE's answer. */
  cancel(): void {
    if (this.#state !== 'ringing') return;
    this.#stopRinging();
    this.#state = 'over';
    const answer = { status: 487, reason: 'Request Terminated' };
    this.#options.agent.replyUntilAcknowledged(this.#invite, answer, this.#tag);
    this.#tell('cancelled');
  }

  endedByPeer(): void {
    this.#session?.endedByPeer();
  }

  #answer(): void {
    const { agent, credentials, sessionDescription } = this.#options;
    const headers = { ...this.#headers(), 'content-type': 'application/sdp' };
    const answer = { status: 200, reason: 'OK', headers, content: sessionDescription };
    // §13.3.1.4: a call that the caller never confirms is hung up.
    const hangUp = () => void this.#session?.hangup();
    const response = agent.replyUntilAcknowledged(this.#invite, answer, this.#tag, hangUp);
    this.#state = 'answered';
    const dialog = dialogOfCallee(this.#invite, response);
    if (dialog === undefined) return;
    this.#session = new Session(agent, credentials, dialog);
    void this.#session.ended.then(() => {
      this.#state = 'over';
      this.#tell('ended');
    });
  }

  /** §12.1.1: the caller learns its route from the Record-Route that we hand back. */
  #headers(): OptionalHeaders {
    return { ...this.#options.headers, 'record-route': this.#invite.headers['record-route'] };
  }

  #tell(state: IncomingCallEvent['state']): void {
    const event = { state, callId: this.#invite.headers['call-id'], peer: this.#invite.headers.from.uri };
    this.#options.tell(this.#session === undefined ? event : { ...event, call: this.#session });
  }
}
