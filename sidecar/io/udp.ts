import { isIPv4, isIPv6 } from 'node:net';
import type { ListenerConfig } from '../config.ts';
import type { SendFailure } from '../effect.ts';
import type { Flow } from '../wire/flow.ts';
import { isTokenCode } from '../wire/grammar.ts';
import type { Latin1Buffer } from '../wire/latin1.ts';
import { answerStun, looksLikeStun } from '../wire/stun.ts';
import { isWildcard, loopbackOf } from './advertised.ts';
import { openBatchedSocket } from './batched-datagrams.ts';
import type { DatagramReader, DatagramSocket } from './datagram-socket.ts';
import type { Libc } from './libc.ts';
import { type ListenFault, listenFault } from './listen-fault.ts';
import { openNodeSocket } from './node-datagrams.ts';
import { QueueProbe } from './queue-probe.ts';
import { type AllowedSources, isLetIn, plainAddress } from './sources.ts';
import type { Strangers } from './strangers.ts';
import type { Give, Surroundings } from './surroundings.ts';

export interface UdpOptions {
  readonly sources: AllowedSources;
  readonly give: Give;
  /** Where those wait whom nobody knows. */
  readonly strangers: Strangers;
  /** Live: a changed resource changes it for open sockets too. */
  readonly limits: { readonly maxMessageBytes: number };
  /** Bytes that may wait for a socket whose buffer is full; beyond it a send is `busy`. */
  readonly maxQueuedBytes: number;
  /** For sockets that read and send by the batch, where this platform has them. */
  readonly libc: Libc | undefined;
}

/** What one datagram can carry: 65,535 less the UDP header, and less the IPv4 header where that counts in. */
const MAX_PAYLOAD_IP4 = 65_507;
const MAX_PAYLOAD_IP6 = 65_527;

/** One bound UDP socket: datagrams come in as `message` inputs, texts go out; nothing of it throws. */
export class UdpListener implements DatagramReader {
  name: string;
  #socket: DatagramSocket | undefined;
  readonly #around: Surroundings;
  readonly #options: UdpOptions;
  readonly #maxPayload: number;
  readonly #probe: QueueProbe;
  /** A port of ours is not to be asked for each datagram. */
  #port = 0;

  private constructor(config: ListenerConfig, around: Surroundings, options: UdpOptions) {
    this.name = config.name;
    this.#around = around;
    this.#options = options;
    this.#maxPayload = isIPv6(config.address) ? MAX_PAYLOAD_IP6 : MAX_PAYLOAD_IP4;
    const own = isWildcard(config.address) ? loopbackOf(config.address) : config.address;
    this.#probe = new QueueProbe((text) => this.#socket?.put(text, own, this.#port, undefined));
  }

  /** Binds the socket; a fault is a value. Port 0 lets the system choose one, seen in `port`. */
  static async open(
    config: ListenerConfig,
    around: Surroundings,
    options: UdpOptions,
  ): Promise<UdpListener | ListenFault> {
    const listener = new UdpListener(config, around, options);
    const { libc, maxQueuedBytes } = options;
    try {
      listener.#begin(
        libc !== undefined && isIPv4(config.address)
          ? openBatchedSocket(config, listener, maxQueuedBytes, libc)
          : await openNodeSocket(config, listener, maxQueuedBytes),
      );
      return listener;
    } catch (error) {
      return listenFault(config, error as NodeJS.ErrnoException);
    }
  }

  #begin(socket: DatagramSocket): void {
    this.#socket = socket;
    this.#port = socket.port;
  }

  get port(): number {
    return this.#socket === undefined ? 0 : this.#port;
  }

  /** How long what has come has to wait before it is read, in ms; to be asked some times a second. */
  queueDelay(now: number): number {
    return this.#socket === undefined ? 0 : this.#probe.look(now);
  }

  datagram(bytes: Latin1Buffer, start: number, end: number, peer: string, port: number): void {
    if (port === this.#port && this.#probe.hears(bytes.latin1Slice(start, end), performance.now())) return;
    const { sources, limits, strangers } = this.#options;
    strangers.heard();
    const { tally, clock } = this.#around;
    const address = plainAddress(peer);
    const verdict = sources.judge(address, port, end - start, clock());
    if (!isLetIn(verdict)) return tally.drop(verdict);
    if (isKeepAlive(bytes, start, end)) return tally.event('udp_keepalive');
    if (end - start > limits.maxMessageBytes) return tally.drop('message_too_large');
    // No answer could ever reach port 0.
    if (port === 0) return tally.drop('source_port_zero');
    if (verdict === 'unknown' && !mayBeMessage(bytes[start] as number)) {
      sources.garbage(address, port, clock());
      return tally.drop('malformed');
    }
    const text = bytes.latin1Slice(start, end);
    if (verdict === 'known') this.#take(text, address, port);
    else if (!strangers.put(() => this.#take(text, address, port))) tally.drop('strangers_waiting');
  }

  drained(): void {
    this.#options.strangers.drained();
  }

  /** Reads a datagram that was let in. */
  #take(text: string, address: string, port: number): void {
    if (this.#socket === undefined) return;
    const flow: Flow = { transport: 'UDP', listener: this.name, address, port, connection: 0 };
    if (looksLikeStun(text.charCodeAt(0))) this.#receiveStun(text, flow);
    else this.#options.give({ kind: 'message', flow, text });
  }

  /** RFC 5626 §8: phones keep their NAT open, and learn that it has changed, by asking where they are seen to be. */
  #receiveStun(text: string, flow: Flow): void {
    const answer = answerStun(Buffer.from(text, 'latin1'), flow.address, flow.port);
    if (answer === undefined) return this.#around.tally.drop('stun_not_answered');
    const { sources } = this.#options;
    if (!sources.answers(flow, answer.length, this.#around.clock()))
      return this.#around.tally.drop('amplification');
    this.#around.tally.event('stun_keepalive');
    this.send(answer.toString('latin1'), flow.address, flow.port, undefined);
  }

  /** Sends one datagram; `failed` is told, at once or later, where it can't leave. */
  send(
    text: string,
    address: string,
    port: number,
    failed: ((reason: SendFailure) => void) | undefined,
  ): void {
    if (this.#socket === undefined) return this.#unsent('gone', failed);
    if (text.length > this.#maxPayload) return this.#unsent('tooLarge', failed);
    if (port < 1 || port > 65_535) return this.#unsent('refused', failed);
    const unsent = failed && ((reason: SendFailure): void => this.#unsent(reason, failed));
    if (!this.#socket.put(text, address, port, unsent)) this.#unsent('busy', failed);
  }

  #unsent(reason: SendFailure, failed: ((reason: SendFailure) => void) | undefined): void {
    this.#around.tally.drop(`unsent_${reason}`);
    failed?.(reason);
  }

  failed(code: string): void {
    this.#around.tally.event('udp_socket_error');
    this.#around.note({ level: 'warn', event: 'udp socket error', reason: `listener ${this.name}: ${code}` });
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.flush();
    await socket?.close();
  }
}

/** Some phones hold their NAT open with a few bytes that are no SIP: CRLFs, zeros, a lone byte. */
function isKeepAlive(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= 4) return true;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte !== 13 && byte !== 10 && byte !== 0) return false;
  }
  return true;
}

/** Whether what begins so may be SIP, with a character of a method or the line ends before one (§7.1, §7.5), or STUN. */
const mayBeMessage = (first: number): boolean =>
  isTokenCode(first) || first === 13 || first === 10 || looksLikeStun(first);
