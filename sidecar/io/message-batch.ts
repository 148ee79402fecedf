import { ipv4Number, ipv4Text } from './ipv4.ts';
import type { Libc } from './libc.ts';

/** The bytes of the structures that sendmmsg(2) and recvmmsg(2) take, on 64-bit Linux: mmsghdr, iovec, sockaddr_in. */
const HEADER = { bytes: 64, name: 0, nameLength: 8, vectors: 16, vectorCount: 24, length: 56 } as const;
const VECTOR = { bytes: 16, base: 0, length: 8 } as const;
const ADDRESS_BYTES = 16;
export const AF_INET = 2;

const MSG_DONTWAIT = 0x40;

/** Addresses are kept as text, each in the one place that its number falls into. */
const KEPT_ADDRESSES = 1 << 14;
const keptNumbers = new Int32Array(KEPT_ADDRESSES);
const keptTexts: string[] = new Array(KEPT_ADDRESSES).fill(ipv4Text(0));

/** So many datagrams as the kernel reads or sends in one call: where the bytes of each lie, and whose or for whom they are. */
export class MessageBatch {
  readonly size: number;
  readonly #libc: Libc;
  readonly #headers: Buffer;
  readonly #vectors: Uint32Array;
  readonly #names: Uint32Array;
  readonly #fields: Uint32Array;
  readonly #contentAt: number;

  /** `content` is where the bytes of all of them lie; it has memory of its own, as `allocUnsafeSlow` gives it. */
  constructor(libc: Libc, size: number, content: Buffer) {
    this.size = size;
    this.#libc = libc;
    this.#headers = zeros(size * HEADER.bytes);
    const [vectors, names] = [zeros(size * VECTOR.bytes), zeros(size * ADDRESS_BYTES)];
    this.#vectors = words(vectors);
    this.#names = words(names);
    this.#fields = words(this.#headers);
    this.#contentAt = libc.addressOf(content);
    const [vectorsAt, namesAt] = [libc.addressOf(vectors), libc.addressOf(names)];
    for (let i = 0; i < size; i++) {
      const header = i * HEADER.bytes;
      writePointer(this.#fields, header + HEADER.name, namesAt + i * ADDRESS_BYTES);
      writePointer(this.#fields, header + HEADER.nameLength, ADDRESS_BYTES);
      writePointer(this.#fields, header + HEADER.vectors, vectorsAt + i * VECTOR.bytes);
      writePointer(this.#fields, header + HEADER.vectorCount, 1);
    }
  }

  /** Says where the bytes of one lie in the content. */
  place(index: number, start: number, length: number): void {
    const vector = index * VECTOR.bytes;
    writePointer(this.#vectors, vector + VECTOR.base, this.#contentAt + start);
    this.#vectors[(vector + VECTOR.length) >> 2] = length;
  }

  /** Says whom one is for; false where `address` is no IPv4 address in dotted decimals. */
  direct(index: number, address: string, port: number): boolean {
    const packed = packedAddress(address);
    if (packed === undefined) return false;
    const name = (index * ADDRESS_BYTES) >> 2;
    this.#names[name] = AF_INET | ((port >>> 8) << 16) | ((port & 0xff) << 24);
    this.#names[name + 1] = packed;
    return true;
  }

  address(index: number): string {
    return textOf(this.#names[((index * ADDRESS_BYTES) >> 2) + 1] as number);
  }

  port(index: number): number {
    const first = this.#names[(index * ADDRESS_BYTES) >> 2] as number;
    return ((first >>> 8) & 0xff00) | (first >>> 24);
  }

  /** The bytes of one that was received. */
  length(index: number): number {
    return this.#fields[(index * HEADER.bytes + HEADER.length) >> 2] as number;
  }

  /** Reads what has come, without waiting; how many, or -1 with the C library's error. */
  receive(fd: number): number {
    return this.#libc.recvmmsg(fd, this.#headers, this.size, MSG_DONTWAIT, null);
  }

  /** Sends those from `first` to before `end`; how many have left, or -1 with the C library's error of the first. */
  send(fd: number, first: number, end: number): number {
    const headers = first === 0 ? this.#headers : this.#headers.subarray(first * HEADER.bytes);
    return this.#libc.sendmmsg(fd, headers, end - first, 0);
  }
}

/** A sockaddr_in of its own; undefined where `address` is no IPv4 address. */
export function socketAddress(address: string, port: number): Buffer | undefined {
  const packed = packedAddress(address);
  if (packed === undefined) return undefined;
  const bytes = zeros(ADDRESS_BYTES);
  bytes.writeUInt16LE(AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.writeUInt32LE(packed, 4);
  return bytes;
}

export const portOf = (socketAddress: Buffer): number => socketAddress.readUInt16BE(2);

/** The four bytes of an address as they lie in memory, read as a little-endian number. */
function packedAddress(text: string): number | undefined {
  const number = ipv4Number(text);
  return number === undefined ? undefined : swapped(number);
}

const swapped = (number: number): number =>
  ((number >>> 24) | ((number >>> 8) & 0xff00) | ((number & 0xff00) << 8) | (number << 24)) >>> 0;

function textOf(packed: number): string {
  const place = Math.imul(packed, 0x9e3779b1) >>> 18;
  if (keptNumbers[place] !== (packed | 0)) {
    keptNumbers[place] = packed;
    keptTexts[place] = ipv4Text(swapped(packed));
  }
  return keptTexts[place]!;
}

/** With memory of its own: the kernel is told where it lies. */
const zeros = (bytes: number): Buffer => Buffer.allocUnsafeSlow(bytes).fill(0);

const words = (bytes: Buffer): Uint32Array =>
  new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);

/** Writes a 64-bit number that is below 2^53 at a byte offset, a multiple of eight. */
function writePointer(target: Uint32Array, at: number, value: number): void {
  target[at >> 2] = value;
  target[(at >> 2) + 1] = Math.floor(value / 2 ** 32);
}
