import type { ListenerConfig } from '../config.ts';
import { isWildcard } from './advertised.ts';
import type { ListenFault } from './listen-fault.ts';

/** An open socket `listener`, what it was opened for, and the port that it really has. */
export interface Opened<Listener> {
  readonly config: ListenerConfig;
  readonly listener: Listener;
  readonly port: number;
}

/** One that could not be opened. */
export interface Failed {
  readonly config: ListenerConfig;
  readonly fault: ListenFault;
}

/** What of the open ones serves which of the wanted, and which are left over. */
export function matched<Listener>(
  opened: readonly Opened<Listener>[],
  wanted: readonly ListenerConfig[],
): {
  readonly kept: ReadonlyMap<ListenerConfig, Opened<Listener>>;
  readonly left: readonly Opened<Listener>[];
} {
  const left = new Set(opened);
  const kept = new Map<ListenerConfig, Opened<Listener>>();
  // Those of the same name first: they keep their connections.
  for (const isMatch of [isSame, isSameAddress]) {
    for (const config of wanted) {
      const match = kept.has(config) ? undefined : [...left].find((one) => isMatch(one.config, config));
      if (match === undefined) continue;
      kept.set(config, { ...match, config });
      left.delete(match);
    }
  }
  return { kept, left: [...left] };
}

const isSame = (one: ListenerConfig, other: ListenerConfig): boolean =>
  one.name === other.name &&
  one.transport === other.transport &&
  one.address === other.address &&
  one.port === other.port;

const isSameAddress = (one: ListenerConfig, other: ListenerConfig): boolean =>
  isSame({ ...one, name: other.name }, other) && one.port !== 0;

/** Whether an open socket may be what keeps another from being opened. */
export function isInTheWay<Listener>(
  { config: old, port }: Opened<Listener>,
  { config, fault }: Failed,
): boolean {
  return (
    fault.code === 'EADDRINUSE' &&
    (old.transport === 'UDP') === (config.transport === 'UDP') &&
    port === config.port &&
    (old.address === config.address || isWildcard(old.address) || isWildcard(config.address))
  );
}
