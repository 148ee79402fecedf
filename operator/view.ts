import type { Assigned, AssignedService } from './addresses.ts';
import type { KubeObject } from './kube/object.ts';
import { type FrontName, serviceName } from './names.ts';
import type { PodView } from './pods.ts';

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly ports?: readonly { readonly port: number; readonly nodePort?: number }[];
}

interface ServiceStatus {
  readonly loadBalancer?: {
    readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[];
  };
}

/** What the cluster has assigned to a front, as its Services and pods show it. */
export function viewAssigned(
  front: FrontName,
  children: readonly KubeObject[],
  pods: readonly PodView[],
): Assigned {
  const pod = pods.findLast(({ ips }) => ips.length > 0);
  const of = (transport: 'UDP' | 'TCP'): AssignedService | undefined => {
    const name = serviceName(front, transport);
    const service = children.find(({ kind, metadata }) => kind === 'Service' && metadata.name === name);
    return service && viewService(service);
  };
  const [udp, tcp] = [of('UDP'), of('TCP')];
  return {
    services: { ...(udp && { UDP: udp }), ...(tcp && { TCP: tcp }) },
    podIps: pod?.ips ?? [],
    nodeIps: pod?.nodeIps ?? [],
  };
}

function viewService(service: KubeObject): AssignedService {
  const { clusterIP, clusterIPs, ports = [] } = (service.spec ?? {}) as ServiceSpec;
  const { loadBalancer } = (service.status ?? {}) as ServiceStatus;
  return {
    clusterIps: (clusterIPs ?? [clusterIP ?? '']).filter((ip) => ip !== '' && ip !== 'None'),
    ingress: (loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []),
    nodePorts: new Map(
      ports.flatMap(({ port, nodePort }) => (nodePort === undefined ? [] : [[port, nodePort]])),
    ),
  };
}

interface DeploymentView {
  /** Whether all pods are of the wished template and number, and ready. */
  readonly rolledOut: boolean;
  /** Whether an autoscaler has set the number of pods. */
  readonly scaledByOther: boolean;
  /** Why no pod can be made at all, as by a quota or by Pod Security; empty where nothing is in the way. */
  readonly trouble: string;
}

interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
  }[];
}

export function viewDeployment(deployment: KubeObject | undefined): DeploymentView {
  if (deployment === undefined) return { rolledOut: false, scaledByOther: false, trouble: '' };
  const { replicas = 1 } = deployment.spec as { readonly replicas?: number };
  const status = (deployment.status ?? {}) as DeploymentStatus;
  const counts = [status.replicas, status.updatedReplicas, status.readyReplicas];
  return {
    rolledOut:
      (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0) &&
      counts.every((count = 0) => count === replicas),
    trouble:
      status.conditions?.find(({ type, status: holds }) => type === 'ReplicaFailure' && holds === 'True')
        ?.message ?? '',
    scaledByOther: deployment.metadata.managedFields?.some(isAutoscaler) === true,
  };
}

/** The HorizontalPodAutoscaler writes as a part of the controller manager, by the scale subresource. */
const isAutoscaler = ({ manager, subresource }: ManagedBy): boolean =>
  manager === 'kube-controller-manager' && subresource === 'scale';

interface ManagedBy {
  readonly manager?: string;
  readonly subresource?: string;
}
