import { readResource, type SidecarConfig } from '../../sidecar/config.ts';
import type { Transport } from '../../sidecar/wire/flow.ts';

const configs = new Map<string, SidecarConfig>();

/** Reading a resource is most of what a world costs, and tests of pairs make many of the same. */
export function configOf(text: string): SidecarConfig {
  const known = configs.get(text);
  if (known !== undefined) return known;
  const result = readResource(text, 'test.yaml');
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  configs.set(text, result.config);
  return result.config;
}

/** The same with the PBX spoken to by another transport. */
export const spokenTo = (config: SidecarConfig, transport: Transport): SidecarConfig => ({
  ...config,
  upstream: {
    ...config.upstream,
    endpoints: config.upstream.endpoints.map((endpoint) => ({ ...endpoint, transport })),
  },
});
