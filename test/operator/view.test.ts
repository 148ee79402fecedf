import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../operator/kube/object.ts';
import { viewAssigned, viewDeployment } from '../../operator/view.ts';
import { pod } from './fronts.ts';

const FRONT = { namespace: 'branch', name: 'office' };

const service = (name: string, spec: object, status: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'branch' },
  spec,
  status,
});

describe('what the cluster has assigned', () => {
  it('is read of the Services and of the pod', () => {
    const spec = {
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1', 'fd00::1'],
      ports: [{ port: 5060, nodePort: 30_060 }, { port: 5070 }],
    };
    const status = { loadBalancer: { ingress: [{ ip: '203.0.113.9' }, { hostname: 'lb.example.com' }, {}] } };
    expect(viewAssigned(FRONT, [service('office-midreg-udp', spec, status)], [pod()])).toEqual({
      services: {
        UDP: {
          clusterIps: ['10.96.0.1', 'fd00::1'],
          ingress: ['203.0.113.9', 'lb.example.com'],
          nodePorts: new Map([[5060, 30_060]]),
        },
      },
      podIps: ['10.244.0.9'],
      nodeIps: ['192.0.2.11'],
    });
  });

  it('is nothing before there is anything', () => {
    expect(viewAssigned(FRONT, [], [])).toEqual({ services: {}, podIps: [], nodeIps: [] });
  });

  it.each([{ clusterIP: 'None', clusterIPs: ['None'] }, { clusterIP: '' }, {}])(
    'is no address where the Service has none: %j',
    (spec) => {
      const { services } = viewAssigned(FRONT, [service('office-midreg-tcp', spec)], []);
      expect(services.TCP?.clusterIps).toEqual([]);
    },
  );

  it('is of the newest pod that has an address', () => {
    const pods = [pod({ ips: ['10.244.0.1'] }), pod({ ips: ['10.244.0.2'] }), pod({ ips: [] })];
    expect(viewAssigned(FRONT, [], pods).podIps).toEqual(['10.244.0.2']);
  });
});

const deployment = (
  replicas: number | undefined,
  status: object | undefined,
  generation = 2,
): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'office-midreg', generation },
  spec: { ...(replicas !== undefined && { replicas }) },
  ...(status && { status }),
});

describe('a Deployment', () => {
  it.each([
    ['that nobody has looked at yet', deployment(1, undefined), false],
    [
      'whose controller has seen a former spec only',
      deployment(1, { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1 }),
      false,
    ],
    [
      'whose pod is being replaced',
      deployment(1, { observedGeneration: 2, replicas: 2, updatedReplicas: 1, readyReplicas: 1 }),
      false,
    ],
    [
      'whose pod is not ready',
      deployment(1, { observedGeneration: 2, replicas: 1, updatedReplicas: 1 }),
      false,
    ],
    [
      'whose pod is ready',
      deployment(1, { observedGeneration: 2, replicas: 1, updatedReplicas: 1, readyReplicas: 1 }),
      true,
    ],
    [
      'of one pod where no number is named',
      deployment(undefined, { observedGeneration: 2, replicas: 1, updatedReplicas: 1, readyReplicas: 1 }),
      true,
    ],
    ['that is stopped', deployment(0, { observedGeneration: 2 }), true],
    ['whose last pod is still ending', deployment(0, { observedGeneration: 2, replicas: 1 }), false],
  ])('%s: rolled out or not', (_what, object, is) => {
    expect(viewDeployment(object).rolledOut).toBe(is);
  });

  it('says why no pod can be made', () => {
    const conditions = [
      { type: 'Progressing', status: 'True', message: 'going on' },
      { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: pods' },
    ];
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'office-midreg' },
      spec: { replicas: 1 },
      status: { conditions },
    };
    expect(viewDeployment(deployment).trouble).toBe('exceeded quota: pods');
  });

  it('that is not there is neither rolled out nor scaled by anybody', () => {
    expect(viewDeployment(undefined)).toEqual({ rolledOut: false, scaledByOther: false, trouble: '' });
  });

  it.each([
    ['kube-controller-manager', 'scale', true],
    ['kube-controller-manager', 'status', false],
    ['kube-controller-manager', undefined, false],
    ['kubectl', 'scale', false],
  ])('written by %s at %s is scaled by an autoscaler or not', (manager, subresource, is) => {
    const { metadata, ...rest } = deployment(1, {});
    const managedFields = [{ manager, ...(subresource && { subresource }) }];
    expect(
      viewDeployment({ ...rest, metadata: { ...metadata, managedFields } } as KubeObject).scaledByOther,
    ).toBe(is);
  });
});
