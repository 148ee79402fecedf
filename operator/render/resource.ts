import type { Listener } from '../../crds/midregistrar.ts';
import type { Address, Side } from '../addresses.ts';
import { inOrder } from '../canonical.ts';
import type { Front } from '../front.ts';
import { API_VERSION, KIND } from '../names.ts';

/**
 * The resource as the proxy reads it: what it decides by, with the addresses that have been found. What only the
 * operator carries out is left out, so that a change of it is no news to the proxy.
 */
export function proxyResource({ name, spec }: Front, addresses: readonly Address[]): string {
  const { domains, upstream, messaging, security, drain, logLevel } = spec;
  const { tokenSecretRef: _, ...registration } = spec.registration;
  const { type, maxBindings } = spec.store;
  const listeners = spec.listeners.map((listener) => told(listener, addresses));
  const forProxy = {
    domains,
    upstream,
    listeners,
    registration,
    messaging,
    store: { type, maxBindings },
    security,
    drain,
    logLevel,
  };
  const resource = { apiVersion: API_VERSION, kind: KIND, metadata: { name }, spec: forProxy };
  return `${JSON.stringify(inOrder(resource), null, 2)}\n`;
}

/** A listener with what others are told of it; its own address stands where nothing else is known yet. */
function told({ nodePort: _, ...listener }: Listener, addresses: readonly Address[]): Listener {
  const of = (side: Side): { host: string; port: number } | undefined => {
    const found = addresses.find((each) => each.listener === listener.name && each.side === side);
    return found && { host: found.host, port: found.port };
  };
  const [phones, upstream] = [of('phones'), of('upstream')];
  if (phones === undefined && upstream === undefined) return listener;
  return { ...listener, advertised: { ...(phones && { phones }), ...(upstream && { upstream }) } };
}
