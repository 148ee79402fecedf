import type { Socket } from 'node:net';
import { StreamFraming } from '../wire/framing.ts';

/** What has come over a channel in one go. */
export interface Received {
  readonly messages: readonly string[];
  /** Keep-alives (RFC 5626 §4.4.1), each of which wants an answer. */
  readonly pings: number;
  /** Why nothing more can be understood. */
  readonly fault: string | undefined;
  /** Whether a message has begun to come, and not ended. */
  readonly isPartial: boolean;
}

/** Whom a channel tells. */
export interface Ears {
  /** It is up: from now on texts can leave. Not told of one that a peer has opened, which is up from the start. */
  ready(): void;
  received(received: Received): void;
  /** Something is wrong with it; `closed` follows where that ends it. */
  failed(error: NodeJS.ErrnoException): void;
  closed(): void;
}

/** What carries messages to and from one peer: the bytes of a socket, plain or encrypted, or the frames of a WebSocket. */
export interface Channel {
  /** Whether what is written has a chance to arrive. */
  readonly isWritable: boolean;
  /** Bytes that wait to leave. */
  readonly queuedBytes: number;
  /** Sends a text of one character a byte; `written` is told an error where it can't leave. */
  write(text: string, written: ((error?: Error | null) => void) | undefined): void;
  /** Asks the peer for a sign of life that it gives by itself; false where the transport has no such question. */
  ping(): boolean;
  /** Ends it at once. */
  destroy(): void;
}

/** Makes a channel that tells those ears. */
export type OpenChannel = (ears: Ears) => Channel;

/** A peer that has vanished without a FIN is found out by the kernel, also where nothing is to be sent. */
const KERNEL_PROBES_AFTER_MS = 30_000;

/** What every socket of a stream is set to. */
export function prepareSocket(socket: Socket): void {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KERNEL_PROBES_AFTER_MS);
}

/** A stream of bytes: messages are told apart by their Content-Length (§18.3). `readyEvent` is when it is up. */
export function streamChannel(
  socket: Socket,
  maxMessageBytes: number,
  readyEvent: 'connect' | 'secureConnect',
): OpenChannel {
  return (ears) => {
    const framing = new StreamFraming(maxMessageBytes);
    socket.on('data', (chunk: Buffer) => {
      const { messages, pings, fault } = framing.push(chunk);
      ears.received({ messages, pings, fault, isPartial: framing.pending > 0 });
    });
    socket.on(readyEvent, () => ears.ready());
    socket.on('error', (error) => ears.failed(error));
    socket.on('close', () => ears.closed());
    return {
      get isWritable() {
        return socket.writable;
      },
      get queuedBytes() {
        return socket.writableLength;
      },
      write: (text, written) => void socket.write(text, 'latin1', written),
      ping: () => false,
      destroy: () => void socket.destroy(),
    };
  };
}
