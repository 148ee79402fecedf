import type { ListenerConfig, SidecarConfig } from '../config.ts';
import type { SendFailure } from '../effect.ts';
import type { Flow, Transport } from '../wire/flow.ts';
import { isWildcard } from './advertised.ts';
import { isListenFault, type ListenFault } from './listen-fault.ts';
import type { AllowedSources } from './sources.ts';
import type { Give, Surroundings } from './surroundings.ts';
import { TcpConnections } from './tcp.ts';
import type { TcpLimits } from './tcp-connection.ts';
import { TcpListener } from './tcp-listener.ts';
import { UdpListener } from './udp.ts';

/** A listener as it stands: what is configured, and the port that it really has. */
export interface BoundListener {
  readonly name: string;
  readonly transport: Transport;
  readonly address: string;
  readonly port: number;
}

interface Opened {
  readonly config: ListenerConfig;
  readonly listener: UdpListener | TcpListener;
}

/** RFC 3261 §17.1.2.1 gives a transaction 32 s in all; a message or a connection that takes a third of it is of no use. */
const PARTIAL_MS = 10_000;
const CONNECT_MS = 4_000;
const MAX_QUEUED_BYTES = 1 << 20;

/** The bounds of TCP connections by a resource's security section. */
export function tcpLimits(security: SidecarConfig['security']): TcpLimits {
  return {
    maxMessageBytes: security.maxMessageBytes,
    maxConnections: security.maxConnections,
    maxConnectionsPerSource: security.maxConnectionsPerSource,
    idleMs: security.connectionIdleMs,
    partialMs: PARTIAL_MS,
    connectMs: CONNECT_MS,
    maxQueuedBytes: MAX_QUEUED_BYTES,
  };
}

/** All sockets that speak SIP: opened as the resource says, kept through its changes. */
export class Listeners {
  readonly #around: Surroundings;
  readonly #sources: AllowedSources;
  readonly #give: Give;
  readonly #connections: TcpConnections;
  #opened: readonly Opened[] = [];
  #udp: ReadonlyMap<string, UdpListener> = new Map();

  constructor(around: Surroundings, sources: AllowedSources, limits: TcpLimits, give: Give) {
    this.#around = around;
    this.#sources = sources;
    this.#give = give;
    this.#connections = new TcpConnections(around, sources, limits, give);
  }

  get connectionCount(): number {
    return this.#connections.count;
  }

  get bound(): readonly BoundListener[] {
    return this.#opened.map(({ config: { transport, address }, listener: { name, port } }) => ({
      name,
      transport,
      address,
      port,
    }));
  }

  /** Changed bounds hold for what is open too (the message size of a connection for those to come). */
  limit(limits: TcpLimits): void {
    Object.assign(this.#connections.limits, limits);
  }

  /**
   * Makes what is open what the list says. One whose transport, address and port are unchanged keeps its socket (and,
   * under the same name, its connections); new ones are opened before any is closed. If one can't be opened nothing
   * changes, and the faults say why. Not to be called again before it has ended.
   */
  async update(configs: readonly ListenerConfig[]): Promise<readonly ListenFault[]> {
    const free = new Set(this.#opened);
    const kept = new Map<ListenerConfig, Opened>();
    for (const isMatch of [isSame, isSameAddress]) {
      for (const config of configs) {
        const match = kept.has(config) ? undefined : [...free].find((one) => isMatch(one, config));
        if (match === undefined) continue;
        kept.set(config, match);
        free.delete(match);
      }
    }
    const fresh = await Promise.all(
      configs
        .filter((config) => !kept.has(config))
        .map(async (config) => ({ config, result: await this.#open(config) })),
    );
    const faults = fresh.flatMap(({ result }) => (isListenFault(result) ? [result] : []));
    const opened = fresh.flatMap(({ config, result }) =>
      isListenFault(result) ? [] : [{ config, listener: result }],
    );
    if (faults.length > 0) {
      await Promise.all(opened.map(({ listener }) => listener.close()));
      return faults;
    }
    this.#adopt([...[...kept].map(([config, { listener }]) => ({ config, listener })), ...opened], configs);
    await Promise.all([...free].map(({ listener }) => listener.close()));
    return [];
  }

  #open(config: ListenerConfig): Promise<UdpListener | TcpListener | ListenFault> {
    if (config.transport === 'TCP') return TcpListener.open(config, this.#around, this.#connections);
    const options = {
      sources: this.#sources,
      give: this.#give,
      limits: this.#connections.limits,
      maxQueuedBytes: 8 * MAX_QUEUED_BYTES,
    };
    return UdpListener.open(config, this.#around, options);
  }

  #adopt(opened: readonly Opened[], configs: readonly ListenerConfig[]): void {
    const sameName = new Set(
      opened.filter(({ config, listener }) => listener.name === config.name).map(({ listener }) => listener),
    );
    for (const { listener } of this.#opened) {
      if (listener instanceof TcpListener && !sameName.has(listener))
        this.#connections.close('listener_removed', listener.name);
    }
    for (const { config, listener } of opened) listener.name = config.name;
    this.#opened = [...opened].sort((a, b) => configs.indexOf(a.config) - configs.indexOf(b.config));
    this.#udp = new Map(
      opened.flatMap(({ listener }) =>
        listener instanceof UdpListener ? [[listener.name, listener] as const] : [],
      ),
    );
  }

  /** Sends a text over a flow; a `ref` that isn't '' comes back in `sendFailed` if it can't leave. */
  send(flow: Flow, text: string, ref: string): void {
    const failed =
      ref === '' ? undefined : (reason: SendFailure) => this.#give({ kind: 'sendFailed', ref, flow, reason });
    if (flow.transport === 'TCP')
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

  /** Ends everything: sockets closed, connections too. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = [];
    this.#udp = new Map();
    this.#connections.close('shutdown');
    await Promise.all(opened.map(({ listener }) => listener.close()));
  }
}

function isSameAddress({ config: one }: Opened, other: ListenerConfig): boolean {
  return (
    one.transport === other.transport &&
    one.address === other.address &&
    one.port === other.port &&
    one.port !== 0
  );
}

function isSame(opened: Opened, other: ListenerConfig): boolean {
  const { name, transport, address, port } = opened.config;
  return (
    name === other.name && transport === other.transport && address === other.address && port === other.port
  );
}
