import { isIpLiteral, protocolOf, serviceNamespace } from '../addresses.ts';
import type { Front } from '../front.ts';
import type { KubeObject } from '../kube/object.ts';
import { childName, selectorOf } from '../names.ts';
import { child } from './child.ts';
import { ADMIN_PORT, podTemplate, RESOURCE_FILE } from './pod.ts';
import { adminService, serviceMonitor, services } from './services.ts';

/** What the cluster offers and how the operator was started. */
export interface Means {
  /** The proxy's image where the front names none. */
  readonly image: string;
  /** Whether the cluster serves ServiceMonitors. */
  readonly hasServiceMonitors: boolean;
}

/** The Services alone: they can be had before anything else is known. */
export function renderServices(front: Front, { hasServiceMonitors }: Means): KubeObject[] {
  const isMonitored = hasServiceMonitors && front.spec.serviceMonitor === 'Auto';
  return [...services(front), ...(isMonitored ? [adminService(front)] : [])];
}

/** All but the Services. `config` is the proxy's resource; `scaledByOther` leaves the number of pods to whoever sets it. */
export function renderRest(
  front: Front,
  { image, hasServiceMonitors }: Means,
  config: string,
  scaledByOther: boolean,
): KubeObject[] {
  const { spec } = front;
  const isMonitored = hasServiceMonitors && spec.serviceMonitor === 'Auto';
  const isClaimed = spec.store.volume.type === 'PersistentVolumeClaim';
  const name = childName(front);
  return [
    child(front, 'ServiceAccount', name, { automountServiceAccountToken: false }),
    child(front, 'ConfigMap', name, { data: { [RESOURCE_FILE]: config } }),
    ...(isClaimed ? [claim(front)] : []),
    ...(spec.networkPolicy === 'Managed' ? [networkPolicy(front)] : []),
    child(front, 'PodDisruptionBudget', name, {
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: selectorOf(front) },
      },
    }),
    ...(isMonitored ? [serviceMonitor(front)] : []),
    child(front, 'Deployment', name, {
      spec: {
        // An autoscaler may not wake what was stopped, so 0 is said in any case.
        replicas: scaledByOther && spec.replicas > 0 ? undefined : spec.replicas,
        revisionHistoryLimit: 3,
        selector: { matchLabels: selectorOf(front) },
        // Two pods can't hold one store; where each has its own, a new one is ready before the old one goes.
        strategy: isClaimed
          ? { type: 'Recreate' }
          : { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: podTemplate(front, image),
      },
    }),
  ];
}

function claim(front: Front): KubeObject {
  const { sizeMebibytes, storageClassName } = front.spec.store.volume;
  return child(front, 'PersistentVolumeClaim', childName(front), {
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName,
      resources: { requests: { storage: `${sizeMebibytes}Mi` } },
    },
  });
}

function networkPolicy(front: Front): KubeObject {
  const ports = front.spec.listeners.map(({ transport, port }) => ({
    protocol: protocolOf(transport),
    port,
  }));
  const from = sipPeers(front);
  return child(front, 'NetworkPolicy', childName(front), {
    spec: {
      podSelector: { matchLabels: selectorOf(front) },
      policyTypes: ['Ingress'],
      ingress: [
        { ports, from },
        { ports: [{ protocol: 'TCP', port: ADMIN_PORT }], from: [{ namespaceSelector: {} }] },
      ],
    },
  });
}

/** Who may send SIP; undefined for everybody, also where the PBX is known by a name that only the proxy looks up. */
function sipPeers({ spec: { security, upstream } }: Front): object[] | undefined {
  if (security.allowedSources.length === 0) return undefined;
  const hosts = upstream.endpoints.map(({ host }) => host);
  const names = hosts.filter((host) => !isIpLiteral(host));
  const namespaces = names.map(serviceNamespace);
  if (namespaces.includes(undefined)) return undefined;
  const networks = [...security.allowedSources, ...upstream.sources, ...hosts.filter(isIpLiteral)];
  return [
    ...[...new Set(networks)].map((network) => ({ ipBlock: { cidr: asCidr(network) } })),
    ...[...new Set(namespaces)].map((namespace) => ({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    })),
  ];
}

const asCidr = (network: string): string => {
  if (network.includes('/')) return network;
  return network.includes(':') ? `${network}/128` : `${network}/32`;
};

/** All of a front's objects, in the order in which they are applied. */
export function render(
  front: Front,
  means: Means,
  config: string,
  scaledByOther: boolean,
): readonly KubeObject[] {
  return [...renderServices(front, means), ...renderRest(front, means, config, scaledByOther)];
}
