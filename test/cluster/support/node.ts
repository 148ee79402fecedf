import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTAINERD_ENDPOINT } from './containerd.ts';
import { accessFlags, kubeconfigFor, pkiOf, QUICK } from './control-plane.ts';
import { programPath } from './kit.ts';
import type { Namespaces } from './namespaces.ts';

const writeJson = (inner: Namespaces, name: string, value: unknown): string => {
  const file = join(inner.home, name);
  writeFileSync(file, JSON.stringify(value, null, 2));
  return file;
};

/** How pods are wired: a bridge, addresses in a row, and hostPort. containerd reads it. */
export function writePodNetwork(inner: Namespaces): void {
  mkdirSync(join(inner.home, 'cni'));
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: inner.plan.podCidr }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: '/run/cni-addresses',
  };
  writeJson(inner, 'cni/10-bridge.conflist', {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: false, hairpinMode: true, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });
}

const startScheduler = (inner: Namespaces): void =>
  inner.start('kube-scheduler', programPath('kube-scheduler'), [
    ...accessFlags(kubeconfigFor(inner, 'kube-scheduler')),
    '--leader-elect=false',
    '--profiling=false',
    ...QUICK,
  ]);

const startKubelet = (inner: Namespaces): void => {
  const { name, nodeIp, dnsIp } = inner.plan;
  const pki = pkiOf(inner);
  const resolver = join(inner.home, 'resolv.conf');
  // Pods ask the cluster's DNS alone; there is nobody beyond it.
  writeFileSync(resolver, 'nameserver 127.0.0.1\n');
  const config = writeJson(inner, 'kubelet.json', {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: '0.0.0.0',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${pki}/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${pki}/kubelet-server.crt`,
    tlsPrivateKeyFile: `${pki}/kubelet-server.key`,
    containerRuntimeEndpoint: CONTAINERD_ENDPOINT,
    cgroupDriver: 'cgroupfs',
    // Else it does not start on a machine that still has version 1 of control groups.
    failCgroupV1: false,
    cgroupRoot: `/${name}`,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: ['pods'],
    failSwapOn: false,
    clusterDomain: 'cluster.local',
    clusterDNS: [dnsIp],
    resolvConf: resolver,
    podLogsDir: '/var/log/pods',
    serializeImagePulls: false,
    // The disk is the machine's: how full it is says nothing of the cluster.
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '100Mi' },
    maxPods: 250,
  });
  inner.start('kubelet', programPath('kubelet'), [
    `--config=${config}`,
    `--kubeconfig=${kubeconfigFor(inner, 'kubelet')}`,
    `--hostname-override=${name}`,
    `--node-ip=${nodeIp}`,
    `--root-dir=${inner.home}/memory/kubelet`,
  ]);
};

const startProxy = (inner: Namespaces): void => {
  const { name, podCidr } = inner.plan;
  const config = writeJson(inner, 'kube-proxy.json', {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    hostnameOverride: name,
    clientConnection: { kubeconfig: kubeconfigFor(inner, 'kube-proxy') },
    clusterCIDR: podCidr,
    // The machine's connection tracking is not ours to size; with any of these set it tries, and ends.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    // By default services lag behind by a second, in which datagrams are lost.
    nftables: { minSyncPeriod: '10ms', syncPeriod: '30s' },
  });
  inner.start('kube-proxy', programPath('kube-proxy'), [`--config=${config}`]);
};

/** Starts what makes the namespaces a node with pods; containerd and the API server are running. */
export function startNode(inner: Namespaces): void {
  startScheduler(inner);
  startKubelet(inner);
  startProxy(inner);
}
