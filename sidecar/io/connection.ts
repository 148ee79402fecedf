import type { Millis, SendFailure } from '../effect.ts';
import { type Flow, hostPort } from '../wire/flow.ts';
import type { Channel, Ears, OpenChannel, Received } from './channel.ts';
import { dialFault } from './handshake-fault.ts';
import type { Give, Surroundings } from './surroundings.ts';

/** The bounds that every connection keeps; live: a changed resource changes them for open connections too. */
export interface ConnectionLimits {
  maxMessageBytes: number;
  maxConnections: number;
  maxConnectionsPerSource: number;
  /** A connection over which nothing has come for so long is closed. */
  idleMs: number;
  /** A message once begun has to be complete after so long, and so has a handshake: a slow peer must not hold a connection. */
  partialMs: number;
  connectMs: number;
  /** A peer that has been silent for so long is asked for a sign of life, where the transport can ask. */
  pingMs: number;
  /** Bytes that may wait for a peer that does not read. */
  maxQueuedBytes: number;
}

/** Why we closed a connection; also a part of the name of its count. */
export type CloseReason =
  | 'idle'
  | 'no_pong'
  | 'slow_message'
  | 'framing'
  | 'peer_not_reading'
  | 'listener_removed'
  | 'connect_timeout'
  | 'rate_limited'
  | 'shutdown';

/** Told that something can't leave, and if it is known what kept the connection from coming about, in words. */
export type Failed = ((reason: SendFailure, why?: string) => void) | undefined;

const CRLF = '\r\n';

/** Pings that may stay without an answer. */
const UNANSWERED_PINGS = 3;

/** One connection of any stream transport, accepted or opened by us: messages come in, texts go out in order. */
export class Connection {
  readonly flow: Flow;
  /** Whether the peer opened it; such ones count against the bound of their source. */
  readonly accepted: boolean;
  readonly #channel: Channel;
  readonly #around: Surroundings;
  readonly #limits: ConnectionLimits;
  readonly #give: Give;
  readonly #since: Millis;
  /** What is to leave once it is up: nothing goes to a peer before it has proven who it is. */
  #waiting: { readonly text: string; readonly failed: Failed }[] = [];
  #waitingBytes = 0;
  #heardAt: Millis;
  #pings = 0;
  #partialSince: Millis | undefined;
  #isReady: boolean;
  #isClosing = false;
  /** What kept it from coming about. */
  #fault: string | undefined;

  constructor(
    flow: Flow,
    open: OpenChannel,
    accepted: boolean,
    around: Surroundings,
    limits: ConnectionLimits,
    give: Give,
    closed: (connection: Connection) => void,
  ) {
    this.flow = flow;
    this.accepted = accepted;
    this.#around = around;
    this.#limits = limits;
    this.#give = give;
    this.#since = around.clock();
    this.#heardAt = this.#since;
    this.#isReady = accepted;
    const ears: Ears = {
      ready: () => this.#ready(),
      received: (received) => this.#receive(received),
      failed: (error) => this.#failed(error),
      closed: () => {
        this.#isClosing = true;
        closed(this);
        this.#giveUpWaiting();
        if (this.#isReady) give({ kind: 'flowClosed', connection: flow.connection });
      },
    };
    this.#channel = open(ears);
  }

  /** Whether something sent now has a chance to arrive. */
  get isUsable(): boolean {
    return !this.#isClosing && (this.#channel.isWritable || !this.#isReady);
  }

  /** Whether it is open, and nothing is half received or half sent. */
  get isIdle(): boolean {
    return !this.#isClosing && this.#partialSince === undefined && this.#queuedBytes === 0;
  }

  get #queuedBytes(): number {
    return this.#waitingBytes + this.#channel.queuedBytes;
  }

  get #transport(): string {
    return this.flow.transport.toLowerCase();
  }

  #ready(): void {
    if (this.#isClosing) return;
    this.#isReady = true;
    this.#heardAt = this.#around.clock();
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { text, failed } of waiting) this.#write(text, failed);
  }

  #giveUpWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { failed } of waiting) this.#unsent('refused', failed, this.#fault);
  }

  #receive({ messages, pings, fault, isPartial }: Received): void {
    if (this.#isClosing) return;
    const now = this.#around.clock();
    this.#heardAt = now;
    this.#pings = 0;
    // RFC 5626 §4.4.1: each ping (CRLFCRLF) is answered by one pong (CRLF).
    if (pings > 0) this.send(CRLF.repeat(pings), undefined);
    for (const text of messages) this.#give({ kind: 'message', flow: this.flow, text });
    if (fault !== undefined) return this.#faulty(fault);
    if (!isPartial) this.#partialSince = undefined;
    else if (messages.length > 0) this.#partialSince = now;
    else this.#partialSince ??= now;
  }

  #failed(error: NodeJS.ErrnoException): void {
    const code = error.code ?? 'error';
    this.#around.tally.event(`${this.#transport}_${code.toLowerCase()}`);
    // A connection that is reset is everyday; one of ours that does not come about keeps the PBX away. By TLS 1.3 a server
    // says only after the handshake that it does not take our certificate.
    const isRefused = !this.accepted && (!this.#isReady || code.startsWith('ERR_SSL_'));
    if (!isRefused || this.#isClosing) return;
    this.#fault = dialFault(error);
    const { transport, address, port } = this.flow;
    this.#around.note({
      level: 'warn',
      event: 'connection refused',
      reason: `${transport} to ${hostPort(address, port)}: ${this.#fault}`,
    });
  }

  #faulty(fault: string): void {
    const { transport, address, port } = this.flow;
    this.#around.note({
      level: 'warn',
      event: 'unreadable stream',
      reason: fault,
      source: `${transport} ${address}:${port}`,
    });
    this.close('framing');
  }

  /** Writes a text; `failed` is told where it can't leave. What still waits when the connection ends has failed too. */
  send(text: string, failed: Failed): void {
    if (!this.isUsable) return this.#unsent('gone', failed);
    if (this.#queuedBytes + text.length > this.#limits.maxQueuedBytes) {
      this.#unsent('busy', failed);
      return this.close('peer_not_reading');
    }
    if (this.#isReady) return this.#write(text, failed);
    this.#waiting.push({ text, failed });
    this.#waitingBytes += text.length;
  }

  #write(text: string, failed: Failed): void {
    if (failed === undefined) return this.#channel.write(text, undefined);
    this.#channel.write(text, (error) => {
      if (error) this.#unsent('gone', failed);
    });
  }

  #unsent(reason: SendFailure, failed: Failed, why?: string): void {
    this.#around.tally.drop(`unsent_${reason}`);
    failed?.(reason, why);
  }

  /** Closes it if one of its times is over. */
  check(now: Millis): void {
    const { idleMs, partialMs, connectMs, pingMs } = this.#limits;
    if (!this.#isReady) {
      if (now - this.#since >= connectMs) this.close('connect_timeout');
    } else if (this.#partialSince !== undefined && now - this.#partialSince >= partialMs)
      this.close('slow_message');
    else if (now - this.#heardAt >= idleMs) this.close('idle');
    else if (now - this.#heardAt >= pingMs * (this.#pings + 1)) this.#ping();
  }

  /** RFC 7118 §6: keeps what lies between alive, and finds out who has gone without a word. */
  #ping(): void {
    if (this.#pings >= UNANSWERED_PINGS) this.close('no_pong');
    else if (this.#channel.isWritable && this.#channel.ping()) this.#pings++;
  }

  close(reason: CloseReason): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#around.tally.event(`${this.#transport}_closed_${reason}`);
    this.#channel.destroy();
  }
}
