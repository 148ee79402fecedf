import { hostPort, type Transport } from './flow.ts';

/** Where a request is to go, as a URI or the resource names it (RFC 3263 §4: TARGET, port, transport and scheme). */
export interface Destination {
  /** A name in lower case, or an IP literal without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly transport: Transport | undefined;
  /** Whether only TLS will do (a SIPS URI, §26.2.2). */
  readonly isSecure: boolean;
}

/** One server that a destination leads to: a host's addresses at one port, by one transport. */
export interface Site {
  /** What the addresses were looked up by; an IP literal where there was nothing to look up. */
  readonly host: string;
  readonly transport: Transport;
  readonly port: number;
  /** In the order in which they are to be tried; at least one. */
  readonly addresses: readonly string[];
  /** The lower, the earlier it is to be tried: by NAPTR's preference, then by SRV's priority. */
  readonly tier: number;
  /** Its share of the requests among the sites of its tier (RFC 2782). */
  readonly weight: number;
}

/** Where a destination leads, and until when (ms) that holds; no sites where it leads nowhere. */
export interface Located {
  readonly sites: readonly Site[];
  readonly expiresAt: number;
  /** Some of it could not be asked, so that more may be had later. */
  readonly isPartial: boolean;
}

/** What one address of a site is called: `UDP 192.0.2.1:5060`. */
export const hopName = (transport: Transport, address: string, port: number): string =>
  `${transport} ${hostPort(address, port)}`;

/** The names of all addresses of sites, each once. */
export const hopNames = (sites: readonly Site[]): readonly string[] => [
  ...new Set(
    sites.flatMap(({ transport, port, addresses }) =>
      addresses.map((address) => hopName(transport, address, port)),
    ),
  ),
];
