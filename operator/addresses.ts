import type { Listener, MidRegistrarSpec } from '../crds/midregistrar.ts';

/** Where an address was found. */
export type Source = 'Static' | 'LoadBalancer' | 'Node' | 'Service' | 'Pod';

export type Side = 'phones' | 'upstream';

/** By what one side is told to reach a listener. */
export interface Address {
  readonly listener: string;
  readonly side: Side;
  readonly transport: Listener['transport'];
  readonly source: Source;
  readonly host: string;
  readonly port: number;
}

/** What the cluster has assigned to a front so far. IP addresses of both versions where it has both. */
export interface Assigned {
  readonly services: { readonly [P in Protocol]?: AssignedService };
  /** Of the pod that runs, if one does: its own addresses and its node's. */
  readonly podIps: readonly string[];
  readonly nodeIps: readonly string[];
}

export interface AssignedService {
  readonly clusterIps: readonly string[];
  /** Of the load balancer: IP addresses or names. */
  readonly ingress: readonly string[];
  /** Node ports by the Service's ports. */
  readonly nodePorts: ReadonlyMap<number, number>;
}

export interface Resolved {
  readonly addresses: readonly Address[];
  /** What is waited for; empty where every listener has its addresses. */
  readonly pending: readonly Pending[];
}

export interface Pending {
  readonly sentence: string;
  /** Whether it comes by itself as soon as a pod runs. */
  readonly needsPod: boolean;
}

/** What the network calls it; each has a Service of its own. */
export type Protocol = 'UDP' | 'TCP';

export const protocolOf = (transport: Listener['transport']): Protocol =>
  transport === 'UDP' ? 'UDP' : 'TCP';

const SIDES: readonly Side[] = ['phones', 'upstream'];

/** Finds out for each listener what phones and the PBX are to be told, as far as it is known yet. */
export function resolveAddresses(spec: MidRegistrarSpec, assigned: Assigned): Resolved {
  const addresses: Address[] = [];
  const pending = new Map<string, Pending>();
  for (const listener of spec.listeners)
    for (const side of SIDES) {
      const found = addressOf(spec, listener, side, assigned);
      if ('sentence' in found) pending.set(found.sentence, found);
      else addresses.push(found);
    }
  return { addresses, pending: [...pending.values()] };
}

/** `NAME.NAMESPACE.svc`, with or without the cluster's own domain. */
const SERVICE_HOST = /^[a-z0-9-]+\.([a-z0-9-]+)\.svc(\.[a-z0-9.-]+)?$/;

/** The namespace of the Service that a host names, if it is one's. */
export const serviceNamespace = (host: string): string | undefined =>
  SERVICE_HOST.exec(host.toLowerCase().replace(/\.$/, ''))?.[1];

const BY_TYPE = { LoadBalancer: 'LoadBalancer', NodePort: 'Node', ClusterIP: 'Service' } as const;

function sourceOf({ exposure, upstream }: MidRegistrarSpec, side: Side): Exclude<Source, 'Static'> {
  const asked = exposure.addresses[side];
  if (asked !== 'Auto') return asked;
  // A PBX in the cluster need not go out and in again, and the Service's address outlives every pod.
  const isInside = upstream.endpoints.every(({ host }) => serviceNamespace(host) !== undefined);
  return side === 'upstream' && isInside ? 'Service' : BY_TYPE[exposure.type];
}

function addressOf(
  spec: MidRegistrarSpec,
  listener: Listener,
  side: Side,
  assigned: Assigned,
): Address | Pending {
  const { name, transport, port, advertised } = listener;
  const as = (source: Source, host: string, at: number): Address => ({
    listener: name,
    side,
    transport,
    source,
    host,
    port: at,
  });
  const fixed = advertised?.[side];
  if (fixed !== undefined) return as('Static', fixed.host, fixed.port ?? port);
  const source = sourceOf(spec, side);
  const protocol = protocolOf(transport);
  const service = assigned.services[protocol];
  const pick = (hosts: readonly string[] = []): string | undefined => ofVersion(hosts, listener);
  switch (source) {
    case 'LoadBalancer': {
      const host = pick(service?.ingress);
      return host === undefined
        ? needsOthers(
            `the ${protocol} Service has no load balancer address yet; if this cluster has no load balancers, set exposure.type to NodePort, or name an address in listeners[].advertised`,
          )
        : as(source, host, port);
    }
    case 'Node': {
      const nodePort = service?.nodePorts.get(port);
      const host = pick(assigned.nodeIps);
      if (nodePort === undefined)
        return needsOthers(
          `the ${protocol} Service has no node port for listener ${name} yet; exposure.type must be NodePort or LoadBalancer for it`,
        );
      return host === undefined ? needsPod('no pod runs on a node yet') : as(source, host, nodePort);
    }
    case 'Service': {
      const host = pick(service?.clusterIps);
      return host === undefined
        ? needsOthers(`the ${protocol} Service has no address of the listener's IP version yet`)
        : as(source, host, port);
    }
    case 'Pod': {
      const host = pick(assigned.podIps);
      return host === undefined ? needsPod('no pod has an address yet') : as(source, host, port);
    }
  }
}

const needsPod = (sentence: string): Pending => ({ sentence, needsPod: true });
const needsOthers = (sentence: string): Pending => ({ sentence, needsPod: false });

/** The first host that a listener's peers can use: a name, or an address of its IP version. */
function ofVersion(hosts: readonly string[], { address }: Listener): string | undefined {
  const isSix = address.includes(':');
  return hosts.find((host) => !/^[0-9.]+$|:/.test(host) || host.includes(':') === isSix);
}

export const isIpLiteral = (host: string): boolean => host.includes(':') || /^[0-9.]+$/.test(host);
