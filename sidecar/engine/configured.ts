import type { SidecarConfig } from '../config.ts';
import type { RegisterPolicy } from '../registrar/intent.ts';

/** What a resource says of registrations, gathered from its sections. */
export const policyOf = ({ registration, security, domains }: SidecarConfig): RegisterPolicy => ({
  ...registration,
  domains,
  idleSeconds: security.connectionIdleMs / 1000,
});
