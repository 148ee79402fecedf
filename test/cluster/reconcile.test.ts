import { beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { type OperatorProcess, startOperator } from '../support/operator.ts';
import { fileStage } from '../support/peers/stage.ts';
import { type OwnCluster, startCluster } from './support/cluster.ts';
import { installDefinition, leastFront } from './support/definition.ts';
import { withClusterParts } from './support/run-cluster.ts';

const SOON = { timeout: 10_000, interval: 100 };

const stage = fileStage();
let cluster: OwnCluster;
let operator: OperatorProcess;
let name = '';
let serial = 0;

withClusterParts('controlPlane', async () => {
  cluster = await startCluster({ mode: 'controlPlane' });
  stage.onClose(() => cluster.stop());
  await installDefinition(cluster);
  operator = await startOperator(stage, cluster.kubeconfig);
});

beforeEach(() => {
  name = `front-${++serial}`;
});

const kubectl = (...args: string[]): Promise<string> => cluster.kubectl(args);
const get = async (kind: string, of = `${name}-midreg`) =>
  parse(await kubectl('get', kind, of, '-o', 'json'));

async function apply(spec: object = {}): Promise<void> {
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(leastFront(name, spec)));
}

/** Resolves when the operator has looked at the present spec. */
const looked = (): Promise<void> =>
  vi.waitFor(async () => {
    const { metadata, status } = await get('midreg', name);
    expect(status?.observedGeneration).toBe(metadata.generation);
  }, SOON);

const versions = async (): Promise<Record<string, string>> => {
  const { items } = parse(await kubectl('get', 'service,serviceaccount,configmap,pdb,deploy', '-o', 'json'));
  const mine = items.filter((item: { metadata: { name: string } }) =>
    item.metadata.name.startsWith(`${name}-`),
  );
  return Object.fromEntries(
    mine.map(
      (item: { kind: string; metadata: { name: string; generation?: number; resourceVersion: string } }) => [
        item.kind === 'Service' ? item.metadata.name : item.kind,
        // The controllers write status, so that what counts of a Deployment is its generation.
        String(item.kind === 'Deployment' ? item.metadata.generation : item.metadata.resourceVersion),
      ],
    ),
  );
};

describe('the operator', () => {
  it('makes all of a front in eight writes, and no more when it looks again', async () => {
    const before = (await operator.counts()).writes;
    await apply();
    await looked();
    await vi.waitFor(
      async () => expect((await operator.counts()).writes - before).toBeGreaterThanOrEqual(8),
      SOON,
    );
    const { reconciles } = await operator.counts();
    await kubectl('label', 'configmap', `${name}-midreg`, 'theirs=kept');
    await vi.waitFor(
      async () => expect((await operator.counts()).reconciles).toBeGreaterThan(reconciles),
      SOON,
    );
    // What the controllers say of the Deployment meanwhile is told in status, once.
    expect((await operator.counts()).writes - before).toBeLessThanOrEqual(10);
  });

  it('writes nothing but the ConfigMap where the policy changes', async () => {
    await apply();
    await looked();
    const before = await versions();
    await apply({ messaging: { maxBytes: 1234 } });
    await looked();
    await vi.waitFor(async () => expect((await versions()).ConfigMap).not.toBe(before.ConfigMap), SOON);
    const { ConfigMap: _, ...others } = await versions();
    expect(before).toMatchObject(others);
  });

  it('leaves an object alone that is somebody else’s under a name that it needs, and says so', async () => {
    await kubectl('create', 'configmap', `${name}-midreg`, '--from-literal=mine=yes');
    const before = await get('configmap');
    await apply();
    await vi.waitFor(async () => {
      const { status } = await get('midreg', name);
      const programmed = status?.conditions?.find(({ type }: { type: string }) => type === 'Programmed');
      expect(programmed?.message).toContain(`ConfigMap/${name}-midreg is there already`);
    }, SOON);
    const after = await get('configmap');
    expect([after.data, after.metadata.labels, after.metadata.ownerReferences]).toEqual([
      before.data,
      undefined,
      undefined,
    ]);
    await kubectl('delete', 'midreg', name);
    expect((await get('configmap')).data).toEqual({ mine: 'yes' });
  });

  it('puts right a number of pods that a person has set, and keeps one that an autoscaler has', async () => {
    await apply();
    await looked();
    const scale = (replicas: number, manager: string): Promise<string> =>
      kubectl(
        'patch',
        'deploy',
        `${name}-midreg`,
        '--subresource=scale',
        '--type=merge',
        '--field-manager',
        manager,
        '-p',
        `{"spec":{"replicas":${replicas}}}`,
      );
    const replicas = async (): Promise<number> => (await get('deploy')).spec.replicas;
    await scale(3, 'kubectl');
    await vi.waitFor(async () => expect(await replicas()).toBe(1), SOON);
    await scale(3, 'kube-controller-manager');
    await apply({ drain: { windowSeconds: 77 } });
    await vi.waitFor(
      async () => expect((await get('deploy')).spec.template.spec.terminationGracePeriodSeconds).toBe(92),
      SOON,
    );
    expect(await replicas()).toBe(3);
    await kubectl('scale', 'midreg', name, '--replicas=0');
    await vi.waitFor(async () => expect(await replicas()).toBe(0), SOON);
  });

  it('removes what is not asked for any more', async () => {
    await apply({ networkPolicy: 'Managed' });
    await vi.waitFor(() => get('networkpolicy'), SOON);
    await apply();
    await vi.waitFor(() => expect(get('networkpolicy')).rejects.toThrow('not found'), SOON);
  });

  it('makes anew what was deleted, also all of it at once', async () => {
    await apply();
    await looked();
    await kubectl(
      'delete',
      'service,serviceaccount,configmap,pdb,deploy',
      '-l',
      `midregistrar.dev/midregistrar=${name}`,
      '--wait=false',
    );
    await vi.waitFor(async () => {
      const all = await versions();
      expect(Object.keys(all).toSorted()).toEqual(
        [
          'ConfigMap',
          'Deployment',
          'PodDisruptionBudget',
          'ServiceAccount',
          `${name}-midreg-tcp`,
          `${name}-midreg-udp`,
        ].toSorted(),
      );
      expect((await get('deploy')).metadata.deletionTimestamp).toBeUndefined();
    }, SOON);
  });

  it('keeps a front whose resource is replaced by one of the same name', async () => {
    await apply();
    await looked();
    const { metadata: first } = await get('midreg', name);
    await kubectl('delete', 'midreg', name, '--cascade=orphan');
    await apply();
    await looked();
    const { metadata: second } = await get('midreg', name);
    expect(second.uid).not.toBe(first.uid);
    await vi.waitFor(async () => {
      const { ownerReferences } = (await get('deploy')).metadata;
      expect(ownerReferences.map(({ uid }: { uid: string }) => uid)).toEqual([second.uid]);
    }, SOON);
  });
});
