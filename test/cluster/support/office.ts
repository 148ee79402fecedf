import { parse } from 'yaml';
import { type Baresip, startBaresip } from '../../support/baresip.ts';
import type { Stage } from '../../support/peers/stage.ts';
import {
  FrontResource,
  type FrontStatus,
  type Installation,
  installOperator,
  proxyOf,
} from './installation.ts';
import { openNamespace } from './namespace.ts';
import { startAsteriskPod, startKamailioPod } from './pbx-pods.ts';
import type { SharedCluster } from './run-cluster.ts';

/** Where the operator is installed. */
export const OPERATOR = 'midregistrar-system';

/** A cluster with the operator, two PBXs in a namespace of their own, and a front of each in two others. */
export interface Office {
  installation: Installation;
  /** Before Kamailio, with its bindings on the node. */
  readonly branch: FrontResource;
  /** Before Asterisk, with a volume of its own. */
  readonly headquarters: FrontResource;
}

export const specFor = (cluster: SharedCluster, pbx: string): object => ({
  domains: ['pbx.test'],
  exposure: { type: 'NodePort' },
  upstream: {
    endpoints: [{ name: 'pbx', host: `${pbx}.pbx.svc.cluster.local` }],
    // Pods behind a Service call from their own addresses.
    sources: [cluster.podCidr],
    probe: { intervalSeconds: 5, timeoutSeconds: 1, failureThreshold: 2 },
  },
  drain: { windowSeconds: 2 },
});

/** Sets all of it up; it goes with the stage, the definition too. */
export async function openOffice(cluster: SharedCluster, stage: Stage): Promise<Office> {
  stage.onClose(() =>
    cluster.kubectl(['delete', 'crd', 'midregistrars.midregistrar.dev', '--ignore-not-found']),
  );
  const office: Office = {
    installation: await installOperator(cluster, OPERATOR),
    branch: new FrontResource(cluster, 'branch', 'office'),
    headquarters: new FrontResource(cluster, 'headquarters', 'office'),
  };
  stage.onClose(() => office.installation.helm('uninstall', '--wait'));
  for (const namespace of ['pbx', 'branch', 'headquarters']) {
    await openNamespace(stage, cluster, namespace);
  }
  await Promise.all([
    startKamailioPod(cluster, 'pbx', 'kamailio'),
    startAsteriskPod(cluster, 'pbx', 'asterisk'),
    makeVolume(cluster, stage),
  ]);
  await office.branch.apply(specFor(cluster, 'kamailio'));
  const volume = { type: 'PersistentVolumeClaim', storageClassName: 'by-hand', sizeMebibytes: 64 };
  await office.headquarters.apply({ ...specFor(cluster, 'asterisk'), store: { volume } });
  return office;
}

/** As a cluster's own storage would make it. */
async function makeVolume(cluster: SharedCluster, stage: Stage): Promise<void> {
  const path = '/var/lib/kubelet/by-hand';
  await cluster.onNode('mkdir', '-p', path);
  const { items } = parse(await cluster.kubectl(['get', 'nodes', '-o', 'json']));
  const isTheNode = { key: 'kubernetes.io/hostname', operator: 'In', values: [items[0].metadata.name] };
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'by-hand' },
    spec: {
      capacity: { storage: '64Mi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'by-hand',
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [isTheNode] }] } },
    },
  };
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(volume));
  stage.onClose(() => cluster.kubectl(['delete', 'pv', 'by-hand', '--wait=false']));
}

/** A phone outside of the cluster that has registered where the front's status says. */
export async function registeredPhone(
  cluster: SharedCluster,
  stage: Stage,
  status: FrontStatus,
  user: string,
): Promise<Baresip> {
  const phone = await startBaresip(stage, { user, proxy: proxyOf(status), address: cluster.hostIp });
  await phone.registered();
  return phone;
}
