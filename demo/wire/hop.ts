import { isIPv4 } from 'node:net';
import { parseUri, type Uri, type Via } from 'sip';

/** An IPv4 address and UDP port: all that the demo can reach. */
export interface Hop {
  address: string;
  port: number;
}

const DEFAULT_PORT = 5060;

/** Where a request for this URI goes, `undefined` for a host name, IPv6 or another transport than UDP. */
export function hopOfUri(uri: Uri | string | undefined): Hop | undefined {
  const parsed = typeof uri === 'string' ? parseUri(uri) : uri;
  if (parsed === undefined || !isIPv4(parsed.host)) return undefined;
  if ((parsed.params.transport ?? 'udp').toLowerCase() !== 'udp') return undefined;
  return { address: parsed.host, port: parsed.port || DEFAULT_PORT };
}

/** §18.2.2 and RFC 3581 §4: where a response with this top Via goes. */
export function hopOfVia(via: Via): Hop | undefined {
  const address = via.params.received ?? via.host;
  if (!isIPv4(address)) return undefined;
  return { address, port: Number(via.params.rport ?? via.port ?? DEFAULT_PORT) };
}

/** §18.2.1 and RFC 3581 §4: notes on the Via of a received request where it really came from. */
export function stampVia(via: Via, source: Hop): void {
  if ('rport' in via.params) {
    via.params.rport = String(source.port);
    via.params.received = source.address;
  } else if (via.host !== source.address) {
    via.params.received = source.address;
  }
}

export function sameHop(one: Hop | undefined, other: Hop): boolean {
  return one !== undefined && one.address === other.address && one.port === other.port;
}
