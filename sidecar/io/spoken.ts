import { isIPv6 } from 'node:net';
import type { ListenerConfig } from '../config.ts';
import type { Spoken } from '../proxy/locate.ts';
import type { Transport } from '../wire/flow.ts';

/** What can be spoken: the transports of our listeners, over the IP versions of their addresses. */
export function spokenBy(listeners: readonly ListenerConfig[]): Spoken {
  const spoken = new Map<Transport, Set<4 | 6>>();
  for (const { transport, address } of listeners)
    spoken.set(transport, (spoken.get(transport) ?? new Set<4 | 6>()).add(isIPv6(address) ? 6 : 4));
  return spoken;
}

export const isSameSpoken = (one: Spoken, other: Spoken): boolean => textOf(one) === textOf(other);

const textOf = (spoken: Spoken): string =>
  JSON.stringify([...spoken].map(([transport, versions]) => [transport, [...versions].sort()]).sort());
