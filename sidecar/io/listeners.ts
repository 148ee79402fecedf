import type { ListenerConfig, SidecarConfig } from '../config.ts';
import type { Input, Note, SendFailure } from '../effect.ts';
import { portKey } from '../guard/guard.ts';
import type { Flow, Transport } from '../wire/flow.ts';
import { isWildcard } from './advertised.ts';
import type { ConnectionLimits } from './connection.ts';
import { Connections } from './connections.ts';
import { createDial, type DialOptions } from './dial.ts';
import { loadLibc } from './libc.ts';
import { isListenFault, type ListenFault } from './listen-fault.ts';
import { type Failed, isInTheWay, matched, type Opened } from './listener-match.ts';
import { type AllowedSources, isLetIn } from './sources.ts';
import { Strangers } from './strangers.ts';
import { StreamListener, type TlsOf } from './stream-listener.ts';
import type { Give, Surroundings } from './surroundings.ts';
import { UdpListener } from './udp.ts';

/** A listener as it stands: what is configured, and the port that it really has. */
export interface BoundListener {
  readonly name: string;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
}

type OpenedListener = Opened<UdpListener | StreamListener>;

interface Attempt {
  readonly opened: readonly OpenedListener[];
  readonly failed: readonly Failed[];
}

/** RFC 3261 §17.1.2.1 gives a transaction 32 s in all; a message or a connection that takes a third of it is of no use. */
const PARTIAL_MS = 10_000;
const CONNECT_MS = 4_000;
/** What lies between a browser and us cuts what is silent, often after 30 s or a minute. */
const PING_MS = 25_000;
const MAX_QUEUED_BYTES = 1 << 20;

/** The bounds of connections by a resource's security section. */
export function connectionLimits(security: SidecarConfig['security']): ConnectionLimits {
  return {
    maxMessageBytes: security.maxMessageBytes,
    maxConnections: security.maxConnections,
    maxConnectionsPerSource: security.maxConnectionsPerSource,
    idleMs: security.connectionIdleMs,
    partialMs: PARTIAL_MS,
    connectMs: CONNECT_MS,
    pingMs: PING_MS,
    maxQueuedBytes: MAX_QUEUED_BYTES,
  };
}

/** Node's own sockets do the same at twice the price. */
const withoutBatches = (listener: string, why: string): Note => ({
  level: 'info',
  event: 'udp one by one',
  reason: `listener ${listener}: datagrams are not read and sent by the batch (${why.split('\n', 1)[0]})`,
});

/** What connections are secured by, and where the PBX is. */
export interface Outwards extends Omit<DialOptions, 'limits'> {
  readonly tlsOf: TlsOf;
}

/** All sockets that speak SIP: opened as the resource says, kept through its changes. */
export class Listeners {
  readonly #around: Surroundings;
  readonly #sources: AllowedSources;
  readonly #give: Give;
  readonly #connections: Connections;
  readonly #tlsOf: TlsOf;
  readonly #strangers: Strangers;
  #opened: readonly OpenedListener[] = [];
  #udp: ReadonlyMap<string, UdpListener> = new Map();

  constructor(
    around: Surroundings,
    sources: AllowedSources,
    limits: ConnectionLimits,
    give: Give,
    { tlsOf, ...outwards }: Outwards,
  ) {
    this.#around = around;
    this.#sources = sources;
    this.#give = give;
    this.#strangers = new Strangers(() => sources.isBusy);
    this.#tlsOf = tlsOf;
    const dial = createDial({ ...outwards, limits });
    this.#connections = new Connections(around, sources, limits, this.#fromStream, dial);
  }

  /** What a stream has told, unless it told more than it may: then it is closed, for a stream can't leave anything out. */
  readonly #fromStream = (input: Input): void => {
    if (input.kind === 'message') {
      const { flow, text } = input;
      const verdict = this.#sources.judge(flow.address, portKey(flow), text.length, this.#around.clock());
      if (!isLetIn(verdict)) {
        this.#around.tally.drop(verdict);
        return this.#connections.closeOne(flow.connection, 'rate_limited');
      }
    }
    this.#give(input);
  };

  get connectionCount(): number {
    return this.#connections.count;
  }

  /** The same by transport. */
  get connectionCounts(): ReadonlyMap<Transport, number> {
    return this.#connections.counts;
  }

  get bound(): readonly BoundListener[] {
    return this.#opened.map(({ config: { name, transport, address }, port }) => ({
      name,
      transport,
      address,
      port,
    }));
  }

  /** Changed bounds hold for what is open too (the message size of a connection for those to come). */
  limit(limits: ConnectionLimits): void {
    Object.assign(this.#connections.limits, limits);
  }

  /**
   * Makes what is open what the list says. One whose transport, address and port are unchanged keeps its socket (and,
   * under the same name, its connections); new ones are opened before any is closed, but for what is in their way. If one
   * can't be opened all is as before, and the faults say why. Not to be called again before it has ended.
   */
  async update(configs: readonly ListenerConfig[]): Promise<readonly ListenFault[]> {
    const { kept, left } = matched(this.#opened, configs);
    let { opened, failed } = await this.#openAll(configs.filter((config) => !kept.has(config)));
    const inTheWay = left.filter((old) => failed.some((one) => isInTheWay(old, one)));
    if (inTheWay.length > 0) {
      await closeAll(inTheWay);
      const again = await this.#openAll(failed.map(({ config }) => config));
      opened = [...opened, ...again.opened];
      failed = again.failed;
    }
    if (failed.length > 0) {
      await closeAll(opened);
      const lost = await this.#reopen(inTheWay);
      return [...failed, ...lost].map(({ fault }) => fault);
    }
    this.#adopt([...kept.values(), ...opened], configs);
    await closeAll(left.filter((old) => !inTheWay.includes(old)));
    return [];
  }

  /** Opens what was closed again, on the ports that it had; what could not be is lost. */
  async #reopen(closed: readonly OpenedListener[]): Promise<readonly Failed[]> {
    if (closed.length === 0) return [];
    const tls = new Map(
      closed.map(({ config, listener }) => [
        config.name,
        listener instanceof StreamListener ? listener.tls : undefined,
      ]),
    );
    // By what it had before, for `tlsOf` tells by now of what was to come.
    const { opened, failed } = await this.#openAll(
      closed.map(({ config, port }) => ({ ...config, port })),
      (name) => tls.get(name),
    );
    const again = new Map(opened.map((one) => [one.config.name, one]));
    this.#hold(
      this.#opened.flatMap((old) => (closed.includes(old) ? (again.get(old.config.name) ?? []) : old)),
    );
    return failed;
  }

  async #openAll(configs: readonly ListenerConfig[], tlsOf = this.#tlsOf): Promise<Attempt> {
    const opened: OpenedListener[] = [];
    const failed: Failed[] = [];
    const open = async (config: ListenerConfig): Promise<void> => {
      const listener = await this.#open(config, tlsOf);
      if (isListenFault(listener)) failed.push({ config, fault: listener });
      else opened.push({ config, listener, port: listener.port });
    };
    await Promise.all(configs.map(open));
    return { opened, failed };
  }

  async #open(config: ListenerConfig, tlsOf: TlsOf): Promise<UdpListener | StreamListener | ListenFault> {
    if (config.transport !== 'UDP')
      return StreamListener.open(config, this.#around, this.#connections, tlsOf(config.name));
    const libc = await loadLibc();
    if (typeof libc === 'string') this.#around.note(withoutBatches(config.name, libc));
    const options = {
      sources: this.#sources,
      give: this.#give,
      strangers: this.#strangers,
      limits: this.#connections.limits,
      maxQueuedBytes: 8 * MAX_QUEUED_BYTES,
      libc: typeof libc === 'string' ? undefined : libc,
    };
    return UdpListener.open(config, this.#around, options);
  }

  #adopt(opened: readonly OpenedListener[], configs: readonly ListenerConfig[]): void {
    const sameName = new Set(
      opened.filter(({ config, listener }) => listener.name === config.name).map(({ listener }) => listener),
    );
    for (const { listener } of this.#opened) {
      if (listener instanceof StreamListener && !sameName.has(listener))
        this.#connections.close('listener_removed', listener.name);
    }
    for (const { config, listener } of opened) {
      if (listener instanceof StreamListener) listener.adopt(config);
      else listener.name = config.name;
    }
    this.#hold([...opened].sort((a, b) => configs.indexOf(a.config) - configs.indexOf(b.config)));
    this.secure();
  }

  #hold(opened: readonly OpenedListener[]): void {
    this.#opened = opened;
    this.#udp = new Map(
      opened.flatMap(({ listener }) =>
        listener instanceof UdpListener ? [[listener.name, listener] as const] : [],
      ),
    );
  }

  /** Connections to come are secured by what `tlsOf` tells now. */
  secure(): void {
    for (const { config, listener } of this.#opened)
      if (listener instanceof StreamListener) listener.secure(this.#tlsOf(config.name));
  }

  /** How long what comes as datagrams has to wait before it is read, in ms: the longest of all listeners. */
  queueDelay(): number {
    const now = performance.now();
    let longest = 0;
    for (const listener of this.#udp.values()) longest = Math.max(longest, listener.queueDelay(now));
    return longest;
  }

  /** Sends a text over a flow; a `ref` that isn't '' comes back in `sendFailed` if it can't leave. */
  send(flow: Flow, text: string, ref: string): void {
    const failed =
      ref === ''
        ? undefined
        : (reason: SendFailure, why?: string) => this.#give({ kind: 'sendFailed', ref, flow, reason, why });
    if (flow.transport !== 'UDP')
      return this.#connections.send(flow, text, failed, this.#localAddress(flow.listener));
    const listener = this.#udp.get(flow.listener);
    if (listener !== undefined) return listener.send(text, flow.address, flow.port, failed);
    this.#around.tally.drop('unsent_gone');
    failed?.('gone');
  }

  /** A connection of ours starts from where its listener listens, for the PBX may know us by that address alone. */
  #localAddress(listener: string): string | undefined {
    const address = this.#opened.find(({ config }) => config.name === listener)?.config.address;
    return address === undefined || isWildcard(address) ? undefined : address;
  }

  /** Takes no new connections; what is open is served on, and so is UDP. */
  async stopAccepting(): Promise<void> {
    await closeAll(this.#opened.filter(({ listener }) => listener instanceof StreamListener));
  }

  /** Closes one connection that is idle and not in `busy`; false where there is none. */
  closeIdle(busy: ReadonlySet<string>): boolean {
    return this.#connections.closeIdle(busy);
  }

  /** Ends everything: sockets closed, connections too. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = [];
    this.#udp = new Map();
    this.#connections.close('shutdown');
    this.#strangers.close();
    await closeAll(opened);
  }
}

const closeAll = (opened: readonly OpenedListener[]): Promise<unknown> =>
  Promise.all(opened.map(({ listener }) => listener.close()));
