import type { Latin1Buffer } from '../wire/latin1.ts';
import {
  type DatagramReader,
  type DatagramSocket,
  type Outgoing,
  SOCKET_BUFFER_BYTES,
  sendFailureOf,
  type Unsent,
} from './datagram-socket.ts';
import type { Libc, Poll } from './libc.ts';
import { AF_INET, MessageBatch, portOf, socketAddress } from './message-batch.ts';

/** Datagrams that one call of the kernel's reads or sends at most. */
const BATCH = 64;

/** After so many ms of reading, and of what comes of it, others get their turn. */
const READ_MS = 4;

/** What a datagram may hold, and a little that keeps the starts of all from sharing a few lines of the caches. */
const SLOT_BYTES = 65_536 + 832;

/** Where texts become bytes; more than any datagram may hold. */
const ARENA_BYTES = 1 << 18;

// Linux, x64 and arm64 alike.
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;

/**
 * Binds an IPv4 socket that reads and sends many datagrams by one call of the kernel's, from and to memory that stays: half of
 * what Node's own costs. Throws the system's error with its name as `code`. `maxQueuedBytes`: what may wait to be sent.
 */
export function openBatchedSocket(
  { address, port }: { readonly address: string; readonly port: number },
  reader: DatagramReader,
  maxQueuedBytes: number,
  libc: Libc,
): DatagramSocket {
  const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemError(libc.errorName());
  try {
    const size = int32(SOCKET_BUFFER_BYTES);
    for (const option of [SO_RCVBUF, SO_SNDBUF]) libc.setsockopt(fd, SOL_SOCKET, option, size, size.length);
    const own = socketAddress(address, port);
    if (own === undefined) throw systemError('EAFNOSUPPORT');
    if (libc.bind(fd, own, own.length) < 0 || libc.getsockname(fd, own, int32(own.length)) < 0)
      throw systemError(libc.errorName());
    return new BatchedDatagrams(libc, fd, portOf(own), reader, maxQueuedBytes);
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

const systemError = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

const int32 = (value: number): Buffer => Buffer.from(Int32Array.of(value).buffer);

/** What has come lies in one place for all sockets: it is worked off before another one is read. */
interface Incoming {
  readonly batch: MessageBatch;
  readonly bytes: Latin1Buffer;
}
let incoming: Incoming | undefined;

function makeIncoming(libc: Libc): Incoming {
  const bytes = Buffer.allocUnsafeSlow(BATCH * SLOT_BYTES) as Latin1Buffer;
  const batch = new MessageBatch(libc, BATCH, bytes);
  for (let i = 0; i < BATCH; i++) batch.place(i, i * SLOT_BYTES, SLOT_BYTES);
  return { batch, bytes };
}

class BatchedDatagrams implements DatagramSocket {
  readonly port: number;
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #reader: DatagramReader;
  readonly #maxQueuedBytes: number;
  readonly #incoming: Incoming;
  readonly #arena = Buffer.allocUnsafeSlow(ARENA_BYTES) as Latin1Buffer;
  readonly #batch: MessageBatch;
  readonly #poll: Poll;
  /** Whom to tell, of each in the batch. */
  readonly #unsent: (Unsent | undefined)[] = new Array(BATCH).fill(undefined);
  /** The batch that is being filled: those before `#left` have left it already. */
  #left = 0;
  #filled = 0;
  #filledBytes = 0;
  #isTurnEnding = false;
  /** What is behind the batch, while the kernel takes no more. */
  #waiting: Outgoing[] = [];
  #waitingBytes = 0;
  #isBlocked = false;
  #isOpen = true;

  constructor(libc: Libc, fd: number, port: number, reader: DatagramReader, maxQueuedBytes: number) {
    this.#libc = libc;
    this.#fd = fd;
    this.port = port;
    this.#reader = reader;
    this.#maxQueuedBytes = maxQueuedBytes;
    incoming ??= makeIncoming(libc);
    this.#incoming = incoming;
    this.#batch = new MessageBatch(libc, BATCH, this.#arena);
    this.#poll = libc.poll(fd, this.#ready);
  }

  readonly #ready = (): void => {
    if (!this.#isOpen) return;
    if (this.#isBlocked) this.#resume();
    const until = performance.now() + READ_MS;
    let count = BATCH;
    while (count === BATCH && performance.now() < until) count = this.#read();
    if (count < BATCH) this.#reader.drained();
  };

  /** Reads one batch, and has what comes of it leave; how many there were. */
  #read(): number {
    const { batch, bytes } = this.#incoming;
    const count = batch.receive(this.#fd);
    if (count < 0) {
      const code = this.#libc.errorName();
      if (code !== 'EAGAIN' && code !== 'EINTR') this.#reader.failed(code);
      return 0;
    }
    for (let i = 0; i < count; i++) {
      const start = i * SLOT_BYTES;
      this.#reader.datagram(bytes, start, start + batch.length(i), batch.address(i), batch.port(i));
      if (!this.#isOpen) return 0;
    }
    this.flush();
    return count;
  }

  put(text: string, address: string, port: number, unsent: Unsent | undefined): boolean {
    const bytes = text.length;
    if (this.#filledBytes + this.#waitingBytes + bytes > this.#maxQueuedBytes) return false;
    if (!this.#isBlocked && (this.#filled === BATCH || this.#filledBytes + bytes > ARENA_BYTES)) this.flush();
    if (this.#isBlocked) {
      this.#waiting.push({ text, address, port, unsent });
      this.#waitingBytes += bytes;
      return true;
    }
    this.#fill(text, address, port, unsent);
    if (!this.#isTurnEnding) {
      this.#isTurnEnding = true;
      setImmediate(this.#endTurn);
    }
    return true;
  }

  #fill(text: string, address: string, port: number, unsent: Unsent | undefined): void {
    const index = this.#filled;
    if (!this.#batch.direct(index, address, port)) return unsent?.('refused');
    this.#arena.latin1Write(text, this.#filledBytes, text.length);
    this.#batch.place(index, this.#filledBytes, text.length);
    this.#unsent[index] = unsent;
    this.#filled = index + 1;
    this.#filledBytes += text.length;
  }

  readonly #endTurn = (): void => {
    this.#isTurnEnding = false;
    this.flush();
  };

  flush(): void {
    if (!this.#isOpen) return;
    while (this.#left < this.#filled) {
      const count = this.#batch.send(this.#fd, this.#left, this.#filled);
      if (count > 0) this.#left += count;
      else if (!this.#skip(this.#libc.errorName())) return this.#block();
    }
    this.#left = 0;
    this.#filled = 0;
    this.#filledBytes = 0;
    if (this.#isBlocked) this.#watch(false);
  }

  /** The first that is left can not leave: false where it may later. */
  #skip(code: string): boolean {
    if (code === 'EAGAIN') return false;
    if (code === 'EINTR') return true;
    this.#unsent[this.#left++]?.(sendFailureOf(code));
    return true;
  }

  #block(): void {
    if (!this.#isBlocked) this.#watch(true);
  }

  #watch(isBlocked: boolean): void {
    this.#isBlocked = isBlocked;
    this.#poll.watch({ readable: true, writable: isBlocked });
  }

  /** The kernel may take more: first what has waited longest. */
  #resume(): void {
    this.flush();
    const waiting = this.#waiting;
    if (this.#isBlocked || waiting.length === 0) return;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { text, address, port, unsent } of waiting)
      if (!this.put(text, address, port, unsent)) unsent?.('busy');
    this.flush();
  }

  close(): Promise<void> {
    this.flush();
    this.#isOpen = false;
    this.#poll.close();
    this.#libc.close(this.#fd);
    return Promise.resolve();
  }
}
