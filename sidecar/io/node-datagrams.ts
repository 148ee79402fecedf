import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Latin1Buffer } from '../wire/latin1.ts';
import {
  type DatagramReader,
  type DatagramSocket,
  type Outgoing,
  SOCKET_BUFFER_BYTES,
  sendFailureOf,
  type Unsent,
} from './datagram-socket.ts';

/** Where texts become bytes. Several turns' worth, so that it is rarely left for a new one. */
const ARENA_BYTES = 1 << 18;

/** Asked for in turn, where a kernel grants less than is wanted. */
const SOCKET_BUFFERS = [SOCKET_BUFFER_BYTES, 2 << 20, 512 << 10] as const;

type Lookup = (
  host: string,
  options: unknown,
  callback: (error: null, address: string, family: number) => void,
) => void;

/** Destinations are IP literals: answered at once, where dns.lookup would cost a turn of the loop each. */
const literal: Lookup = (host, _options, callback) => callback(null, host, host.includes(':') ? 6 : 4);

/** Binds a socket of Node's own; rejects with the system's error. `maxQueuedBytes`: what may wait to be sent. */
export function openNodeSocket(
  { address, port }: { readonly address: string; readonly port: number },
  reader: DatagramReader,
  maxQueuedBytes: number,
): Promise<DatagramSocket> {
  const type = isIPv6(address) ? 'udp6' : 'udp4';
  const socket = createSocket({ type, ipv6Only: type === 'udp6', lookup: literal as never });
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      enlargeBuffers(socket);
      resolve(new NodeDatagrams(socket, reader, maxQueuedBytes));
    });
  });
}

/**
 * The datagrams of one turn of the event loop are sent together at its end. One by one, each would wake its reader on
 * another core and find it asleep again, and push out of the caches what the next message needs.
 */
class NodeDatagrams implements DatagramSocket {
  readonly port: number;
  readonly #socket: Socket;
  readonly #maxQueuedBytes: number;
  #arena = newArena();
  #used = 0;
  #waiting: Outgoing[] = [];
  #waitingBytes = 0;
  #queuedBytes = 0;

  constructor(socket: Socket, reader: DatagramReader, maxQueuedBytes: number) {
    this.#socket = socket;
    this.#maxQueuedBytes = maxQueuedBytes;
    this.port = socket.address().port;
    socket.on('message', (bytes, peer) =>
      reader.datagram(bytes as Latin1Buffer, 0, bytes.length, peer.address, peer.port),
    );
    socket.on('error', (error: NodeJS.ErrnoException) => reader.failed(error.code ?? error.message));
  }

  put(text: string, address: string, port: number, unsent: Unsent | undefined): boolean {
    if (this.#queuedBytes + this.#waitingBytes + text.length > this.#maxQueuedBytes) return false;
    if (this.#waiting.length === 0) setImmediate(this.#sendAll);
    this.#waiting.push({ text, address, port, unsent });
    this.#waitingBytes += text.length;
    return true;
  }

  readonly #sendAll = (): void => {
    // Nothing does where they have been sent ahead of a closing.
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const one of waiting) this.#send(one);
    // What could not leave at once lies in the arena until it has left.
    this.#queuedBytes = this.#socket.getSendQueueSize();
    if (this.#queuedBytes > 0) this.#arena = newArena();
    this.#used = 0;
  };

  #send({ text, address, port, unsent }: Outgoing): void {
    if (this.#used + text.length > ARENA_BYTES) {
      this.#arena = newArena();
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += text.length;
    this.#arena.latin1Write(text, start, text.length);
    if (unsent === undefined) this.#socket.send(this.#arena, start, text.length, port, address);
    else
      this.#socket.send(this.#arena, start, text.length, port, address, (error) => {
        if (error !== null) unsent(sendFailureOf((error as NodeJS.ErrnoException).code));
      });
  }

  flush(): void {
    this.#sendAll();
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

const newArena = (): Latin1Buffer => Buffer.allocUnsafeSlow(ARENA_BYTES) as Latin1Buffer;

function enlargeBuffers(socket: Socket): void {
  for (const size of SOCKET_BUFFERS) {
    try {
      socket.setRecvBufferSize(size);
      socket.setSendBufferSize(size);
      return;
    } catch {
      // This kernel refuses so much (macOS does): the next smaller one.
    }
  }
}
