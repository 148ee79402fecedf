import type { SidecarConfig } from '../config.ts';
import type { RegisterPolicy } from '../registrar/intent.ts';

/** What a resource says of registrations, gathered from its sections. */
export const policyOf = ({ registration, security, domains }: SidecarConfig): RegisterPolicy => ({
  ...registration,
  domains,
  idleSeconds: security.connectionIdleMs / 1000,
});

export const firstEndpoint = (config: SidecarConfig): SidecarConfig['upstream']['endpoints'][number] => {
  const endpoint = config.upstream.endpoints[0];
  if (endpoint === undefined) throw new Error('a configuration without an upstream endpoint');
  return endpoint;
};
