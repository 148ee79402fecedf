import type { Socket } from 'node:net';
import type { Millis, SendFailure } from '../effect.ts';
import type { Flow } from '../wire/flow.ts';
import { StreamFraming } from '../wire/framing.ts';
import type { Give, Surroundings } from './surroundings.ts';

/** The bounds that every connection keeps; live: a changed resource changes them for open connections too. */
export interface TcpLimits {
  maxMessageBytes: number;
  maxConnections: number;
  maxConnectionsPerSource: number;
  /** A connection over which nothing has come for so long is closed. */
  idleMs: number;
  /** A message once begun has to be complete after so long: a slow sender must not hold a connection. */
  partialMs: number;
  connectMs: number;
  /** Bytes that may wait for a peer that does not read. */
  maxQueuedBytes: number;
}

/** Why we closed a connection; also the name of its count. */
export type CloseReason =
  | 'idle'
  | 'slow_message'
  | 'framing'
  | 'peer_not_reading'
  | 'listener_removed'
  | 'connect_timeout'
  | 'rate_limited'
  | 'shutdown';

const CRLF = '\r\n';

/** One TCP connection, accepted or opened by us: bytes in become messages, texts go out in order. */
export class TcpConnection {
  readonly flow: Flow;
  /** Whether the peer opened it; such ones count against the bound of their source. */
  readonly accepted: boolean;
  readonly #socket: Socket;
  readonly #framing: StreamFraming;
  readonly #around: Surroundings;
  readonly #limits: TcpLimits;
  readonly #give: Give;
  readonly #since: Millis;
  #heardAt: Millis;
  #partialSince: Millis | undefined;
  #isConnected: boolean;
  #isClosing = false;

  constructor(
    flow: Flow,
    socket: Socket,
    accepted: boolean,
    around: Surroundings,
    limits: TcpLimits,
    give: Give,
    closed: (connection: TcpConnection) => void,
  ) {
    this.flow = flow;
    this.accepted = accepted;
    this.#socket = socket;
    this.#framing = new StreamFraming(limits.maxMessageBytes);
    this.#around = around;
    this.#limits = limits;
    this.#give = give;
    this.#since = around.clock();
    this.#heardAt = this.#since;
    this.#isConnected = accepted;
    socket.setNoDelay(true);
    // A peer that has vanished without a FIN is found out by the kernel, also where nothing is to be sent.
    socket.setKeepAlive(true, 30_000);
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('connect', () => this.#connected());
    // What went wrong shows in the callbacks of the writes and in 'close'.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      around.tally.event(`tcp_${(error.code ?? 'error').toLowerCase()}`),
    );
    socket.on('close', () => {
      this.#isClosing = true;
      closed(this);
      if (this.#isConnected) give({ kind: 'flowClosed', connection: flow.connection });
    });
  }

  /** Whether something sent now has a chance to arrive. */
  get isUsable(): boolean {
    return !this.#isClosing && this.#socket.writable;
  }

  /** Whether it is open, and nothing is half received or half sent. */
  get isIdle(): boolean {
    return !this.#isClosing && this.#framing.pending === 0 && this.#socket.writableLength === 0;
  }

  #connected(): void {
    this.#isConnected = true;
    this.#heardAt = this.#around.clock();
  }

  #receive(chunk: Buffer): void {
    if (this.#isClosing) return;
    const now = this.#around.clock();
    this.#heardAt = now;
    const { messages, pings, fault } = this.#framing.push(chunk);
    // RFC 5626 §4.4.1: each ping (CRLFCRLF) is answered by one pong (CRLF).
    if (pings > 0) this.send(CRLF.repeat(pings), undefined);
    for (const text of messages) this.#give({ kind: 'message', flow: this.flow, text });
    if (fault !== undefined) return this.#faulty(fault);
    if (this.#framing.pending === 0) this.#partialSince = undefined;
    else if (messages.length > 0) this.#partialSince = now;
    else this.#partialSince ??= now;
  }

  #faulty(fault: string): void {
    const { address, port } = this.flow;
    this.#around.note({
      level: 'warn',
      event: 'unreadable stream',
      reason: fault,
      source: `TCP ${address}:${port}`,
    });
    this.close('framing');
  }

  /** Writes a text; `failed` is told where it can't leave. What still waits when the connection ends has failed too. */
  send(text: string, failed: ((reason: SendFailure) => void) | undefined): void {
    if (!this.isUsable) return this.#unsent('gone', failed);
    if (this.#socket.writableLength + text.length > this.#limits.maxQueuedBytes) {
      this.#unsent('busy', failed);
      return this.close('peer_not_reading');
    }
    if (failed === undefined) this.#socket.write(text, 'latin1');
    else
      this.#socket.write(text, 'latin1', (error) => {
        if (error) this.#unsent(this.#isConnected ? 'gone' : 'refused', failed);
      });
  }

  #unsent(reason: SendFailure, failed: ((reason: SendFailure) => void) | undefined): void {
    this.#around.tally.drop(`unsent_${reason}`);
    failed?.(reason);
  }

  /** Closes it if one of its times is over. */
  check(now: Millis): void {
    const { idleMs, partialMs, connectMs } = this.#limits;
    if (!this.#isConnected) {
      if (now - this.#since >= connectMs) this.close('connect_timeout');
    } else if (this.#partialSince !== undefined && now - this.#partialSince >= partialMs)
      this.close('slow_message');
    else if (now - this.#heardAt >= idleMs) this.close('idle');
  }

  close(reason: CloseReason): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#around.tally.event(`tcp_closed_${reason}`);
    this.#socket.destroy();
  }
}
