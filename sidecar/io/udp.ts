import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { ListenerConfig } from '../config.ts';
import type { SendFailure } from '../effect.ts';
import type { Flow } from '../wire/flow.ts';
import { isTokenCode } from '../wire/grammar.ts';
import { answerStun, looksLikeStun } from '../wire/stun.ts';
import { isWildcard, loopbackOf } from './advertised.ts';
import { Datagrams } from './datagrams.ts';
import { type ListenFault, listenFault } from './listen-fault.ts';
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
}

/** What one datagram can carry: 65,535 less the UDP header, and less the IPv4 header where that counts in. */
const MAX_PAYLOAD_IP4 = 65_507;
const MAX_PAYLOAD_IP6 = 65_527;

/** Asked for from the kernel, the first that it grants; a burst of a second's REGISTERs has to fit. */
const SOCKET_BUFFERS = [8 << 20, 2 << 20, 512 << 10] as const;

/** Missing in the type declarations of Node; half the price of toString('latin1'). */
type Latin1Buffer = Buffer & { latin1Slice(start: number, end: number): string };

type Lookup = (
  host: string,
  options: unknown,
  callback: (error: null, address: string, family: number) => void,
) => void;

/** Destinations are IP literals: answered at once, where dns.lookup would cost a turn of the loop each. */
const literal: Lookup = (host, _options, callback) => callback(null, host, host.includes(':') ? 6 : 4);

/** One bound UDP socket: datagrams come in as `message` inputs, texts go out; nothing of it throws. */
export class UdpListener {
  name: string;
  readonly #socket: Socket;
  readonly #datagrams: Datagrams;
  readonly #around: Surroundings;
  readonly #options: UdpOptions;
  readonly #maxPayload: number;
  readonly #port: number;
  readonly #probe: QueueProbe;
  #isOpen = true;

  private constructor(config: ListenerConfig, socket: Socket, around: Surroundings, options: UdpOptions) {
    this.name = config.name;
    this.#socket = socket;
    this.#datagrams = new Datagrams(socket, options.maxQueuedBytes);
    this.#around = around;
    this.#options = options;
    this.#maxPayload = isIPv6(config.address) ? MAX_PAYLOAD_IP6 : MAX_PAYLOAD_IP4;
    this.#port = socket.address().port;
    const own = isWildcard(config.address) ? loopbackOf(config.address) : config.address;
    this.#probe = new QueueProbe((bytes) => socket.send(bytes, this.#port, own));
    socket.on('message', (bytes, peer) => this.#receive(bytes, peer));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
  }

  /** Binds the socket; a fault is a value. Port 0 lets the system choose one, seen in `port`. */
  static open(
    config: ListenerConfig,
    around: Surroundings,
    options: UdpOptions,
  ): Promise<UdpListener | ListenFault> {
    const { address, port } = config;
    const type = isIPv6(address) ? 'udp6' : 'udp4';
    const socket = createSocket({ type, ipv6Only: type === 'udp6', lookup: literal as never });
    return new Promise((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => {
        socket.close();
        resolve(listenFault(config, error));
      });
      socket.bind({ address, port, exclusive: true }, () => {
        socket.removeAllListeners('error');
        enlargeBuffers(socket);
        resolve(new UdpListener(config, socket, around, options));
      });
    });
  }

  get port(): number {
    return this.#isOpen ? this.#port : 0;
  }

  /** How long what has come has to wait before it is read, in ms; to be asked some times a second. */
  queueDelay(now: number): number {
    return this.#isOpen ? this.#probe.look(now) : 0;
  }

  #receive(bytes: Buffer, peer: RemoteInfo): void {
    if (peer.port === this.#port && this.#probe.hears(bytes, performance.now())) return;
    const { sources, limits, strangers } = this.#options;
    strangers.heard();
    const { tally, clock } = this.#around;
    const address = plainAddress(peer.address);
    const verdict = sources.judge(address, peer.port, bytes.length, clock());
    if (!isLetIn(verdict)) return tally.drop(verdict);
    if (isKeepAlive(bytes)) return tally.event('udp_keepalive');
    if (bytes.length > limits.maxMessageBytes) return tally.drop('message_too_large');
    // No answer could ever reach port 0.
    if (peer.port === 0) return tally.drop('source_port_zero');
    if (verdict === 'known') return this.#take(bytes, address, peer.port);
    if (!mayBeMessage(bytes)) {
      sources.garbage(address, peer.port, clock());
      return tally.drop('malformed');
    }
    if (!strangers.put(() => this.#take(bytes, address, peer.port))) tally.drop('strangers_waiting');
  }

  /** Reads a datagram that was let in. */
  #take(bytes: Buffer, address: string, port: number): void {
    if (!this.#isOpen) return;
    if (looksLikeStun(bytes)) return this.#receiveStun(bytes, address, port);
    this.#options.give({
      kind: 'message',
      flow: { transport: 'UDP', listener: this.name, address, port, connection: 0 },
      text: (bytes as Latin1Buffer).latin1Slice(0, bytes.length),
    });
  }

  /** RFC 5626 §8: phones keep their NAT open, and learn that it has changed, by asking where they are seen to be. */
  #receiveStun(bytes: Buffer, address: string, port: number): void {
    const answer = answerStun(bytes, address, port);
    if (answer === undefined) return this.#around.tally.drop('stun_not_answered');
    const { sources } = this.#options;
    const flow: Flow = { transport: 'UDP', listener: this.name, address, port, connection: 0 };
    if (!sources.answers(flow, answer.length, this.#around.clock()))
      return this.#around.tally.drop('amplification');
    this.#around.tally.event('stun_keepalive');
    this.send(answer.toString('latin1'), address, port, undefined);
  }

  /** Sends one datagram; `failed` is told, at once or later, where it can't leave. */
  send(
    text: string,
    address: string,
    port: number,
    failed: ((reason: SendFailure) => void) | undefined,
  ): void {
    if (!this.#isOpen) return this.#unsent('gone', failed);
    if (text.length > this.#maxPayload) return this.#unsent('tooLarge', failed);
    if (port < 1 || port > 65_535) return this.#unsent('refused', failed);
    const unsent = failed && ((reason: SendFailure): void => this.#unsent(reason, failed));
    if (!this.#datagrams.put(text, address, port, unsent)) this.#unsent('busy', failed);
  }

  #unsent(reason: SendFailure, failed: ((reason: SendFailure) => void) | undefined): void {
    this.#around.tally.drop(`unsent_${reason}`);
    failed?.(reason);
  }

  #failed(error: NodeJS.ErrnoException): void {
    this.#around.tally.event('udp_socket_error');
    this.#around.note({
      level: 'warn',
      event: 'udp socket error',
      reason: `listener ${this.name}: ${error.code ?? error.message}`,
    });
  }

  close(): Promise<void> {
    if (!this.#isOpen) return Promise.resolve();
    this.#datagrams.flush();
    this.#isOpen = false;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

/** Some phones hold their NAT open with a few bytes that are no SIP: CRLFs, zeros, a lone byte. */
function isKeepAlive(bytes: Buffer): boolean {
  if (bytes.length <= 4) return true;
  for (const byte of bytes) if (byte !== 13 && byte !== 10 && byte !== 0) return false;
  return true;
}

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

/** Whether a datagram begins as SIP does, with a character of a method or the line ends before one (§7.1, §7.5), or as STUN. */
function mayBeMessage(bytes: Buffer): boolean {
  const first = bytes[0] as number;
  return isTokenCode(first) || first === 13 || first === 10 || looksLikeStun(bytes);
}
