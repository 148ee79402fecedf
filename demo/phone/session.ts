import type { SipRequest } from '../wire/message.ts';
import type { Call } from './call.ts';
import { type Dialog, hopOfDialog, isOfDialog, requestInDialog } from './dialog.ts';
import type { Credentials, UserAgent } from './user-agent.ts';

/** One established call: its dialog, its end by either side. */
export class Session implements Call {
  readonly #agent: UserAgent;
  readonly #credentials: Credentials;
  readonly #dialog: Dialog;
  readonly #end = Promise.withResolvers<'local' | 'remote'>();

  constructor(agent: UserAgent, credentials: Credentials, dialog: Dialog) {
    this.#agent = agent;
    this.#credentials = credentials;
    this.#dialog = dialog;
  }

  get callId(): string {
    return this.#dialog.callId;
  }

  get peer(): string {
    return this.#dialog.remote.uri;
  }

  get ended(): Promise<'local' | 'remote'> {
    return this.#end.promise;
  }

  owns(request: SipRequest): boolean {
    return isOfDialog(this.#dialog, request);
  }

  /** §13.2.2.4: the ACK of the 2xx, a request of its own; gives a way to send it again. */
  acknowledge(): () => void {
    const hop = hopOfDialog(this.#dialog);
    if (hop === undefined) return () => {};
    const ack = this.#agent.withVia(requestInDialog(this.#dialog, 'ACK'));
    const send = () => this.#agent.acknowledge(ack, hop);
    send();
    return send;
  }

  async hangup(): Promise<{ code: number; reason: string }> {
    const hop = hopOfDialog(this.#dialog);
    this.#end.resolve('local');
    if (hop === undefined) return { code: 408, reason: 'The other end has no reachable address' };
    const bye = requestInDialog(this.#dialog, 'BYE');
    const { response } = await this.#agent.exchange(bye, hop, this.#credentials);
    return { code: response.status, reason: response.reason };
  }

  endedByPeer(): void {
    this.#end.resolve('remote');
  }
}
