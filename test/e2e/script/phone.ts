import { aorOf, DOMAIN } from '../../support/peers/pbx.ts';
import type { Stage } from '../../support/peers/stage.ts';
import { Party, type RequestParts, unique } from './party.ts';
import type { Sip } from './sip.ts';
import { type Address, tcpWire, udpWire, type Wire } from './wire.ts';

export interface RegisterParts {
  /** Values of Contact, in a line each; default the phone's own. None: a query. */
  readonly contacts?: readonly string[];
  /** The Expires header field; undefined: none. */
  readonly expires?: number;
  readonly headers?: readonly string[];
  readonly callId?: string;
  readonly cseq?: number;
  readonly branch?: string;
}

/** How its Contact says what it is reached by; a WebSocket is `ws` also over TLS (RFC 7118 §5.3). */
const TRANSPORT_PARAMETER = {
  UDP: '',
  TCP: ';transport=tcp',
  TLS: ';transport=tls',
  WS: ';transport=ws',
  WSS: ';transport=ws',
};

/** A user's phone that does what the test says. */
export class ScriptedPhone extends Party {
  readonly user: string;
  readonly #registration = unique();
  #cseq = 0;

  constructor(user: string, wire: Wire, front: Address) {
    super(wire, front);
    this.user = user;
  }

  get aor(): string {
    return aorOf(this.user);
  }

  get uri(): string {
    return `sip:${this.aor}`;
  }

  /** The URI of its Contact. */
  get contact(): string {
    return `sip:${this.user}@${this.hostPort}${TRANSPORT_PARAMETER[this.wire.transport]}`;
  }

  /** Sends a REGISTER. */
  sendRegister(parts: RegisterParts = {}): Sip {
    const { contacts = [`<${this.contact}>`], expires = 3600, headers = [] } = parts;
    return this.send({
      method: 'REGISTER',
      uri: `sip:${DOMAIN}`,
      from: this.uri,
      callId: parts.callId ?? this.#registration,
      cseq: parts.cseq ?? ++this.#cseq,
      ...(parts.branch === undefined ? {} : { branch: parts.branch }),
      headers: [...contacts.map((contact) => `Contact: ${contact}`), `Expires: ${expires}`, ...headers],
    });
  }

  /** Sends a REGISTER and returns the final answer. */
  register(parts: RegisterParts = {}): Promise<Sip> {
    return this.response(this.sendRegister(parts));
  }

  /** Registers, or fails. */
  async registered(parts: RegisterParts = {}): Promise<this> {
    const answer = await this.register(parts);
    if (answer.status !== 200) throw new Error(`${this.user} was not registered:\n${answer.text}`);
    return this;
  }

  /** Sends a request to another user. */
  sendTo(user: string, method: string, parts: Partial<RequestParts> = {}): Sip {
    const uri = `sip:${aorOf(user)}`;
    return this.send({ method, uri, from: this.uri, to: uri, ...parts });
  }

  /** Sends a text to another user. */
  sendMessage(user: string, body: string, parts: Partial<RequestParts> = {}): Sip {
    return this.sendTo(user, 'MESSAGE', { headers: ['Content-Type: text/plain'], body, ...parts });
  }

  /** Sends a text to another user and returns the final answer. */
  message(user: string, body: string, parts: Partial<RequestParts> = {}): Promise<Sip> {
    return this.response(this.sendMessage(user, body, parts));
  }
}

export const udpPhone = async (stage: Stage, user: string, front: Address): Promise<ScriptedPhone> =>
  new ScriptedPhone(user, await udpWire(stage, front.address), front);

export const tcpPhone = async (
  stage: Stage,
  user: string,
  front: Address,
  localPort?: number,
): Promise<ScriptedPhone> => new ScriptedPhone(user, await tcpWire(stage, front, localPort), front);
