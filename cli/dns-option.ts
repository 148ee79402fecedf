import { isIP } from 'node:net';
import { InvalidArgumentError, Option } from 'commander';
import { type HostPort, parseHostPort } from './host-port.ts';

/** RFC 1035 §4.2. */
const DNS_PORT = 53;
/** As many as resolv.conf(5) may name. */
const MOST = 3;

/** Reads `ADDRESS` or `ADDRESS:PORT`; undefined if it is not that. */
function parseServer(text: string): HostPort | undefined {
  if (isIP(text) !== 0) return { host: text, port: DNS_PORT };
  const server = parseHostPort(text);
  return server !== undefined && server.port > 0 && isIP(server.host) !== 0 ? server : undefined;
}

/** The option `--dns ADDRESS[:PORT]`, which may be given several times. */
export const dnsOption = (): Option =>
  new Option('--dns <address:port>', 'DNS server to ask (default: those of /etc/resolv.conf)').argParser(
    (text, former: readonly HostPort[] = []) => {
      const server = parseServer(text);
      if (server === undefined)
        throw new InvalidArgumentError('It is to be an IP address, or one with a port as in 127.0.0.1:5353.');
      if (former.length === MOST) throw new InvalidArgumentError(`No more than ${MOST} can be named.`);
      return [...former, server];
    },
  );
