/** The transports that listeners and upstream endpoints can speak. */
export type Transport = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';

/** All of them; the place of each is its number in a token, so new ones come at the end. */
export const TRANSPORTS: readonly Transport[] = ['UDP', 'TCP', 'TLS', 'WS', 'WSS'];

/** The transport of that name in any case; undefined for one that nothing here speaks. */
export function asTransport(name: string): Transport | undefined {
  const upper = name.toUpperCase();
  return TRANSPORTS.find((transport) => transport === upper);
}

/**
 * One way to reach a peer: a local listener's socket and a remote address.
 *
 * `address` is an IP literal without brackets. `connection` is 0 for UDP; for a stream it is the serial of
 * the very connection (unique in this process), 0 for "any connection to address:port, open one if there is
 * none", or -1 for a connection of an earlier process, which nothing can be sent over.
 */
export interface Flow {
  readonly transport: Transport;
  readonly listener: string;
  readonly address: string;
  readonly port: number;
  readonly connection: number;
}

/** The serial of a stream that a former process held: it names a phone, but nothing reaches it. */
export const DEAD_CONNECTION = -1;

/** Whether both name the same peer by the same socket (RFC 5626 §3.1: for UDP the address pair, for streams the connection). */
export function sameFlow(a: Flow, b: Flow): boolean {
  if (a.transport !== b.transport) return false;
  if (a.transport === 'UDP') return a.port === b.port && a.address === b.address && a.listener === b.listener;
  return a.connection > 0 && a.connection === b.connection;
}

/** Host and port as SIP text writes them: an IPv6 address in brackets, the port left out where undefined. */
export function hostPort(host: string, port?: number): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? name : `${name}:${port}`;
}

/** §19.1.1: UDP is what a SIP URI means without a word. */
export const transportParam = (transport: Transport): string =>
  transport === 'UDP' ? '' : `;transport=${transport.toLowerCase()}`;

/** A peer as one of our listeners sees it. */
export const peerName = ({ listener, address, port }: Flow): string =>
  `${listener} ${hostPort(address, port)}`;

/** The very stream, or its peer where any connection to there will do. */
export const streamName = (flow: Flow): string =>
  flow.connection > 0 ? String(flow.connection) : peerName(flow);
