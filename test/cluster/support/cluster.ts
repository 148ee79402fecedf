import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Process } from '../../support/process.ts';
import { writeCertificates } from './certificates.ts';
import { client, type KubeClient } from './client.ts';
import { importImage, startContainerd } from './containerd.ts';
import { apiServerOf, type ControlPlaneFlags, pkiOf, startControlPlane } from './control-plane.ts';
import { baseStore, copyStore } from './images.ts';
import type { Mode } from './kit.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { connect, Inside, type Namespaces, openNamespaces } from './namespaces.ts';
import { startNode, writePodNetwork } from './node.ts';

const DNS = join(import.meta.dirname, 'dns.yaml');
const READY_MS = 90_000;

export interface ClusterOptions {
  readonly mode: Mode;
  /** Flags over the usual ones. */
  readonly flags?: ControlPlaneFlags;
}

/** What another process must know of a cluster to use it. */
export interface ClusterFacts {
  /** Path of the administrator's kubeconfig; good from this machine's network. */
  readonly kubeconfig: string;
  /** Directory where kubectl and helm keep what they remember of it. */
  readonly memory: string;
  /** As `https://address:port`. */
  readonly apiServer: string;
  /** Reached from this machine, as are all addresses of `podCidr` and `serviceCidr`. */
  readonly nodeIp: string;
  /** This machine's address as the node and, behind it, the pods see it. */
  readonly hostIp: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** The first process of the node; undefined for a cluster that we did not make. */
  readonly pid: number | undefined;
}

/** A Kubernetes cluster of one node, or only its API. */
export interface Cluster extends ClusterFacts, KubeClient {
  /** Makes the images of an OCI tar known to the node. */
  loadImage(tar: string): Promise<void>;
  /** Runs a command in the node's network, mounts and processes to its end; returns its stdout. */
  onNode(command: string, ...args: string[]): Promise<string>;
  /** Starts one there. */
  spawnOnNode(command: string, ...args: string[]): Promise<Process>;
}

export interface OwnCluster extends Cluster {
  /** Ends all of it; nothing stays. */
  stop(): Promise<void>;
}

/** A cluster that runs, for whoever has its facts. */
export function attach(facts: ClusterFacts): Cluster {
  const inside = (): Inside => {
    if (facts.pid === undefined) throw new Error('this cluster was given: its node is not ours to enter');
    return new Inside(facts.pid);
  };
  return {
    ...facts,
    ...client(facts.kubeconfig, facts.memory),
    loadImage: async (tar) => importImage(inside(), tar),
    onNode: async (command, ...args) => inside().run(command, ...args),
    spawnOnNode: async (command, ...args) => inside().spawn(command, ...args),
  };
}

const withTimeout = async <T>(work: Promise<T>): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it is not ready in ${READY_MS / 1000} s`)), READY_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
};

/** Pods can be made in it when the default account is there. */
const untilPodsAreAllowed = ({ kubectl }: KubeClient): Promise<unknown> =>
  kubectl(['wait', '--for=create', 'serviceaccount/default', '--timeout=60s']);

const untilNodeIsReady = async ({ kubectl }: KubeClient, inner: Namespaces): Promise<void> => {
  const node = `node/${inner.plan.name}`;
  await kubectl(['wait', '--for=create', node, '--timeout=60s']);
  await kubectl(['wait', '--for=condition=Ready', node, '--timeout=60s']);
};

const startDns = async ({ kubectl }: KubeClient, inner: Namespaces): Promise<void> => {
  await kubectl(['apply', '-f', '-'], readFileSync(DNS, 'utf8').replaceAll('DNS_IP', inner.plan.dnsIp));
  await kubectl(['rollout', 'status', 'deployment/coredns', '-n', 'kube-system', '--timeout=60s']);
};

/** `base`: the images that the node begins with; undefined if there is to be no node. */
const bringUp = async (
  inner: Namespaces,
  kube: KubeClient,
  base: string | undefined,
  flags: ControlPlaneFlags,
): Promise<void> => {
  const isFull = base !== undefined;
  const store = join(inner.home, 'store');
  await Promise.all([
    connect(inner),
    writeCertificates(pkiOf(inner), inner.plan),
    isFull ? copyStore(base, store) : undefined,
  ]);
  if (isFull) writePodNetwork(inner);
  await Promise.all([startControlPlane(inner, flags), isFull ? startContainerd(inner, store) : undefined]);
  if (isFull) startNode(inner);
  await Promise.all([
    flags.controllers === false ? undefined : untilPodsAreAllowed(kube),
    ...(isFull ? [untilNodeIsReady(kube, inner), startDns(kube, inner)] : []),
  ]);
};

/**
 * Starts a cluster of its own: beside others, on free addresses, and ending with this process at the latest. What it is
 * made of is there (`clusterAvailability`). Rejects with the words of the part that failed.
 */
export async function startCluster(options: ClusterOptions): Promise<OwnCluster> {
  const base = options.mode === 'full' ? await baseStore() : undefined;
  const inner = await openNamespaces();
  const { nodeIp, hostIp, podCidr, serviceCidr } = inner.plan;
  const apiServer = apiServerOf(inner);
  const kubeconfig = writeKubeconfig(pkiOf(inner), 'admin', apiServer, join(inner.home, 'admin.kubeconfig'));
  const memory = join(inner.home, 'client');
  const addresses = { apiServer, nodeIp, hostIp, podCidr, serviceCidr };
  const cluster = attach({ kubeconfig, memory, ...addresses, pid: inner.pid });
  try {
    await withTimeout(Promise.race([bringUp(inner, cluster, base, options.flags ?? {}), inner.watch()]));
  } catch (error) {
    const said = await inner.report();
    await inner.close();
    throw new Error(`the test cluster did not start: ${(error as Error).message}\n${said}`);
  }
  return { ...cluster, stop: () => inner.close() };
}
