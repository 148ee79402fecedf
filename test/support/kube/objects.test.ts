import { beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../../../operator/kube/call.ts';
import type { KubeObject } from '../../../operator/kube/object.ts';
import type { Delta } from '../../../operator/kube/reflector.ts';
import { ObjectServer } from './objects.ts';

const MAPS = '/api/v1/namespaces/branch/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/branch/deployments';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/branch/leases';

let server: ObjectServer;
beforeEach(() => {
  server = new ObjectServer();
});

const send = async (method: Call['method'], path: string, body?: object): Promise<KubeObject> =>
  (await server.send({
    method,
    path,
    body,
    ...(method === 'PATCH' && {
      contentType: 'application/merge-patch+json',
      query: { fieldManager: 'hand' },
    }),
  })) as KubeObject;

const apply = async (path: string, body: object, manager = 'us', force = false): Promise<KubeObject> =>
  (await server.send({
    method: 'PATCH',
    path,
    query: { fieldManager: manager, force: String(force) },
    contentType: 'application/apply-patch+yaml',
    body,
  })) as KubeObject;

const map = (data: object | undefined, metadata: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  ...(data && { data }),
});

const deployment = (containers: readonly object[], more: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a' },
  spec: { selector: { matchLabels: { a: 'b' } }, template: { spec: { containers } }, ...more },
});

describe('server-side apply', () => {
  it('makes what is not there, with a uid, a version and a generation', async () => {
    expect((await apply(`${DEPLOYMENTS}/a`, deployment([{ name: 'x' }]))).metadata).toMatchObject({
      namespace: 'branch',
      uid: expect.any(String),
      resourceVersion: '100',
      generation: 1,
    });
  });

  it('makes no version where it changes nothing', async () => {
    const first = await apply(`${MAPS}/a`, map({ a: '1' }));
    const heard: Delta[] = [];
    server.watchers.add((delta) => void heard.push(delta));
    expect(await apply(`${MAPS}/a`, map({ a: '1' }))).toEqual(first);
    expect(heard).toEqual([]);
  });

  it('refuses what another has set otherwise, and takes it by force', async () => {
    await apply(`${MAPS}/a`, map({ a: '1' }), 'them');
    await expect(apply(`${MAPS}/a`, map({ a: '2' }))).rejects.toMatchObject({
      status: 409,
      reason: 'Conflict',
    });
    await apply(`${MAPS}/a`, map({ a: '2' }), 'us', true);
    await expect(apply(`${MAPS}/a`, map({ a: '3' }), 'them')).rejects.toThrow('conflict with "us"');
  });

  it('shares what both set alike: it stays until neither wants it', async () => {
    await apply(`${MAPS}/a`, map({ a: '1' }), 'them');
    await apply(`${MAPS}/a`, map({ a: '1' }));
    expect((await apply(`${MAPS}/a`, map(undefined))).data).toEqual({ a: '1' });
    expect((await apply(`${MAPS}/a`, map(undefined), 'them')).data).toBeUndefined();
  });

  it('takes away what the same writer wished before, and nothing of others', async () => {
    await apply(`${MAPS}/a`, map({ a: '1', b: '1' }));
    await send('PATCH', `${MAPS}/a`, { data: { c: 'theirs' } });
    expect((await apply(`${MAPS}/a`, map({ b: '2' }))).data).toEqual({ b: '2', c: 'theirs' });
  });

  it('merges lists of named things, in the order of the wish', async () => {
    await apply(`${DEPLOYMENTS}/a`, deployment([{ name: 'theirs' }]), 'them');
    const both = await apply(`${DEPLOYMENTS}/a`, deployment([{ name: 'one' }, { name: 'two' }]));
    const named = ({ spec }: KubeObject): unknown =>
      (spec as { template: { spec: { containers: { name: string }[] } } }).template.spec.containers.map(
        ({ name }) => name,
      );
    expect(named(both)).toEqual(['theirs', 'one', 'two']);
    expect(named(await apply(`${DEPLOYMENTS}/a`, deployment([{ name: 'two' }, { name: 'one' }])))).toEqual([
      'theirs',
      'two',
      'one',
    ]);
    expect(named(await apply(`${DEPLOYMENTS}/a`, deployment([{ name: 'one' }])))).toEqual(['theirs', 'one']);
  });

  it('tells who has set what', async () => {
    const made = await apply(`${MAPS}/a`, map({ a: '1' }));
    expect(made.metadata.managedFields).toEqual([
      { manager: 'us', operation: 'Apply', fieldsV1: { 'f:data': { 'f:a': {} } } },
    ]);
    expect((await send('PATCH', `${MAPS}/a`, { data: { a: '2' } })).metadata.managedFields).toEqual([
      { manager: 'hand', operation: 'Update', fieldsV1: { 'f:data': { 'f:a': {} } } },
    ]);
  });

  it('needs a name for the writer, and the name of the object', async () => {
    const nameless = {
      method: 'PATCH',
      path: `${MAPS}/a`,
      contentType: 'application/apply-patch+yaml',
    } as const;
    await expect(server.send({ ...nameless, body: map({}) })).rejects.toMatchObject({ status: 422 });
    await expect(apply(`${MAPS}/b`, map({}))).rejects.toMatchObject({ status: 400 });
  });
});

describe('the doors of an object', () => {
  it('write status and spec apart', async () => {
    await apply(`${DEPLOYMENTS}/a`, deployment([{ name: 'x' }]));
    const seen = await send('PATCH', `${DEPLOYMENTS}/a/status`, {
      status: { replicas: 1 },
      spec: { paused: true },
    });
    expect(seen).toMatchObject({ status: { replicas: 1 }, metadata: { generation: 1 } });
    expect(seen.spec).not.toHaveProperty('paused');
    const paused = await send('PATCH', `${DEPLOYMENTS}/a`, {
      spec: { paused: true },
      status: { replicas: 9 },
    });
    expect(paused).toMatchObject({
      status: { replicas: 1 },
      spec: { paused: true },
      metadata: { generation: 2 },
    });
  });

  it('tell who has scaled it', async () => {
    await apply(`${DEPLOYMENTS}/a`, deployment([{ name: 'x' }], { replicas: 1 }));
    const { metadata, spec } = await send('PATCH', `${DEPLOYMENTS}/a/scale`, { spec: { replicas: 3 } });
    expect(spec).toHaveProperty('replicas', 3);
    expect(metadata.managedFields?.at(-1)).toEqual({
      manager: 'hand',
      operation: 'Update',
      subresource: 'scale',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    });
  });

  it('are closed where there is no object', async () => {
    await expect(apply(`${DEPLOYMENTS}/a/status`, deployment([]))).rejects.toMatchObject({ status: 404 });
  });
});

describe('a refusal', () => {
  it('is that of Kubernetes', async () => {
    await send('POST', MAPS, map({}));
    await expect(send('POST', MAPS, map({}))).rejects.toMatchObject({ status: 409, reason: 'AlreadyExists' });
    await expect(send('GET', `${MAPS}/b`)).rejects.toMatchObject({ status: 404 });
    await expect(send('GET', '/apis/x/v1/namespaces/branch/unknowns')).rejects.toMatchObject({ status: 404 });
    await expect(send('DELETE', `${MAPS}/a`, { preconditions: { uid: 'other' } })).rejects.toMatchObject({
      status: 409,
    });
    await apply(`${DEPLOYMENTS}/a`, deployment([{ name: 'x' }]));
    const selector = { matchLabels: { a: 'other' } };
    await expect(send('PATCH', `${DEPLOYMENTS}/a`, { spec: { selector } })).rejects.toThrow(
      'field is immutable',
    );
  });

  it('is a conflict where a lease was written in between', async () => {
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'l' },
      spec: { holderIdentity: 'a' },
    };
    const first = await send('POST', LEASES, lease);
    const next = await send('PUT', `${LEASES}/l`, { ...first, spec: { holderIdentity: 'b' } });
    expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(Number(first.metadata.resourceVersion));
    await expect(
      send('PUT', `${LEASES}/l`, { ...first, spec: { holderIdentity: 'c' } }),
    ).rejects.toMatchObject({
      status: 409,
    });
  });
});

it('keeps an object with finalizers until they are gone', async () => {
  const heard: boolean[] = [];
  server.watchers.add(({ isGone }) => void heard.push(isGone));
  await send('POST', MAPS, map({}, { finalizers: ['test/slow'] }));
  await send('DELETE', `${MAPS}/a`);
  expect((await send('GET', `${MAPS}/a`)).metadata.deletionTimestamp).toBeDefined();
  await send('PATCH', `${MAPS}/a`, { metadata: { finalizers: null } });
  await expect(send('GET', `${MAPS}/a`)).rejects.toMatchObject({ status: 404 });
  expect(heard).toEqual([false, false, true]);
});

it('counts what was asked', async () => {
  await send('POST', MAPS, map({}));
  await send('GET', `${MAPS}/a`);
  await send('GET', MAPS);
  expect(server.takeCounts()).toEqual({ POST: 1, GET: 2 });
  expect(server.takeCounts()).toEqual({});
});
