import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../operator/kube/object.ts';
import { current, viewPod } from '../../operator/pods.ts';
import { pod } from './fronts.ts';

const podWith = (status: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'office-1', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
  status,
});

const waiting = (reason: string, message?: string, lastState: object = {}): object => ({
  phase: 'Pending',
  containerStatuses: [{ state: { waiting: { reason, ...(message && { message }) } }, lastState }],
});

describe('a pod', () => {
  it('that runs is ready, at its addresses and its node’s', () => {
    const status = {
      phase: 'Running',
      podIP: '10.244.0.5',
      podIPs: [{ ip: '10.244.0.5' }, { ip: 'fd01::5' }],
      hostIP: '192.0.2.7',
      hostIPs: [{ ip: '192.0.2.7' }],
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ state: { running: {} } }],
    };
    expect(viewPod(podWith(status))).toEqual({
      name: 'office-1',
      ready: true,
      ending: false,
      ips: ['10.244.0.5', 'fd01::5'],
      nodeIps: ['192.0.2.7'],
      trouble: '',
      createdAt: '2026-01-01T00:00:00Z',
    });
  });

  it('has its one address where an older cluster tells no list', () => {
    const { ips, nodeIps } = viewPod(podWith({ podIP: '10.244.0.5', hostIP: '192.0.2.7' }));
    expect([ips, nodeIps]).toEqual([['10.244.0.5'], ['192.0.2.7']]);
  });

  it('of which nothing is known has nothing, and no trouble', () => {
    const { status: _, ...bare } = podWith({});
    expect(viewPod(bare)).toMatchObject({ ready: false, ips: [], nodeIps: [], trouble: '' });
  });

  it('that was told to end is ending', () => {
    expect(viewPod(podWith({}, { deletionTimestamp: '2026-01-01T00:00:09Z' })).ending).toBe(true);
  });

  it.each([
    ['Pending', false],
    ['Running', false],
    ['Failed', true],
    ['Succeeded', true],
  ])('in phase %s is ending: %s', (phase, is) => {
    expect(viewPod(podWith({ phase })).ending).toBe(is);
  });
});

describe('why a pod does not run', () => {
  const ended = { terminated: { reason: 'Error', exitCode: 2 } };

  it.each([
    [
      'no node takes it',
      {
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' },
        ],
      },
      'Unschedulable: 0/1 nodes',
    ],
    [
      'its image is not to be had',
      waiting('ImagePullBackOff', 'no such image'),
      'ImagePullBackOff: no such image',
    ],
    [
      'it ends again and again',
      waiting('CrashLoopBackOff', 'back-off 10s', ended),
      'CrashLoopBackOff: back-off 10s; it ended with Error, exit code 2',
    ],
    [
      'it ends again and again, and says why',
      waiting('CrashLoopBackOff', 'back-off 10s', {
        terminated: { ...ended.terminated, message: 'midreg: Secret sip-tls is missing\n' },
      }),
      'CrashLoopBackOff: back-off 10s; it ended with Error, exit code 2: midreg: Secret sip-tls is missing',
    ],
    ['it says no more than a word', waiting('CreateContainerConfigError'), 'CreateContainerConfigError'],
    ['it is being made', waiting('ContainerCreating'), ''],
    ['it is being prepared', waiting('PodInitializing'), ''],
  ])('is told in Kubernetes’ words: %s', (_what, status, trouble) => {
    expect(viewPod(podWith(status)).trouble).toBe(trouble);
  });

  it('is that of whichever container has trouble', () => {
    const {
      containerStatuses: [bad],
    } = waiting('ErrImagePull') as { containerStatuses: readonly [object] };
    const status = { containerStatuses: [{ state: { running: {} } }, bad] };
    expect(viewPod(podWith(status)).trouble).toBe('ErrImagePull');
  });

  it('is at most a sentence', () => {
    expect(viewPod(podWith(waiting('ErrImagePull', 'x'.repeat(5000)))).trouble).toHaveLength(400);
  });
});

it('counts the pods that are not ending, the newest last', () => {
  const pods = [
    pod({ name: 'new', createdAt: '2026-01-03T00:00:00Z' }),
    pod({ name: 'going', ending: true }),
    pod({ name: 'old', createdAt: '2026-01-01T00:00:00Z' }),
  ];
  expect(current(pods).map(({ name }) => name)).toEqual(['old', 'new']);
});
