import type { Party, RequestParts } from './party.ts';
import { paramOf, type Sip, uriOf } from './sip.ts';

interface End {
  readonly uri: string;
  readonly tag: string;
}

const endOf = (value: string): End => ({
  uri: uriOf(value),
  tag: paramOf(value.replace(/<[^>]*>/, ''), 'tag'),
});

/** One side's view of a dialog (RFC 3261 §12): what it sends follows the route set. */
export class Dialog {
  readonly #party: Party;
  readonly #callId: string;
  readonly #local: End;
  readonly #remote: End;
  readonly #target: string;
  readonly routes: readonly string[];
  #cseq: number;

  constructor(
    party: Party,
    callId: string,
    ends: { local: End; remote: End },
    target: string,
    routes: readonly string[],
    cseq: number,
  ) {
    this.#party = party;
    this.#callId = callId;
    this.#local = ends.local;
    this.#remote = ends.remote;
    this.#target = target;
    this.routes = routes;
    this.#cseq = cseq;
  }

  /** Of who sent the request that `response` answers (§12.1.2). */
  static ofCaller(party: Party, response: Sip): Dialog {
    const ends = { local: endOf(response.header('From')), remote: endOf(response.header('To')) };
    const target = uriOf(response.header('Contact'));
    const routes = response.all('Record-Route').toReversed();
    return new Dialog(party, response.header('Call-ID'), ends, target, routes, response.cseq);
  }

  /** Of who answers `request` (§12.1.1), with its own tag unless it answers with others. */
  static ofCallee(party: Party, request: Sip, tag = party.tag): Dialog {
    const ends = { local: { ...endOf(request.header('To')), tag }, remote: endOf(request.header('From')) };
    const target = uriOf(request.header('Contact'));
    return new Dialog(party, request.header('Call-ID'), ends, target, request.all('Record-Route'), 100);
  }

  /** Sends a request within the dialog. */
  send(method: string, { headers = [], ...parts }: Partial<RequestParts> = {}): Sip {
    return this.#party.send({
      method,
      uri: this.#target,
      from: this.#local.uri,
      fromTag: this.#local.tag,
      to: this.#remote.uri,
      toTag: this.#remote.tag,
      callId: this.#callId,
      cseq: ++this.#cseq,
      headers: [...this.routes.map((route) => `Route: ${route}`), ...headers],
      ...parts,
    });
  }

  /** The ACK of a 2xx: a request of its own, with the number of what it acknowledges. */
  acknowledge(cseq: number): Sip {
    return this.send('ACK', { cseq });
  }

  /** Sends a request within the dialog and returns the final answer. */
  ask(method: string, parts: Partial<RequestParts> = {}): Promise<Sip> {
    return this.#party.response(this.send(method, parts));
  }
}
