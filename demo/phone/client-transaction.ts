import { respondTo, type SipRequest, type SipResponse } from '../wire/message.ts';
import { newToken } from '../wire/token.ts';
import { T2, TIMEOUT, type Timers } from './timers.ts';

export interface ClientTransactionHooks {
  /** Sends a message to this transaction's next hop. */
  send(message: SipRequest): void;
  onProvisional(response: SipResponse): void;
  /** A 2xx to INVITE came again: its ACK was lost, and only the dialog can send it anew. */
  onRepeatedSuccess(response: SipResponse): void;
}

/** One request on its way: §17.1.1 for INVITE, §17.1.2 for the others, over UDP. */
export class ClientTransaction {
  readonly #request: SipRequest;
  readonly #hooks: ClientTransactionHooks;
  readonly #outcome = Promise.withResolvers<SipResponse>();
  readonly #stopRetransmission: () => void;
  readonly #stopTimeout: () => void;
  #final: SipResponse | undefined;

  /** Sends the request at once. */
  constructor(request: SipRequest, timers: Timers, hooks: ClientTransactionHooks) {
    this.#request = request;
    this.#hooks = hooks;
    // §17.1.1.2 timer A grows without a ceiling, §17.1.2.2 timer E up to T2.
    const ceiling = request.method === 'INVITE' ? TIMEOUT : T2;
    this.#stopRetransmission = timers.doubling(() => hooks.send(request), ceiling);
    this.#stopTimeout = timers.after(TIMEOUT, () => this.giveUp('Request Timeout'));
    hooks.send(request);
  }

  /** The final response; a local 408 when none came in time or the phone was closed. */
  get outcome(): Promise<SipResponse> {
    return this.#outcome.promise;
  }

  receive(response: SipResponse): void {
    const isInvite = this.#request.method === 'INVITE';
    if (this.#final !== undefined) return this.#receiveAgain(response);
    if (response.status < 200) {
      // §17.1.1.2: a ringing callee may take its time, and has heard us.
      if (isInvite) this.#stopWaiting();
      return this.#hooks.onProvisional(response);
    }
    this.#final = response;
    this.#stopWaiting();
    if (isInvite && response.status >= 300) this.#hooks.send(this.#ack(response));
    this.#outcome.resolve(response);
  }

  giveUp(reason: string): void {
    this.#stopWaiting();
    this.#final ??= respondTo(this.#request, 408, reason, newToken());
    this.#outcome.resolve(this.#final);
  }

  #receiveAgain(response: SipResponse): void {
    if (this.#request.method !== 'INVITE' || response.status < 200) return;
    if (response.status >= 300) this.#hooks.send(this.#ack(response));
    else this.#hooks.onRepeatedSuccess(response);
  }

  #stopWaiting(): void {
    this.#stopRetransmission();
    this.#stopTimeout();
  }

  /** §17.1.1.3: the ACK of a refusal belongs to the INVITE: same branch, same Route, the To of the answer. */
  #ack(response: SipResponse): SipRequest {
    const { headers } = this.#request;
    return {
      method: 'ACK',
      uri: this.#request.uri,
      version: '2.0',
      headers: {
        via: [headers.via[0]],
        'max-forwards': '70',
        route: headers.route,
        from: headers.from,
        to: response.headers.to,
        'call-id': headers['call-id'],
        cseq: { seq: headers.cseq.seq, method: 'ACK' },
      },
      content: '',
    };
  }
}
