import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { DEAD_CONNECTION, type Flow, TRANSPORTS } from '../wire/flow.ts';

/** 128 bits that nobody can guess are enough to name a contact by. */
const BINDING_BYTES = 16;
const BINDING_LENGTH = 1 + 2 * BINDING_BYTES;

/** A forger has one guess a request. */
const MAC_BYTES = 8;

/** How many keys are remembered that were changed for others. */
const FORMER_KEYS = 2;

/** Epoch, connection, port, transport. */
const HEAD_BYTES = 11;

/** A listener's name has up to 15 characters, an IPv6 address with its zone up to 62. */
const LONGEST_FLOW = 1 + 2 * (HEAD_BYTES + 62 + 1 + 15 + MAC_BYTES);

export interface TokenKey {
  /** The same at every start, or what the PBX and dialogs hold is worth nothing any more. */
  readonly secret: Buffer;
  /** Another one at every start, below 2**32: the serials of connections begin anew. */
  readonly epoch: number;
}

/**
 * The opaque user parts by which others name what is ours: a binding towards the PBX, a flow in Record-Route and Path.
 * In hexadecimal digits, since PBXs change case and choke on escapes. Nobody without the secret can make one.
 */
export class Tokens {
  #key: KeyObject;
  /** By which flows are still read that were signed before the key was changed. */
  #former: readonly KeyObject[] = [];
  readonly #epoch: number;

  constructor({ secret, epoch }: TokenKey) {
    this.#key = createSecretKey(secret);
    this.#epoch = epoch;
  }

  /** Signs by another key from now on. Flows signed by the last ones stay readable, and bindings keep the names they have. */
  rekey(secret: Buffer): void {
    const key = createSecretKey(secret);
    if (key.equals(this.#key)) return;
    this.#former = [this.#key, ...this.#former].filter((each) => !each.equals(key)).slice(0, FORMER_KEYS);
    this.#key = key;
  }

  /** The name of an AoR's contact; the same for the same `contact` text, so that a refresh is seen as one. */
  binding(aor: string, contact: string): string {
    const mac = this.#mac(`binding\n${aor}\n${contact}`, BINDING_BYTES);
    return `b${mac.toString('hex')}`;
  }

  isBinding(text: string): boolean {
    return text.length === BINDING_LENGTH && text.charCodeAt(0) === 98 && isHex(text);
  }

  /** A flow, readable and signed (RFC 5626 §5.2): no table is needed to find it again. */
  flow(flow: Flow): string {
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    head.writeUInt32BE(this.#epoch, 0);
    head.writeUInt32BE(Math.max(flow.connection, 0), 4);
    head.writeUInt16BE(flow.port, 8);
    head.writeUInt8(TRANSPORTS.indexOf(flow.transport), 10);
    const body = Buffer.concat([head, Buffer.from(`${flow.address} ${flow.listener}`, 'latin1')]);
    return `f${body.toString('hex')}${this.#mac(body, MAC_BYTES).toString('hex')}`;
  }

  /** The flow that a token names; undefined for one that is not ours. A stream of an earlier process is a dead one. */
  readFlow(token: string): Flow | undefined {
    if (token.length > LONGEST_FLOW || token.charCodeAt(0) !== 102 || !isHex(token)) return undefined;
    const bytes = Buffer.from(token.slice(1), 'hex');
    const end = bytes.length - MAC_BYTES;
    if (end < HEAD_BYTES) return undefined;
    const body = bytes.subarray(0, end);
    if (!this.#isSigned(body, bytes.subarray(end))) return undefined;
    const [address = '', listener = ''] = body.toString('latin1', HEAD_BYTES).split(' ');
    const transport = TRANSPORTS[body.readUInt8(10)];
    if (transport === undefined) return undefined;
    const isOfThisProcess = body.readUInt32BE(0) === this.#epoch;
    return {
      transport,
      listener,
      address,
      port: body.readUInt16BE(8),
      connection: transport !== 'UDP' && !isOfThisProcess ? DEAD_CONNECTION : body.readUInt32BE(4),
    };
  }

  #isSigned(body: Buffer, mac: Buffer): boolean {
    const isBy = (key: KeyObject): boolean => timingSafeEqual(this.#mac(body, MAC_BYTES, key), mac);
    return isBy(this.#key) || this.#former.some(isBy);
  }

  #mac(data: string | Buffer, length: number, key = this.#key): Buffer {
    return createHmac('sha256', key).update(data).digest().subarray(0, length);
  }
}

/** Whether all but the first character are hexadecimal digits in lower case, two a byte. */
function isHex(token: string): boolean {
  if (token.length % 2 === 0) return false;
  for (let i = 1; i < token.length; i++) {
    const code = token.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return true;
}
