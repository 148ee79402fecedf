import { expect, it } from 'vitest';
import { apply, remove } from '../../../operator/kube/apply.ts';
import { ApiError } from '../../../operator/kube/call.ts';
import type { KubeObject } from '../../../operator/kube/object.ts';
import { FakeApiServer } from '../../support/kube/api-server.ts';
import { connectTo } from '../../support/kube/connection.ts';
import { testStage } from '../../support/peers/stage.ts';

const stage = testStage();
const any = (): boolean => true;
const PATH = '/api/v1/namespaces/branch/configmaps/a';
const map = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'branch', uid: 'of-a' },
  data: { key: 'value' },
} satisfies KubeObject;

it('applies at the server, as one manager of its fields', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  server.fail(any, (answer) => answer.json(200, { ...map, added: true }));
  const { kube } = connectTo(stage, server);
  const options = { plural: 'configmaps', fieldManager: 'operator', force: true, subresource: 'status' };
  await expect(apply(kube, map, options)).resolves.toEqual({ ...map, added: true });
  const [asked] = server.asked;
  expect(asked).toMatchObject({ method: 'PATCH', path: `${PATH}/status`, text: JSON.stringify(map) });
  expect(asked?.headers['content-type']).toBe('application/apply-patch+yaml');
  expect(Object.fromEntries(asked?.query ?? [])).toEqual({
    fieldManager: 'operator',
    force: 'true',
    fieldValidation: 'Strict',
  });
});

it('tells of a conflict', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  server.fail(any, (answer) => answer.refuse(409, 'Conflict'));
  const options = { plural: 'configmaps', fieldManager: 'operator', force: false };
  await expect(apply(connectTo(stage, server).kube, map, options)).rejects.toThrow(ApiError);
  expect(server.asked[0]?.query.get('force')).toBe('false');
});

it('removes just the object that is meant, its dependents after it', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  server.fail(any, (answer) => answer.json(200, { kind: 'Status', status: 'Success' }));
  await remove(connectTo(stage, server).kube, map, 'configmaps');
  const [asked] = server.asked;
  expect(asked).toMatchObject({ method: 'DELETE', path: PATH });
  expect(JSON.parse(asked?.text ?? '')).toEqual({
    propagationPolicy: 'Background',
    preconditions: { uid: 'of-a' },
  });
});

it.each([404, 409])(
  'finds it fine to be answered %i when it removes: another or none bears the name',
  async (status) => {
    const server = await FakeApiServer.start(stage, { protocols: 'h2' });
    server.fail(any, (answer) => answer.refuse(status, 'Refused'));
    await expect(remove(connectTo(stage, server).kube, map, 'configmaps')).resolves.toBeUndefined();
  },
);

it('tells where it may not remove', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  server.fail(any, (answer) => answer.refuse(403, 'Forbidden'));
  await expect(remove(connectTo(stage, server).kube, map, 'configmaps')).rejects.toMatchObject({
    status: 403,
  });
});
