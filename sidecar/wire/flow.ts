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

/** Whether nobody on the way reads along or can be another than it says (§26.2). */
export const isSecure = (transport: Transport): boolean => transport === 'TLS' || transport === 'WSS';

/** Whether it tells by itself where a message ends, so that Content-Length may be left out (§18.3; RFC 7118 §5.1): a stream of bytes does not. */
export const keepsMessagesApart = (transport: Transport): boolean =>
  transport !== 'TCP' && transport !== 'TLS';

/** The port of a URI or Via that names none (§19.1.2; RFC 7118 §5.5). */
export function defaultPort(transport: Transport): number {
  switch (transport) {
    case 'UDP':
    case 'TCP':
      return 5060;
    case 'TLS':
      return 5061;
    case 'WS':
      return 80;
    case 'WSS':
      return 443;
  }
}

/**
 * What a SIP URI says of its transport: of UDP nothing (§19.1.1), of both WebSockets `ws` (RFC 7118 §5.2). `tls` is
 * deprecated (§26.2.2, RFC 5630 §5.3), yet without it phones that know no flows leave TLS within a dialog.
 */
export const transportParam = (transport: Transport): string =>
  transport === 'UDP' ? '' : `;transport=${transport === 'WSS' ? 'ws' : transport.toLowerCase()}`;

/**
 * A URI of ours, by which others reach a listener: `address` is host and port as `hostPort` writes them. With `sips` it
 * demands what it says (§26.2.2), so where the transport can't it is `sip` all the same.
 */
export function ownUri(scheme: 'sip' | 'sips', user: string, address: string, transport: Transport): string {
  if (scheme === 'sip' || !isSecure(transport)) return `sip:${user}@${address}${transportParam(transport)}`;
  return `sips:${user}@${address}${transport === 'WSS' ? ';transport=ws' : ''}`;
}

/** A peer as one of our listeners sees it. */
export const peerName = ({ listener, address, port }: Flow): string =>
  `${listener} ${hostPort(address, port)}`;

/** The very stream, or its peer where any connection to there will do. */
export const streamName = (flow: Flow): string =>
  flow.connection > 0 ? String(flow.connection) : peerName(flow);
