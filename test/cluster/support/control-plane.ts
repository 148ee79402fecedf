import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { programPath } from './kit.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { Namespaces } from './namespaces.ts';

const LOCAL = 'https://127.0.0.1:6443';
const ETCD = 'http://127.0.0.1:2379';
const ETCD_PEER = 'http://127.0.0.1:2380';
/** With the default of 20 a second, controllers take seconds just to start. */
export const QUICK = ['--kube-api-qps=1000', '--kube-api-burst=2000'];

/** Flags over the usual ones. */
export interface ControlPlaneFlags {
  readonly apiServer?: readonly string[];
  /** `false`: no controllers at all, so nothing but the API answers and nothing is made of what it holds. */
  readonly controllers?: readonly string[] | false;
}

export const pkiOf = (inner: Namespaces): string => join(inner.home, 'pki');

/** The kubeconfig of one of the cluster's own programs. */
export const kubeconfigFor = (inner: Namespaces, owner: string): string =>
  writeKubeconfig(pkiOf(inner), owner, LOCAL, join(inner.home, `${owner}.kubeconfig`));

/** The flags by which a program of the control plane knows the API server. */
export const accessFlags = (kubeconfig: string): string[] =>
  ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
    (flag) => `--${flag}=${kubeconfig}`,
  );

const startEtcd = (inner: Namespaces): void =>
  inner.start('etcd', programPath('etcd'), [
    `--data-dir=${inner.home}/memory/etcd`,
    `--listen-client-urls=${ETCD}`,
    `--advertise-client-urls=${ETCD}`,
    `--listen-peer-urls=${ETCD_PEER}`,
    `--initial-advertise-peer-urls=${ETCD_PEER}`,
    `--initial-cluster=default=${ETCD_PEER}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]);

const startApiServer = (inner: Namespaces, flags: readonly string[]): void => {
  const pki = pkiOf(inner);
  inner.start('kube-apiserver', programPath('kube-apiserver'), [
    `--etcd-servers=${ETCD}`,
    '--secure-port=6443',
    '--bind-address=0.0.0.0',
    `--advertise-address=${inner.plan.nodeIp}`,
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    `--client-ca-file=${pki}/ca.crt`,
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-cluster-ip-range=${inner.plan.serviceCidr}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    `--kubelet-client-certificate=${pki}/apiserver-to-kubelet.crt`,
    `--kubelet-client-key=${pki}/apiserver-to-kubelet.key`,
    `--kubelet-certificate-authority=${pki}/ca.crt`,
    '--kubelet-preferred-address-types=InternalIP',
    '--allow-privileged=true',
    '--profiling=false',
    ...flags,
  ]);
};

const startControllers = (inner: Namespaces, flags: readonly string[]): void => {
  const pki = pkiOf(inner);
  inner.start('kube-controller-manager', programPath('kube-controller-manager'), [
    ...accessFlags(kubeconfigFor(inner, 'kube-controller-manager')),
    `--service-account-private-key-file=${pki}/sa.key`,
    `--root-ca-file=${pki}/ca.crt`,
    `--cluster-signing-cert-file=${pki}/ca.crt`,
    `--cluster-signing-key-file=${pki}/ca.key`,
    '--use-service-account-credentials',
    `--cluster-cidr=${inner.plan.podCidr}`,
    '--allocate-node-cidrs=false',
    '--leader-elect=false',
    '--profiling=false',
    ...QUICK,
    ...flags,
  ]);
};

const isReady = (agent: Agent, url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const asking = request(`${url}/readyz`, { agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode === 200));
    });
    asking.on('error', () => resolve(false)).end();
  });

/** Resolves when the API server says that it is ready. */
async function untilReady(inner: Namespaces, url: string): Promise<void> {
  const read = (file: string) => readFileSync(join(pkiOf(inner), file));
  const agent = new Agent({
    ca: read('ca.crt'),
    cert: read('admin.crt'),
    key: read('admin.key'),
    keepAlive: true,
  });
  try {
    await inner.until(() => isReady(agent, url));
  } finally {
    agent.destroy();
  }
}

/** The address of the API server from this machine and from inside. */
export const apiServerOf = (inner: Namespaces): string => `https://${inner.plan.nodeIp}:6443`;

/** Starts etcd, the API server and the controllers; resolves when the API is ready. */
export async function startControlPlane(inner: Namespaces, flags: ControlPlaneFlags): Promise<void> {
  startEtcd(inner);
  // The API server tries for etcd until it answers.
  startApiServer(inner, flags.apiServer ?? []);
  await untilReady(inner, apiServerOf(inner));
  if (flags.controllers !== false) startControllers(inner, flags.controllers ?? []);
}
