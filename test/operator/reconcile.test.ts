import { describe, expect, it } from 'vitest';
import { KIND } from '../../operator/names.ts';
import { FRONT, LEAST, Stage } from './stage.ts';

/** The stage once the resource is ready and nothing is left to be told. */
const settled = async (spec: Readonly<Record<string, unknown>> = LEAST): Promise<Stage> => {
  const stage = new Stage();
  await stage.settle(spec);
  return stage;
};

/** What of all that is stored was written by a look. */
const writtenBy = async (stage: Stage): Promise<readonly string[]> => {
  const before = stage.versions;
  await stage.look();
  const after = stage.versions;
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.filter((name) => before.get(name) !== after.get(name)).sort();
};

const ALL = [
  'ConfigMap/office-midreg',
  'Deployment/office-midreg',
  'PodDisruptionBudget/office-midreg',
  'Service/office-midreg-admin',
  'Service/office-midreg-tcp',
  'Service/office-midreg-udp',
  'ServiceAccount/office-midreg',
  'ServiceMonitor/office-midreg-admin',
];

describe('the first look', () => {
  it('makes everything in at most 9 requests, the status among them', async () => {
    const stage = new Stage();
    await stage.make();
    await stage.look();
    expect(stage.children).toEqual(ALL);
    const counts = stage.server.takeCounts();
    expect(Object.keys(counts)).toEqual(['PATCH']);
    expect(counts.PATCH).toBeLessThanOrEqual(9);
    expect(stage.reasons()).toEqual(['Created']);
  });

  it('tells the addresses of the Services in the very first configuration', async () => {
    const stage = new Stage();
    await stage.make();
    await stage.look();
    expect(JSON.parse(stage.config).spec.listeners[0].advertised).toEqual({
      phones: { host: '10.96.0.1', port: 5060 },
      upstream: { host: '10.96.0.1', port: 5060 },
    });
    expect(stage.status.address).toBe('10.96.0.1:5060');
  });

  it('makes nothing of a kind that the cluster does not serve', async () => {
    const stage = new Stage();
    stage.hasServiceMonitors = false;
    stage.server.served.delete('servicemonitors');
    await stage.make();
    expect(await stage.look()).toHaveProperty('again');
    expect(stage.children).toEqual(ALL.filter((name) => !name.includes('admin')));
  });

  it('owns all that it makes, so that it goes with the resource', async () => {
    const stage = new Stage();
    await stage.make();
    await stage.look();
    const uid = stage.server.object('midregistrars', 'office')?.metadata.uid;
    const owners = stage.cache.children(FRONT).map(({ metadata }) => metadata.ownerReferences);
    expect(owners.every((each) => each?.length === 1 && each[0]?.uid === uid && each[0]?.controller)).toBe(
      true,
    );
  });
});

describe('a look at what is as it should be', () => {
  it('writes nothing, and asks nothing of the API server', async () => {
    const stage = await settled();
    expect(await stage.requestsOfLook()).toEqual({});
    expect(stage.state('Ready')).toBe('True Ready');
  });

  it('writes nothing though the watches have not told of the last writes yet', async () => {
    const stage = new Stage();
    await stage.make();
    await stage.lookBehind();
    stage.server.takeCounts();
    await stage.lookBehind();
    expect(stage.server.takeCounts()).toEqual({});
  });

  it('writes nothing after the operator was started anew', async () => {
    const stage = await settled();
    stage.written.forget('branch/office');
    expect(await stage.requestsOfLook()).toEqual({});
  });

  it('comes again after 20 s', async () => {
    const stage = await settled();
    expect(await stage.look()).toEqual({ again: 20_000 });
  });
});

describe('a change of the resource', () => {
  it('of what is live changes only the ConfigMap, and the status', async () => {
    const stage = await settled();
    await stage.change({ messaging: { maxBytes: 2000 } });
    expect(await writtenBy(stage)).toEqual([
      'configmaps/office-midreg',
      'midregistrars/office',
      'pods/office-1',
    ]);
    expect(JSON.parse(stage.config).spec.messaging.maxBytes).toBe(2000);
    expect(stage.reasons()).toEqual(['Updated']);
  });

  it('of what only the operator carries out is no news to the proxy', async () => {
    const stage = await settled();
    await stage.change({ pod: { priorityClassName: 'voice' } });
    expect(await writtenBy(stage)).toEqual(['deployments/office-midreg', 'midregistrars/office']);
    expect(stage.state('Programmed')).toBe('False Rolling');
  });

  it('takes away what is not asked for any more, and nothing else', async () => {
    const stage = await settled({ ...LEAST, networkPolicy: 'Managed' });
    expect(stage.children).toContain('NetworkPolicy/office-midreg');
    await stage.change({ networkPolicy: 'None', serviceMonitor: 'None', listeners: [{ name: 'udp' }] });
    await stage.look();
    const kept = ALL.filter((name) => !name.includes('admin') && !name.includes('tcp'));
    expect(stage.children).toEqual(kept);
    expect(stage.reasons()).toContain('Pruned');
  });

  it('takes a field out again that it had put in', async () => {
    const stage = await settled({
      ...LEAST,
      pod: { nodeSelector: { zone: 'a' }, tolerations: [{ key: 'sip' }] },
    });
    await stage.change({ pod: { nodeSelector: null, tolerations: null } });
    await stage.look();
    expect(stage.podSpec).not.toHaveProperty('nodeSelector');
    expect(stage.podSpec).not.toHaveProperty('tolerations');
    expect(await stage.requestsOfLook()).toEqual({});
  });
});

describe('a resource that goes', () => {
  it('is not worked on any more, and its children are left to the garbage collector', async () => {
    const stage = await settled();
    await stage.delete(KIND, 'office');
    expect(await stage.look()).toBe('gone');
    expect(stage.server.takeCounts()).toEqual({ DELETE: 1 });
    expect(stage.children).toEqual(ALL);
  });

  it('leaves its children to another of its name, whom they go with from then on', async () => {
    const stage = await settled();
    await stage.delete(KIND, 'office');
    await stage.look();
    await stage.make();
    await stage.look();
    const uid = stage.server.object('midregistrars', 'office')?.metadata.uid;
    expect(stage.child('ConfigMap')?.metadata.ownerReferences?.map((owner) => owner.uid)).toEqual([uid]);
  });
});

describe('an autoscaler', () => {
  it('keeps the number of pods that it has set', async () => {
    const stage = await settled();
    const scale = { spec: { replicas: 2 } };
    await stage.edit('Deployment', 'office-midreg', scale, 'kube-controller-manager', 'scale');
    await stage.look();
    await stage.look();
    expect(stage.child('Deployment')?.spec).toMatchObject({ replicas: 2 });
    expect(await stage.requestsOfLook()).toEqual({});
  });

  it('does not wake what its owner has stopped', async () => {
    const stage = await settled();
    const scale = { spec: { replicas: 2 } };
    await stage.edit('Deployment', 'office-midreg', scale, 'kube-controller-manager', 'scale');
    await stage.look();
    await stage.change({ replicas: 0 });
    await stage.look();
    expect(stage.child('Deployment')?.spec).toMatchObject({ replicas: 0 });
  });

  it('is not taken for somebody else who changes the number of pods', async () => {
    const stage = await settled();
    await stage.edit('Deployment', 'office-midreg', { spec: { replicas: 3 } }, 'kubectl', 'scale');
    await stage.look();
    expect(stage.child('Deployment')?.spec).toMatchObject({ replicas: 1 });
  });
});
