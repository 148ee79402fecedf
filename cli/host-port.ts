/** A TCP address; an IPv6 host is without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const BRACKETED = /^\[([0-9a-fA-F:.]+)\]:(\d{1,5})$/;
const PLAIN = /^([A-Za-z0-9.-]+):(\d{1,5})$/;
const MAX_PORT = 65_535;

/** Reads `HOST:PORT`, with an IPv6 address in brackets as in a URI; undefined if it is not that. */
export function parseHostPort(text: string): HostPort | undefined {
  const [, host, digits] = BRACKETED.exec(text) ?? PLAIN.exec(text) ?? [];
  const port = Number(digits);
  return host !== undefined && port <= MAX_PORT ? { host, port } : undefined;
}

/** The text that `parseHostPort` reads. */
export const formatHostPort = ({ host, port }: HostPort): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
