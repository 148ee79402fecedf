import { accept } from '../../operator/accept.ts';
import type { Found } from '../../operator/conditions.ts';
import type { Front } from '../../operator/front.ts';
import type { KubeObject } from '../../operator/kube/object.ts';
import type { PodView } from '../../operator/pods.ts';
import type { ProxyReport, ReportedUpstream } from '../../operator/proxy-report.ts';

/** A MidRegistrar of the API server, with sections put over the least that one needs. */
export const frontObject = (spec: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'midregistrar.dev/v1',
  kind: 'MidRegistrar',
  metadata: {
    name: 'office',
    namespace: 'branch',
    uid: 'uid-office',
    generation: 3,
    resourceVersion: '10',
    ...metadata,
  },
  spec: { domains: ['example.com'], upstream: { endpoints: [{ name: 'pbx', host: '192.0.2.20' }] }, ...spec },
});

export const HASH = 'c'.repeat(64);

export const report = (wish: Partial<ProxyReport> = {}): ProxyReport => ({
  version: '1.0.0',
  ready: true,
  draining: false,
  configHash: HASH,
  refusal: '',
  contacts: 2,
  aors: 1,
  upstreams: [
    {
      name: 'pbx',
      host: '192.0.2.20',
      port: 5060,
      state: 'Up',
      since: '2026-11-25T06:00:00.123Z',
      addresses: 1,
      addressesUp: 1,
      fault: '',
    },
  ],
  tokenKeyFault: '',
  certificateFault: '',
  ...wish,
});

/** What a proxy says of endpoints in these states: pbx, pbx2 and so on. */
export const upstreams = (
  ...states: readonly ReportedUpstream['state'][]
): Pick<ProxyReport, 'upstreams'> => ({
  upstreams: states.map((state, i) => ({
    name: `pbx${i === 0 ? '' : i + 1}`,
    host: `192.0.2.${20 + i}`,
    port: 5060,
    state,
    since: undefined,
    addresses: 1,
    addressesUp: state === 'Up' ? 1 : 0,
    fault: '',
  })),
});

export const pod = (wish: Partial<PodView> = {}): PodView => ({
  name: 'office-midreg-1',
  ready: true,
  ending: false,
  ips: ['10.244.0.9'],
  nodeIps: ['192.0.2.11'],
  trouble: '',
  createdAt: '2026-11-25T06:00:00Z',
  ...wish,
});

/** A front with which all is well. */
export const found = (wish: Partial<Found> = {}, spec: object = {}): Found => ({
  front: accept(frontObject(spec)).front as Front,
  faults: [],
  refusals: [],
  refusedForGood: false,
  resolved: {
    addresses: [
      {
        listener: 'udp',
        side: 'phones',
        transport: 'UDP',
        source: 'LoadBalancer',
        host: '203.0.113.9',
        port: 5060,
      },
    ],
    pending: [],
  },
  configHash: HASH,
  pods: [pod()],
  rolledOut: true,
  deploymentTrouble: '',
  proxies: [{ pod: 'office-midreg-1', report: report() }],
  crdDiffers: false,
  ...wish,
});
