import { readResource, type SidecarConfig } from '../../sidecar/config.ts';
import type { OwnListener } from '../../sidecar/proxy/own.ts';
import type { Transport } from '../../sidecar/wire/flow.ts';

/**
 * Where the proxy is, its PBX and what it serves; `endpoint` is YAML, `address` is what its host resolves to. `transport` is the endpoint's,
 * where it is another than its YAML says: what a resource must have beside a secure one is not the engine's business.
 */
export interface Places {
  readonly listeners: readonly OwnListener[];
  readonly domain?: string;
  readonly endpoint: string;
  readonly address: string;
  readonly transport?: Transport;
  /** Further YAML of `upstream`, in the flow style. */
  readonly upstream?: string;
}

const configs = new Map<string, SidecarConfig>();

/** Reading a resource is most of what a world costs, and tests of pairs make many of the same. */
function configOf(text: string): SidecarConfig {
  const known = configs.get(text);
  if (known !== undefined) return known;
  const result = readResource(text, 'test.yaml');
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  configs.set(text, result.config);
  return result.config;
}

/** The same with the PBX spoken to by another transport. */
const spokenTo = (config: SidecarConfig, transport: Transport): SidecarConfig => ({
  ...config,
  upstream: {
    ...config.upstream,
    endpoints: config.upstream.endpoints.map((endpoint) => ({ ...endpoint, transport })),
  },
});

const asWritten = ({ name, transport, bound }: OwnListener) => ({
  name,
  transport,
  address: bound.host,
  port: bound.port,
});

/** The resource of a world; `spec` is YAML put under its spec (indented by two). */
export function worldConfig(
  spec: string,
  { listeners, endpoint, domain = 'pbx.test', transport, upstream }: Places,
): SidecarConfig {
  const plain = listeners.filter((listener) => listener.transport === 'UDP' || listener.transport === 'TCP');
  const config = configOf(`apiVersion: midregistrar.dev/v1
kind: MidRegistrar
metadata: {name: test}
spec:
  domains: [${domain}]
  upstream: {endpoints: [${endpoint}]${upstream === undefined ? '' : `, ${upstream}`}}
  listeners: ${JSON.stringify(plain.map(asWritten))}
${spec}`);
  return transport === undefined ? config : spokenTo(config, transport);
}
