import { describe, expect, it } from 'vitest';
import { accept } from '../../operator/accept.ts';
import {
  type Assigned,
  type Resolved,
  resolveAddresses,
  serviceNamespace,
} from '../../operator/addresses.ts';
import type { Front } from '../../operator/front.ts';
import { frontObject } from './fronts.ts';

const UDP = [{ name: 'udp', port: 5060 }];

const FULL: Assigned = {
  services: {
    UDP: {
      clusterIps: ['10.96.0.1', 'fd00::1'],
      ingress: ['203.0.113.9', '2001:db8::9'],
      nodePorts: new Map([[5060, 30_060]]),
    },
    TCP: { clusterIps: ['10.96.0.2'], ingress: ['tcp.lb.example.com'], nodePorts: new Map([[5060, 30_061]]) },
  },
  podIps: ['10.244.0.5', 'fd01::5'],
  nodeIps: ['192.0.2.7', '2001:db8::7'],
};
const NOTHING: Assigned = { services: {}, podIps: [], nodeIps: [] };

const resolve = (spec: object, assigned: Assigned = FULL): Resolved => {
  const { front } = accept(frontObject({ listeners: UDP, ...spec }));
  return resolveAddresses((front as Front).spec, assigned);
};

/** `udp phones 203.0.113.9:5060 LoadBalancer` */
const told = ({ addresses }: Resolved): readonly string[] =>
  addresses.map(({ listener, side, host, port, source }) => `${listener} ${side} ${host}:${port} ${source}`);

const inside = { endpoints: [{ name: 'pbx', host: 'pbx.voice.svc.cluster.local' }] };

describe('what phones and the PBX are told', () => {
  it.each([
    ['LoadBalancer', 'udp phones 203.0.113.9:5060 LoadBalancer'],
    ['NodePort', 'udp phones 192.0.2.7:30060 Node'],
    ['ClusterIP', 'udp phones 10.96.0.1:5060 Service'],
  ])('is by itself what the type %s gives', (type, address) => {
    const resolved = resolve({ exposure: { type } });
    expect(told(resolved)).toEqual([address, address.replace('phones', 'upstream')]);
    expect(resolved.pending).toEqual([]);
  });

  it.each([
    ['LoadBalancer', '203.0.113.9:5060'],
    ['Node', '192.0.2.7:30060'],
    ['Service', '10.96.0.1:5060'],
    ['Pod', '10.244.0.5:5060'],
  ])('is what is asked for by the word %s', (word, address) => {
    const exposure = { addresses: { phones: word, upstream: word } };
    expect(told(resolve({ exposure }))).toEqual([
      `udp phones ${address} ${word}`,
      `udp upstream ${address} ${word}`,
    ]);
  });

  it('is the Service’s address for a PBX in the cluster', () => {
    expect(told(resolve({ upstream: inside }))).toEqual([
      'udp phones 203.0.113.9:5060 LoadBalancer',
      'udp upstream 10.96.0.1:5060 Service',
    ]);
  });

  it('is what the listener itself says before anything else', () => {
    const advertised = { phones: { host: 'sip.example.com', port: 5070 }, upstream: { host: '10.0.0.1' } };
    const listeners = [{ name: 'udp', port: 5062, advertised }];
    const resolved = resolve({ listeners }, NOTHING);
    expect(told(resolved)).toEqual([
      'udp phones sip.example.com:5070 Static',
      'udp upstream 10.0.0.1:5062 Static',
    ]);
    expect(resolved.pending).toEqual([]);
  });

  it('is of the listener’s IP version, or a name', () => {
    const listeners = [
      { name: 'four', port: 5060 },
      { name: 'six', port: 5060, address: '::' },
      { name: 'tcp', port: 5060, transport: 'TCP', address: '::' },
    ];
    const { addresses } = resolve({ listeners });
    const phones = addresses.filter(({ side }) => side === 'phones').map(({ host }) => host);
    expect(phones).toEqual(['203.0.113.9', '2001:db8::9', 'tcp.lb.example.com']);
  });
});

describe('what is waited for', () => {
  it('is a load balancer, of each transport, with what else could be done', () => {
    const listeners = [{ name: 'udp' }, { name: 'tcp', transport: 'TCP' }];
    const { pending, addresses } = resolve({ listeners }, NOTHING);
    expect(addresses).toEqual([]);
    expect(pending.map(({ needsPod }) => needsPod)).toEqual([false, false]);
    expect(pending[0]?.sentence).toMatch(/^the UDP Service has no load balancer address yet; .*NodePort/);
    expect(pending[1]?.sentence).toMatch(/^the TCP Service/);
  });

  it.each([
    ['NodePort', { nodeIps: [] }, 'no pod runs on a node yet', true],
    ['NodePort', { services: {} }, 'the UDP Service has no node port for listener udp yet', false],
    ['ClusterIP', { services: {} }, "the UDP Service has no address of the listener's IP version yet", false],
  ] as const)('of type %s is told where it is missing: %j', (type, missing, sentence, needsPod) => {
    const { pending } = resolve({ exposure: { type } }, { ...FULL, ...missing });
    expect(pending).toHaveLength(1);
    expect(pending[0]?.sentence).toContain(sentence);
    expect(pending[0]?.needsPod).toBe(needsPod);
  });

  it('is a pod’s address where that was asked for', () => {
    const exposure = { addresses: { phones: 'Pod', upstream: 'Pod' } };
    expect(resolve({ exposure }, { ...FULL, podIps: [] }).pending).toEqual([
      { sentence: 'no pod has an address yet', needsPod: true },
    ]);
  });

  it('keeps no other side from being told', () => {
    const exposure = { addresses: { upstream: 'Pod' } };
    const resolved = resolve({ exposure }, { ...FULL, podIps: [] });
    expect(told(resolved)).toEqual(['udp phones 203.0.113.9:5060 LoadBalancer']);
    expect(resolved.pending).toHaveLength(1);
  });
});

describe('the name of a Service', () => {
  it.each([
    ['pbx.voice.svc', 'voice'],
    ['pbx.voice.svc.cluster.local', 'voice'],
    ['PBX.Voice.svc.', 'voice'],
    ['pbx.voice', undefined],
    ['pbx.example.com', undefined],
    ['a.b.voice.svc', undefined],
    ['10.96.0.1', undefined],
  ])('%s is in the namespace %s', (host, namespace) => {
    expect(serviceNamespace(host)).toBe(namespace);
  });
});
