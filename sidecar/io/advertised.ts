import { networkInterfaces } from 'node:os';
import type { HostPort, ListenerConfig } from '../config.ts';

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Whether a listener listens on all addresses of its family. */
export const isWildcard = (address: string): boolean => WILDCARDS.has(address);

/** Where this machine itself reaches a listener on all addresses of that family. */
export const loopbackOf = (wildcard: string): string => (wildcard === '::' ? '::1' : '127.0.0.1');

/**
 * The address by which peers reach a listener where the resource names none: the one it listens on or, for a wildcard,
 * the first of this machine's own of that family that others can reach, else loopback.
 */
export function advertisedAddress(listener: Pick<ListenerConfig, 'address'>): string {
  if (!isWildcard(listener.address)) return listener.address;
  const isIp6 = listener.address === '::';
  const family = isIp6 ? 'IPv6' : 'IPv4';
  for (const addresses of Object.values(networkInterfaces())) {
    const found = addresses?.find(
      (one) => one.family === family && !one.internal && !one.address.startsWith('fe80:'),
    );
    if (found !== undefined) return found.address;
  }
  return loopbackOf(listener.address);
}

/** A listener as it is known: what it is bound to, and what either side is told. */
interface Known {
  readonly name: string;
  readonly transport: ListenerConfig['transport'];
  readonly bound: HostPort;
  readonly phones: HostPort;
  readonly upstream: HostPort;
}

/** By what each listener is known to others. */
export const knownAs = (listeners: readonly ListenerConfig[]): readonly Known[] =>
  listeners.map((listener) => {
    const { name, transport, address, port, advertised } = listener;
    const plain = { host: advertisedAddress(listener), port };
    const { phones = plain, upstream = plain } = advertised;
    return { name, transport, bound: { host: address, port }, phones, upstream };
  });
