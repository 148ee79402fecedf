import type { SendFailure } from '../effect.ts';
import type { Latin1Buffer } from '../wire/latin1.ts';

/** Told of a datagram that could not leave. */
export type Unsent = (reason: SendFailure) => void;

/** A datagram that is still to leave. */
export interface Outgoing {
  readonly text: string;
  readonly address: string;
  readonly port: number;
  readonly unsent: Unsent | undefined;
}

/** Who is told what comes to a socket. */
export interface DatagramReader {
  /** One datagram, at `bytes` from `start` to before `end`: they are another's after the call. Must not throw. */
  datagram(bytes: Latin1Buffer, start: number, end: number, address: string, port: number): void;
  /** All that the kernel held has been read. A socket that does not know never says so. */
  drained(): void;
  /** The socket has a fault, by the system's name; it is still open. */
  failed(code: string): void;
}

/** A bound UDP socket. Nothing of it throws. */
export interface DatagramSocket {
  readonly port: number;
  /** Takes a datagram that is to leave by the end of this turn of the event loop; false where too much waits already. */
  put(text: string, address: string, port: number, unsent: Unsent | undefined): boolean;
  /** Sends what waits, ahead of a closing. */
  flush(): void;
  close(): Promise<void>;
}

/** Asked for from the kernel; a burst of a second's REGISTERs has to fit. */
export const SOCKET_BUFFER_BYTES = 8 << 20;

/** What an error of sending comes to. */
export function sendFailureOf(code: string | undefined): SendFailure {
  switch (code) {
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
