import { describe, expect, it } from 'vitest';
import { ApiError } from '../../operator/kube/call.ts';
import type { KubeObject } from '../../operator/kube/object.ts';
import type { Delta } from '../../operator/kube/reflector.ts';
import { FRONT_LABEL } from '../../operator/names.ts';
import { LEAST, NAMESPACE, Stage } from './stage.ts';

const settled = async (): Promise<Stage> => {
  const stage = new Stage();
  await stage.settle();
  return stage;
};

/** Somebody's object that bears a name that we need. */
const foreign = (kind: string, name: string, fields: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: NAMESPACE, ...metadata },
  ...fields,
});

/** All but what a server counts. */
const essence = (object: KubeObject | undefined): unknown => {
  const { resourceVersion: _, managedFields: __, generation: ___, ...metadata } = object?.metadata ?? {};
  return { ...object, metadata };
};

describe('drift', () => {
  it('of a field is put right, and told once', async () => {
    const stage = await settled();
    const template = { metadata: { labels: { 'app.kubernetes.io/component': 'other' } } };
    await stage.edit('Deployment', 'office-midreg', { spec: { revisionHistoryLimit: 9, template } });
    await stage.look();
    expect(stage.child('Deployment')?.spec).toMatchObject({
      revisionHistoryLimit: 3,
      template: { metadata: { labels: { 'app.kubernetes.io/component': 'proxy' } } },
    });
    await stage.runPod();
    await stage.look();
    expect(stage.reasons()).toEqual(['DriftCorrected', 'Programmed', 'Ready']);
    expect(await stage.requestsOfLook()).toEqual({});
  });

  it('of the configuration is put right', async () => {
    const stage = await settled();
    const { config } = stage;
    await stage.edit('ConfigMap', 'office-midreg', { data: { 'resource.json': '{}' } });
    await stage.look();
    expect(stage.config).toBe(config);
  });

  it.each(['ConfigMap', 'Deployment', 'PodDisruptionBudget', 'ServiceAccount'])(
    'is that a %s was deleted: it is made anew',
    async (kind) => {
      const stage = await settled();
      const former = stage.child(kind);
      await stage.delete(kind, 'office-midreg');
      await stage.look();
      expect(stage.child(kind)).toBeDefined();
      expect(stage.child(kind)?.metadata.uid).not.toBe(former?.metadata.uid);
      expect(stage.reasons()).toContain('Created');
    },
  );

  it('is that a Service was deleted: it is made anew, and its new address told', async () => {
    const stage = await settled();
    await stage.delete('Service', 'office-midreg-udp');
    await stage.look();
    const host = '10.96.0.3';
    expect(stage.child('Service', 'office-midreg-udp')?.spec).toMatchObject({ clusterIP: host });
    expect(stage.status.address).toBe(`${host}:5060`);
    expect(stage.config).toContain(host);
    expect(stage.reasons()).toEqual(['Created', 'Updated', 'AddressAssigned']);
  });

  it('is that the label was taken off by which we know an object', async () => {
    const stage = await settled();
    await stage.edit('ConfigMap', 'office-midreg', { metadata: { labels: { [FRONT_LABEL]: null } } });
    await stage.look();
    expect(stage.child('ConfigMap')?.metadata.labels).toHaveProperty([FRONT_LABEL], 'office');
    expect(stage.state('Programmed')).not.toBe('False NotApplied');
    await stage.look();
    expect(await stage.requestsOfLook()).toEqual({});
    expect(stage.state('Ready')).toBe('True Ready');
  });

  it.each([null, 'hall'])(
    'is that the label says %j, though others have written to the object',
    async (label) => {
      const stage = await settled();
      const { config } = stage;
      const metadata = { labels: { [FRONT_LABEL]: label }, annotations: { theirs: 'kept' } };
      await stage.edit('ConfigMap', 'office-midreg', { metadata });
      await stage.look();
      expect(stage.child('ConfigMap')?.metadata).toMatchObject({
        labels: { [FRONT_LABEL]: 'office' },
        annotations: { theirs: 'kept' },
      });
      expect(stage.config).toBe(config);
      expect(stage.state('Programmed')).toBe('True Programmed');
      expect(await stage.requestsOfLook()).toEqual({});
    },
  );

  it('is that an object was let go of: its owner is written again', async () => {
    const stage = await settled();
    await stage.edit('ConfigMap', 'office-midreg', { metadata: { ownerReferences: null } });
    await stage.look();
    expect(stage.child('ConfigMap')?.metadata.ownerReferences).toHaveLength(1);
  });

  it('is not what others have added: fields, labels, elements of lists', async () => {
    const stage = await settled();
    const sidecar = { name: 'recorder', image: 'recorder:1' };
    const [proxy] = (stage.podSpec as { readonly containers: readonly object[] }).containers;
    await stage.edit('Deployment', 'office-midreg', {
      metadata: { labels: { team: 'voice' }, annotations: { 'audit.test/seen': 'yes' } },
      spec: { minReadySeconds: 5, template: { spec: { containers: [proxy, sidecar] } } },
    });
    await stage.edit('ConfigMap', 'office-midreg', { data: { 'notes.txt': 'ours' } });
    await stage.look();
    await stage.runPod();
    await stage.look();
    expect(await stage.requestsOfLook()).toEqual({});
    await stage.change({ pod: { priorityClassName: 'voice' } });
    await stage.look();
    expect(stage.podSpec).toMatchObject({
      priorityClassName: 'voice',
      containers: [{ name: 'proxy' }, { name: 'recorder', imagePullPolicy: 'IfNotPresent' }],
    });
    expect(stage.child('Deployment')).toMatchObject({
      metadata: { labels: { team: 'voice' } },
      spec: { minReadySeconds: 5 },
    });
    expect(stage.child('ConfigMap')?.data).toHaveProperty(['notes.txt'], 'ours');
  });

  it('is not what the API server makes of a wish each time', async () => {
    const stage = new Stage();
    await stage.settle({ ...LEAST, pod: { resources: { requests: { cpu: '0.5', memory: '1024Mi' } } } });
    const [proxy] = (stage.podSpec as { readonly containers: readonly object[] }).containers;
    const resources = { requests: { cpu: '500m', memory: '1Gi' } };
    const patch = { spec: { template: { spec: { containers: [{ ...proxy, resources }] } } } };
    await stage.edit('Deployment', 'office-midreg', patch);
    await stage.runPod();
    expect(await stage.requestsOfLook()).toEqual({});
  });

  it('is also that an object was deleted just when it had been written, before the answer came', async () => {
    const stage = await settled();
    await stage.change({ messaging: { maxBytes: 2000 } });
    stage.deliver();
    const deleteOnce = ({ object, isGone }: Delta): void => {
      if (object.kind !== 'ConfigMap' || isGone) return;
      stage.server.watchers.delete(deleteOnce);
      void stage.delete('ConfigMap', 'office-midreg');
      stage.deliver();
    };
    stage.server.watchers.add(deleteOnce);
    await stage.look();
    expect(stage.child('ConfigMap')).toBeUndefined();
    stage.now += 120_000;
    await stage.look();
    expect(JSON.parse(stage.config).spec.messaging.maxBytes).toBe(2000);
  });

  it('of an object that is going is not put right; it is made anew when it is gone', async () => {
    const stage = await settled();
    await stage.edit('ConfigMap', 'office-midreg', { metadata: { finalizers: ['test/slow'] } });
    await stage.delete('ConfigMap', 'office-midreg');
    expect(await stage.requestsOfLook()).toEqual({});
    await stage.edit('ConfigMap', 'office-midreg', { metadata: { finalizers: null } });
    await stage.look();
    expect(stage.child('ConfigMap')?.metadata.deletionTimestamp).toBeUndefined();
    expect(stage.config).toContain('office.test');
  });
});

describe('an object of somebody else that bears a name of ours', () => {
  it('is left as it was, and the resource says so', async () => {
    const stage = new Stage();
    await stage.create(foreign('ConfigMap', 'office-midreg', { data: { 'resource.json': 'mine' } }));
    const before = stage.child('ConfigMap');
    await stage.make();
    await stage.look();
    expect(stage.child('ConfigMap')).toEqual(before);
    expect(stage.condition('Programmed')).toMatchObject({
      status: 'False',
      reason: 'NotApplied',
      message:
        'ConfigMap/office-midreg is there already and is not ours; rename or remove it, or rename this resource',
    });
    expect(stage.state('Stalled')).toBe('True NotApplied');
    expect(stage.child('Deployment')).toBeDefined();
  });

  it('gets back what was merged into it where nothing of it was in the way', async () => {
    const stage = new Stage();
    await stage.create(foreign('ConfigMap', 'office-midreg', { data: { other: 'mine' } }));
    const before = stage.child('ConfigMap');
    await stage.make();
    await stage.look();
    expect(essence(stage.child('ConfigMap'))).toEqual(essence(before));
    expect(stage.state('Programmed')).toBe('False NotApplied');
  });

  it('is not written to again and again', async () => {
    const stage = new Stage();
    await stage.create(foreign('ConfigMap', 'office-midreg', { data: { other: 'mine' } }));
    await stage.create(foreign('Service', 'office-midreg-udp', { spec: { ports: [{ port: 53 }] } }));
    await stage.make();
    await stage.look();
    stage.reasons();
    const { versions } = stage;
    await stage.look();
    await stage.look();
    expect(stage.versions).toEqual(versions);
    expect(stage.reasons()).toEqual([]);
  });

  it('is left as it was though it bears our label', async () => {
    const stage = new Stage();
    await stage.create(
      foreign('Service', 'office-midreg-udp', { spec: {} }, { labels: { [FRONT_LABEL]: 'office' } }),
    );
    const before = stage.child('Service', 'office-midreg-udp');
    await stage.make();
    await stage.look();
    expect(stage.child('Service', 'office-midreg-udp')).toEqual(before);
    expect(stage.state('Programmed')).toBe('False NotApplied');
  });

  it('is taken over from when it is gone', async () => {
    const stage = new Stage();
    await stage.create(foreign('ConfigMap', 'office-midreg', { data: { other: 'mine' } }));
    await stage.make();
    await stage.look();
    await stage.look();
    await stage.delete('ConfigMap', 'office-midreg');
    await stage.look();
    expect(stage.config).toContain('office.test');
    expect(stage.state('Programmed')).toBe('False Rolling');
    expect(stage.state('Stalled')).toBe('False NotStalled');
  });

  it('is never deleted, though nobody asks for the name any more', async () => {
    const stage = await settled();
    const labels = { [FRONT_LABEL]: 'office' };
    await stage.create(foreign('Service', 'office-other', { spec: {} }, { labels }));
    expect(await stage.requestsOfLook()).toEqual({});
    expect(stage.child('Service', 'office-other')).toBeDefined();
  });
});

describe('a refusal of the API server', () => {
  const refusing = async (status: number, reason: string): Promise<Stage> => {
    const stage = new Stage();
    stage.server.refuse = ({ path }) =>
      path.includes('/deployments') ? new ApiError(status, reason, `the ${reason} of it`) : undefined;
    await stage.make();
    return stage;
  };

  it('of an invalid object keeps no other from being written, and is for good', async () => {
    const stage = await refusing(422, 'Invalid');
    expect(await stage.look()).toEqual({ again: 20_000 });
    expect(stage.children).toHaveLength(7);
    expect(stage.condition('Programmed')?.message).toBe('Deployment/office-midreg: the Invalid of it');
    expect(stage.state('Stalled')).toBe('True NotApplied');
  });

  it('of a right is told, and not for good', async () => {
    const stage = await refusing(403, 'Forbidden');
    await stage.look();
    expect(stage.state('Programmed')).toBe('False NotApplied');
    expect(stage.state('Stalled')).toBe('False NotStalled');
    stage.server.refuse = () => undefined;
    await stage.look();
    expect(stage.state('Programmed')).toBe('False Rolling');
  });

  it('that will pass is tried again, though the status is written', async () => {
    const stage = await refusing(503, 'ServiceUnavailable');
    expect(await stage.look()).toHaveProperty('failed.status', 503);
    expect(stage.children).toHaveLength(7);
    expect(stage.state('Accepted')).toBe('True Accepted');
  });

  it('of the status makes the look fail', async () => {
    const stage = new Stage();
    await stage.make();
    stage.server.refuse = ({ path }) =>
      path.endsWith('/status') ? new ApiError(500, 'InternalError', 'etcd is away') : undefined;
    await expect(stage.look()).rejects.toThrow('etcd is away');
    stage.server.refuse = () => undefined;
    await stage.look();
    expect(stage.state('Accepted')).toBe('True Accepted');
  });
});
