import type { Listener } from '../../crds/midregistrar.ts';
import { type Protocol, protocolOf } from '../addresses.ts';
import type { Front } from '../front.ts';
import type { KubeObject } from '../kube/object.ts';
import { adminServiceName, selectorOf, serviceName } from '../names.ts';
import { child } from './child.ts';
import { ADMIN_PORT } from './pod.ts';

const PROTOCOLS: readonly Protocol[] = ['UDP', 'TCP'];

/** One Service for each protocol that a listener has. */
export function services(front: Front): KubeObject[] {
  return PROTOCOLS.flatMap((protocol) => {
    const listeners = front.spec.listeners.filter(({ transport }) => protocolOf(transport) === protocol);
    return listeners.length === 0 ? [] : [service(front, protocol, listeners)];
  });
}

function service(front: Front, protocol: Protocol, listeners: readonly Listener[]): KubeObject {
  const { type, externalTrafficPolicy, loadBalancer } = front.spec.exposure;
  const isOutside = type !== 'ClusterIP';
  const spec = {
    type,
    selector: selectorOf(front),
    externalTrafficPolicy: isOutside ? externalTrafficPolicy : undefined,
    loadBalancerClass: loadBalancer?.class,
    loadBalancerSourceRanges: loadBalancer?.sourceRanges,
    // Where the cluster has one version only, it gives that one.
    ipFamilyPolicy: listeners.some(({ address }) => address.includes(':')) ? 'PreferDualStack' : undefined,
    ports: ports(listeners, protocol),
  };
  return child(front, 'Service', serviceName(front, protocol), { spec }, loadBalancer?.annotations);
}

/** One for each port number: listeners of IPv4 and IPv6 on the same one share it. */
function ports(listeners: readonly Listener[], protocol: Protocol): object[] {
  const numbers = [...new Set(listeners.map(({ port }) => port))];
  return numbers.map((port) => {
    const sharing = listeners.filter((listener) => listener.port === port);
    const nodePort = sharing.find((listener) => listener.nodePort !== undefined)?.nodePort;
    return { name: sharing[0]?.name, protocol, port, targetPort: port, nodePort };
  });
}

/** By which Prometheus finds the pods; nothing else goes through it. */
export const adminService = (front: Front): KubeObject =>
  child(front, 'Service', adminServiceName(front), {
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      selector: selectorOf(front),
      ports: [{ name: 'http', protocol: 'TCP', port: ADMIN_PORT, targetPort: ADMIN_PORT }],
    },
  });

export const serviceMonitor = (front: Front): KubeObject =>
  child(front, 'ServiceMonitor', adminServiceName(front), {
    spec: {
      selector: { matchLabels: selectorOf(front) },
      endpoints: [{ port: 'http', path: '/metrics', interval: '30s' }],
    },
  });
