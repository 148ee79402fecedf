import { accept } from '../../operator/accept.ts';
import type { Assigned } from '../../operator/addresses.ts';
import type { Front } from '../../operator/front.ts';
import type { KubeObject } from '../../operator/kube/object.ts';
import { type Means, render } from '../../operator/render/render.ts';

export const ALL = {
  domains: ['office.test'],
  upstream: {
    endpoints: [{ name: 'pbx', host: 'pbx.voice.svc', port: 5062, transport: 'WSS' }],
    sources: ['10.1.0.0/16'],
    tls: { caSecretRef: { name: 'pbx-ca' }, clientCertificateSecretRef: { name: 'sip-tls' } },
    webSocket: { path: '/ws' },
  },
  listeners: [
    {
      name: 'wss',
      transport: 'WSS',
      port: 8443,
      nodePort: 30_060,
      tls: {
        certificateSecretRef: { name: 'sip-tls' },
        sniCertificates: [{ name: 'sip.example.com', certificateSecretRef: { name: 'example-tls' } }],
        clientCertificates: 'Require',
        caSecretRef: { name: 'phones' },
      },
      webSocket: { path: '/sip', allowedOrigins: ['https://phone.example.com'] },
      advertised: {
        phones: { host: '198.51.100.1', port: 5070 },
        upstream: { host: '10.0.0.1', port: 5071 },
      },
    },
    { name: 'udp', transport: 'UDP', port: 5060 },
    { name: 'tcp', transport: 'TCP', port: 5060 },
  ],
  registration: { tokenSecretRef: { name: 'token' } },
  security: { allowedSources: ['192.0.2.0/24'] },
  exposure: {
    loadBalancer: { class: 'test/inner', sourceRanges: ['192.0.2.0/24'], annotations: { a: 'b' } },
  },
  pod: {
    image: 'midregistrar:2',
    imagePullSecrets: [{ name: 'registry' }],
    resources: { limits: { cpu: '2', memory: '1Gi' } },
    nodeSelector: { zone: 'a' },
    tolerations: [
      { key: 'sip', operator: 'Equal', value: 'yes', effect: 'NoExecute', tolerationSeconds: 60 },
    ],
    priorityClassName: 'voice',
    labels: { team: 'voice' },
    annotations: { note: 'seen' },
  },
  networkPolicy: 'Managed',
};

export const frontWith = (spec: object): Front => {
  const metadata = { name: 'office', namespace: 'branch', uid: 'uid', generation: 1 };
  const object: KubeObject = { apiVersion: 'midregistrar.dev/v1', kind: 'MidRegistrar', metadata, spec };
  const { front, faults } = accept(object);
  if (front === undefined || faults.length > 0) throw new Error(faults.join('\n'));
  return front;
};

/** With a volume on the node, and with one of its own. */
export const BASES: readonly Front[] = [
  frontWith(ALL),
  frontWith({ ...ALL, store: { volume: { type: 'PersistentVolumeClaim', storageClassName: 'fast' } } }),
];

export const MEANS: Means = { image: 'midregistrar:1', hasServiceMonitors: true };

export const rendered = (front: Front, means = MEANS): readonly KubeObject[] =>
  render(front, means, 'the config', false);

export const find = (objects: readonly KubeObject[], kind: string): KubeObject | undefined =>
  objects.find((object) => object.kind === kind);

/** What rolls the pod where it changes. */
export const templateOf = (front: Front, means = MEANS): unknown =>
  (find(rendered(front, means), 'Deployment')?.spec as { readonly template: unknown } | undefined)?.template;

interface PodSpec {
  readonly volumes: readonly { readonly name: string }[];
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly volumeMounts: readonly object[];
  }[];
}

export const podSpecOf = (front: Front): PodSpec => (templateOf(front) as { readonly spec: PodSpec }).spec;

/** What is assigned to a front in a cluster that has everything. */
const service = {
  clusterIps: ['10.96.0.1'],
  ingress: ['203.0.113.9'],
  nodePorts: new Map([
    [5060, 30_060],
    [8443, 30_060],
  ]),
};
export const ASSIGNED: Assigned = {
  services: { UDP: service, TCP: service },
  podIps: ['10.244.0.5'],
  nodeIps: ['192.0.2.7'],
};
