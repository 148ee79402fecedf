import { networkInterfaces } from 'node:os';
import type { ListenerConfig } from '../config.ts';

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Whether a listener listens on all addresses of its family. */
export const isWildcard = (address: string): boolean => WILDCARDS.has(address);

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
  return isIp6 ? '::1' : '127.0.0.1';
}
