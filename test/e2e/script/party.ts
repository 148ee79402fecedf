import { randomBytes } from 'node:crypto';
import { Waiting } from '../../support/waiting.ts';
import { paramOf, Sip } from './sip.ts';
import type { Address, Reply, Wire } from './wire.ts';

const PATIENCE_MS = 5000;

export const unique = (): string => randomBytes(6).toString('hex');

export interface RequestParts {
  readonly method: string;
  /** A URI, as all of these. */
  readonly uri: string;
  readonly from: string;
  /** Default: as From. */
  readonly to?: string;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly branch?: string;
  readonly maxForwards?: number;
  readonly headers?: readonly string[];
  readonly body?: string;
}

export interface Received {
  readonly sip: Sip;
  readonly from: Address;
  /** Answers it where it came from. */
  reply(status: number, headers?: readonly string[], options?: ReplyOptions): void;
}

export interface ReplyOptions {
  readonly reason?: string;
  /** Of the To; default one for each party. */
  readonly tag?: string;
  readonly body?: string;
}

type Match = (sip: Sip) => boolean;
type Responder = (received: Received) => void;

/** The answer to a request (RFC 3261 §8.2.6). */
export function responseTo(
  request: Sip,
  status: number,
  headers: readonly string[],
  options: Required<ReplyOptions>,
): string {
  const to = request.header('To');
  return [
    `SIP/2.0 ${status} ${options.reason}`,
    ...request.all('Via').map((via) => `Via: ${via}`),
    ...(status > 100 ? request.all('Record-Route').map((route) => `Record-Route: ${route}`) : []),
    `From: ${request.header('From')}`,
    `To: ${status === 100 || paramOf(to, 'tag') !== '' ? to : `${to};tag=${options.tag}`}`,
    `Call-ID: ${request.header('Call-ID')}`,
    `CSeq: ${request.header('CSeq')}`,
    ...headers,
    `Content-Length: ${options.body.length}`,
    '',
    options.body,
  ].join('\r\n');
}

/** A phone or PBX that does what the test says. All that it receives waits until it is asked for. */
export class Party {
  readonly wire: Wire;
  readonly tag = unique();
  readonly #unread = new Waiting<Received>();
  readonly #responders = new Map<string, Responder>();

  /** Where its requests go. */
  peer: Address;

  constructor(wire: Wire, peer: Address = wire) {
    this.wire = wire;
    this.peer = peer;
    wire.onMessage((text, reply, from) => this.#take(new Sip(text), reply, from));
  }

  get hostPort(): string {
    const { address, port } = this.wire;
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  }

  #take(sip: Sip, reply: Reply, from: Address): void {
    const received: Received = {
      sip,
      from,
      reply: (status, headers = [], { reason = 'Told', tag = this.tag, body = '' } = {}) =>
        reply(responseTo(sip, status, headers, { reason, tag, body })),
    };
    const responder = sip.isRequest ? this.#responders.get(sip.method) : undefined;
    if (responder !== undefined) return responder(received);
    this.#unread.push(received);
  }

  /** From now on requests of this method are answered so, and are not kept. */
  respond(method: string, responder: Responder): void {
    this.#responders.set(method, responder);
  }

  /** From now on requests of this method wait until they are asked for. */
  hold(method: string): void {
    this.#responders.delete(method);
  }

  /** The start lines of what waits to be asked for, the 100s left aside: what should not have come. */
  get unread(): readonly string[] {
    return this.#unread.items.filter(({ sip }) => sip.status !== 100).map(({ sip }) => sip.startLine);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#unread.clear();
  }

  /** The first that matches, received already or to come. */
  next(what: string, match: Match, timeoutMs = PATIENCE_MS): Promise<Received> {
    return this.#unread.next(
      ({ sip }) => match(sip),
      timeoutMs,
      (unread) => {
        const others = unread.map(({ sip }) => sip.text).join('\n');
        return `no ${what} in ${timeoutMs} ms, but:\n${others || 'nothing'}`;
      },
    );
  }

  /** The next request of this method. */
  request(method: string): Promise<Received> {
    return this.next(`${method} request`, (sip) => sip.isRequest && sip.method === method);
  }

  /** The next response to a request of its own, a 100 left aside; `final` waits for a final one. */
  async response(to: Sip, final = true, timeoutMs = PATIENCE_MS): Promise<Sip> {
    const belongs = (sip: Sip) =>
      !sip.isRequest &&
      sip.branch === to.branch &&
      sip.method === to.method &&
      sip.status > (final ? 199 : 100);
    const { sip } = await this.next(`response to ${to.startLine}`, belongs, timeoutMs);
    return sip;
  }

  /** Sends a request and returns it. */
  send(parts: RequestParts): Sip {
    const { method, uri, from, to = from, fromTag = unique(), toTag, body = '' } = parts;
    const { branch = `z9hG4bK${unique()}`, callId = unique(), cseq = 1, maxForwards = 70 } = parts;
    const text = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/${this.wire.transport} ${this.hostPort};branch=${branch};rport`,
      `Max-Forwards: ${maxForwards}`,
      `From: <${from}>;tag=${fromTag}`,
      `To: <${to}>${toTag === undefined ? '' : `;tag=${toTag}`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      ...(parts.headers ?? []),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
    this.sendText(text);
    return new Sip(text);
  }

  sendText(text: string): void {
    this.wire.send(text, this.peer);
  }

  /** Sends a request and returns its final answer. */
  ask(parts: RequestParts, timeoutMs = PATIENCE_MS): Promise<Sip> {
    return this.response(this.send(parts), true, timeoutMs);
  }
}
