import type { KubeObject } from './kube/object.ts';

/** What of a pod the operator looks at. */
export interface PodView {
  readonly name: string;
  readonly ready: boolean;
  /** Whether it has been told to end, or has ended: one that was evicted stays listed for long beside its successor. */
  readonly ending: boolean;
  readonly ips: readonly string[];
  readonly nodeIps: readonly string[];
  /** Why it can't run, in Kubernetes' words; empty where nothing is in its way. */
  readonly trouble: string;
  readonly createdAt: string;
}

interface Ip {
  readonly ip: string;
}

interface ContainerStatus {
  readonly restartCount?: number;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
  readonly lastState?: {
    readonly terminated?: { readonly reason?: string; readonly exitCode?: number; readonly message?: string };
  };
}

interface PodStatus {
  readonly phase?: string;
  readonly podIP?: string;
  readonly podIPs?: readonly Ip[];
  readonly hostIP?: string;
  readonly hostIPs?: readonly Ip[];
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

export function viewPod(pod: KubeObject): PodView {
  const status = (pod.status ?? {}) as PodStatus;
  const condition = (type: string) => status.conditions?.find((each) => each.type === type);
  return {
    name: pod.metadata.name,
    ready: condition('Ready')?.status === 'True',
    ending: pod.metadata.deletionTimestamp !== undefined || ENDED.has(status.phase ?? ''),
    ips: addresses(status.podIPs, status.podIP),
    nodeIps: addresses(status.hostIPs, status.hostIP),
    trouble: troubleOf(status).slice(0, MAX_TROUBLE),
    createdAt: pod.metadata.creationTimestamp ?? '',
  };
}

const addresses = (all: readonly Ip[] | undefined, one: string | undefined): readonly string[] =>
  all?.map(({ ip }) => ip) ?? (one === undefined ? [] : [one]);

const ENDED = new Set(['Failed', 'Succeeded']);

/** A sentence is enough; `kubectl describe pod` has all. */
const MAX_TROUBLE = 400;

/** Reasons to wait that are the ordinary course of a start. */
const ORDINARY = new Set(['ContainerCreating', 'PodInitializing']);

function troubleOf({ conditions, containerStatuses = [] }: PodStatus): string {
  const scheduled = conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return `${scheduled.reason}: ${scheduled.message ?? ''}`;
  for (const { state, lastState } of containerStatuses) {
    const { reason = '', message } = state?.waiting ?? {};
    if (reason === '' || ORDINARY.has(reason)) continue;
    const ended = lastState?.terminated;
    const why = ended?.message === undefined ? '' : `: ${ended.message.trim()}`;
    const last =
      ended === undefined ? '' : `; it ended with ${ended.reason}, exit code ${ended.exitCode}${why}`;
    return `${reason}${message === undefined ? '' : `: ${message}`}${last}`;
  }
  return '';
}

/** Those that count: not ending, the newest last. */
export const current = (pods: readonly PodView[]): readonly PodView[] =>
  pods.filter(({ ending }) => !ending).sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
