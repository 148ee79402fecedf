import {
  asTransport,
  defaultPort,
  type Flow,
  hostPort,
  ownUri,
  TRANSPORTS,
  type Transport,
} from '../wire/flow.ts';
import { param, type SipUri } from '../wire/uri.ts';

/** A host (IPv6 without brackets) and a port as we tell them to others. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The two sides of the proxy: its phones, and the PBX. */
export type Side = 'phones' | 'upstream';

/** One listener as it is known to others: what it binds, and what each side is told. */
export interface OwnListener {
  readonly name: string;
  readonly transport: Transport;
  readonly bound: Address;
  readonly phones: Address;
  readonly upstream: Address;
}

const family = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);

function fitting(listeners: readonly OwnListener[], transport: Transport, kind: 4 | 6): OwnListener {
  const same = listeners.filter((listener) => listener.transport === transport);
  const fits = same.find((listener) => family(listener.bound.host) === kind);
  return (fits ?? same[0] ?? listeners[0]) as OwnListener;
}

/** All addresses by which this proxy is known: who we are in a Via, a Route or a Request-URI. */
export class OwnAddresses {
  readonly listeners: readonly OwnListener[];
  readonly #byName: ReadonlyMap<string, OwnListener>;
  readonly #known = new Set<string>();
  /** The listener from which a peer is reached, by transport and address family. */
  readonly #fitting: ReadonlyMap<string, OwnListener>;

  constructor(listeners: readonly OwnListener[]) {
    if (listeners.length === 0) throw new Error('a proxy without a listener has no address');
    this.listeners = listeners;
    this.#byName = new Map(listeners.map((listener) => [listener.name, listener]));
    const reachable = TRANSPORTS.flatMap((transport) =>
      ([4, 6] as const).map((kind) => [`${transport}${kind}`, fitting(listeners, transport, kind)] as const),
    );
    this.#fitting = new Map(reachable);
    for (const { bound, phones, upstream } of listeners) {
      for (const { host, port } of [bound, phones, upstream])
        this.#known.add(hostPort(host.toLowerCase(), port));
    }
  }

  /** Whether a URI's host and port are ours (§16.4, §16.5). */
  isOurs(uri: SipUri): boolean {
    if (uri.port !== undefined) return this.#known.has(hostPort(uri.host, uri.port));
    const transport = uriTransport(uri) ?? 'UDP';
    if (this.#known.has(hostPort(uri.host, defaultPort(transport)))) return true;
    // Browsers' SIP libraries write sip: and transport=ws also for wss://HOST/, whose port is 443.
    return transport === 'WS' && this.#known.has(hostPort(uri.host, defaultPort('WSS')));
  }

  /** Whether there is a listener of that transport. */
  speaks(transport: Transport): boolean {
    return this.listeners.some((listener) => listener.transport === transport);
  }

  /** Whether a request sent there would come straight back. */
  isOurAddress(address: string, port: number): boolean {
    return this.#known.has(hostPort(address, port));
  }

  /** What the peers of one side are told of the listener a flow uses; of the first one that fits where it has none. */
  advertised(flow: Flow, side: Side): Address {
    return (this.#byName.get(flow.listener) ?? this.listenerFor(flow.transport, flow.address))[side];
  }

  /** The listener from which a peer is reached: same transport and address family, else same transport, else the first. */
  listenerFor(transport: Transport, address: string): OwnListener {
    return this.#fitting.get(`${transport}${family(address)}`) as OwnListener;
  }

  /** A flow that starts anew: from the fitting listener to an address. */
  flowTo(transport: Transport, address: string, port: number): Flow {
    return { transport, listener: this.listenerFor(transport, address).name, address, port, connection: 0 };
  }

  /** Our loose-routing URI for Record-Route (§16.6 step 4), carrying the phone's flow. */
  routeUri(flow: Flow, side: Side, token: string, scheme: 'sip' | 'sips'): string {
    const { host, port } = this.advertised(flow, side);
    return `<${ownUri(scheme, token, hostPort(host, port), flow.transport)};lr>`;
  }
}

/** The transport a URI asks for (§19.1.2, RFC 7118 §5.2); undefined for one that nothing here speaks, or that no sips: can mean. */
export function uriTransport(uri: SipUri): Transport | undefined {
  const asked = param(uri.params, 'transport');
  const transport = asTransport(asked ?? 'UDP');
  if (uri.scheme === 'sip' || transport === undefined) return transport;
  if (transport === 'WS' || transport === 'WSS') return 'WSS';
  return transport === 'UDP' && asked !== undefined ? undefined : 'TLS';
}

/** The port a URI means (§19.1.2); that of UDP where its transport is not known. */
export const uriPort = (uri: SipUri): number => uri.port ?? defaultPort(uriTransport(uri) ?? 'UDP');
