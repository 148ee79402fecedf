import type { Socket } from 'node:dgram';
import type { SendFailure } from '../effect.ts';

/** Told of a datagram that could not leave. */
export type Unsent = (reason: SendFailure) => void;

/** Where texts become bytes. Several turns' worth, so that it is rarely left for a new one. */
const ARENA_BYTES = 1 << 18;

/** Missing in the type declarations of Node. */
type Arena = Buffer & { latin1Write(text: string, offset: number, length: number): number };

interface Waiting {
  readonly text: string;
  readonly address: string;
  readonly port: number;
  readonly unsent: Unsent | undefined;
}

/**
 * The datagrams of one turn of the event loop, sent together at its end. One by one, each would wake its reader on
 * another core and find it asleep again, and push out of the caches what the next message needs.
 */
export class Datagrams {
  readonly #socket: Socket;
  readonly #maxQueuedBytes: number;
  #arena = Buffer.allocUnsafeSlow(ARENA_BYTES) as Arena;
  #used = 0;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #queuedBytes = 0;

  /** `maxQueuedBytes`: what may wait for a socket whose buffer is full. */
  constructor(socket: Socket, maxQueuedBytes: number) {
    this.#socket = socket;
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  /** Takes one datagram; false where too much waits already. */
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
    if (this.#queuedBytes > 0) this.#arena = Buffer.allocUnsafeSlow(ARENA_BYTES) as Arena;
    this.#used = 0;
  };

  #send({ text, address, port, unsent }: Waiting): void {
    if (this.#used + text.length > ARENA_BYTES) {
      this.#arena = Buffer.allocUnsafeSlow(ARENA_BYTES) as Arena;
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += text.length;
    this.#arena.latin1Write(text, start, text.length);
    if (unsent === undefined) this.#socket.send(this.#arena, start, text.length, port, address);
    else
      this.#socket.send(this.#arena, start, text.length, port, address, (error) => {
        if (error !== null) unsent(failureOf(error));
      });
  }

  /** Sends what waits; before the socket is closed. */
  flush(): void {
    this.#sendAll();
  }
}

function failureOf(error: NodeJS.ErrnoException): SendFailure {
  switch (error.code) {
    case 'EMSGSIZE':
      return 'tooLarge';
    case 'ENOBUFS':
    case 'EAGAIN':
      return 'busy';
    case 'ECANCELED':
      return 'gone';
    default:
      return 'refused';
  }
}
