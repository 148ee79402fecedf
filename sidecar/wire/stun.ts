/** RFC 8489 §5: the fixed part of every STUN message, and the number that tells it from anything else. */
const HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112_a442;

const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;

/** RFC 8489 §14: attributes by number. Those below 0x8000 must be understood, or the request can't be answered (§6.3.1). */
const ERROR_CODE = 0x0009;
const UNKNOWN_ATTRIBUTES = 0x000a;
const XOR_MAPPED_ADDRESS = 0x0020;
const FIRST_OPTIONAL = 0x8000;

/** RFC 8489 §14: those of the base protocol, which without credentials say nothing to us: USERNAME, MESSAGE-INTEGRITY, REALM, NONCE. */
const UNDERSTOOD: ReadonlySet<number> = new Set([0x0006, 0x0008, 0x0014, 0x0015]);

/** So many unknown attributes are named, which keeps the answer below twice the request's size. */
const MOST_NAMED = 8;

/** RFC 5626 §8: the first octet of a STUN Binding message is 0 or 1, that of a SIP message never is; `first` is NaN where there is none. */
export const looksLikeStun = (first: number): boolean => first < 2;

/**
 * The answer to a STUN Binding request on a SIP port (RFC 5626 §8): where it came from, as XOR-MAPPED-ADDRESS, or 420
 * where it holds what must be understood and is not (RFC 8489 §6.3.1). Undefined for everything else: other methods,
 * indications, answers, requests of RFC 3489, and what is no STUN at all. `address` is an IP literal without brackets.
 */
export function answerStun(bytes: Buffer, address: string, port: number): Buffer | undefined {
  if (!isBindingRequest(bytes)) return undefined;
  const unknown = unknownAttributes(bytes);
  if (unknown === undefined) return undefined;
  if (unknown.length > 0) return message(BINDING_ERROR, bytes, unknownError(unknown));
  const host = addressBytes(address);
  return host && message(BINDING_SUCCESS, bytes, mappedAddress(host, port, bytes));
}

/** RFC 8489 §6.3: type, cookie, a length that is a multiple of four and what the datagram has. */
function isBindingRequest(bytes: Buffer): boolean {
  return (
    bytes.length >= HEADER_BYTES &&
    bytes.readUInt16BE(0) === BINDING_REQUEST &&
    bytes.readUInt32BE(4) === MAGIC_COOKIE &&
    bytes.readUInt16BE(2) === bytes.length - HEADER_BYTES &&
    bytes.length % 4 === 0
  );
}

/** The attributes that must be understood and are not, each once; undefined where one reaches beyond the end. */
function unknownAttributes(bytes: Buffer): readonly number[] | undefined {
  const unknown: number[] = [];
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    const type = bytes.readUInt16BE(at);
    // §14: a value is padded to a multiple of four, its length does not tell the padding.
    at += 4 + ((bytes.readUInt16BE(at + 2) + 3) & ~3);
    if (at > bytes.length) return undefined;
    if (type >= FIRST_OPTIONAL || UNDERSTOOD.has(type) || unknown.includes(type)) continue;
    if (unknown.length < MOST_NAMED) unknown.push(type);
  }
  return unknown;
}

function message(type: number, request: Buffer, attributes: Buffer): Buffer {
  const head = Buffer.from(request.subarray(0, HEADER_BYTES));
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(attributes.length, 2);
  return Buffer.concat([head, attributes]);
}

/** §14.2: port and address, with the cookie (IPv6: with cookie and transaction) laid over them, so that no NAT mends them. */
function mappedAddress(host: Uint8Array, port: number, request: Buffer): Buffer {
  const attribute = Buffer.alloc(8 + host.length);
  attribute.writeUInt16BE(XOR_MAPPED_ADDRESS, 0);
  attribute.writeUInt16BE(4 + host.length, 2);
  attribute.writeUInt8(host.length === 4 ? 1 : 2, 5);
  attribute.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), 6);
  for (const [i, byte] of host.entries()) attribute.writeUInt8(byte ^ (request[4 + i] as number), 8 + i);
  return attribute;
}

/** §14.8 and §14.9: error 420 without a phrase, and the attributes' numbers, padded. */
function unknownError(unknown: readonly number[]): Buffer {
  const listed = 2 * unknown.length;
  const attributes = Buffer.alloc(8 + 4 + ((listed + 3) & ~3));
  attributes.writeUInt16BE(ERROR_CODE, 0);
  attributes.writeUInt16BE(4, 2);
  attributes.writeUInt8(4, 6);
  attributes.writeUInt8(20, 7);
  attributes.writeUInt16BE(UNKNOWN_ATTRIBUTES, 8);
  attributes.writeUInt16BE(listed, 10);
  for (const [i, type] of unknown.entries()) attributes.writeUInt16BE(type, 12 + 2 * i);
  return attributes;
}

/** The 4 or 16 bytes of an IP literal as a socket names its peer; undefined for anything else. */
function addressBytes(address: string): Uint8Array | undefined {
  if (!address.includes(':')) return bytesOf(address.split('.'), 10, 1, 4);
  // A link-local address is named with its zone (RFC 4007 §11), which no other machine knows.
  const [plain = ''] = address.split('%', 1);
  const [before = '', after] = plain.split('::', 2);
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : 8 - head.length - tail.length;
  if (zeros < 0) return undefined;
  return bytesOf([...head, ...new Array<string>(zeros).fill('0'), ...tail], 16, 2, 8);
}

function bytesOf(
  parts: readonly string[],
  radix: number,
  size: number,
  count: number,
): Uint8Array | undefined {
  if (parts.length !== count) return undefined;
  const bytes = new Uint8Array(size * count);
  for (const [i, part] of parts.entries()) {
    const number = Number.parseInt(part, radix);
    if (!(number >= 0 && number < 256 ** size)) return undefined;
    for (let byte = 0; byte < size; byte++) bytes[size * i + byte] = number >>> (8 * (size - 1 - byte));
  }
  return bytes;
}
