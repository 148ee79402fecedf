import { isIPv6 } from 'node:net';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT`, an IPv6 address in brackets; undefined where it is none. Port 0 lets the system choose. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, ip6, name, digits] = match;
  const port = Number(digits);
  if (port > 65_535 || (ip6 !== undefined && !isIPv6(ip6))) return undefined;
  return { host: (ip6 ?? name) as string, port };
}
