import { describe, expect, it } from 'vitest';
import { act } from '../../operator/act.ts';
import { ApiError } from '../../operator/kube/call.ts';
import type { KubeObject } from '../../operator/kube/object.ts';
import { APPLIED_HASH } from '../../operator/names.ts';
import type { Cause, Plan } from '../../operator/plan.ts';
import { ObjectServer } from '../support/kube/objects.ts';

const PATH = '/api/v1/namespaces/branch/configmaps';

const map = (name: string, data: object = { a: '1' }): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'branch' },
  data,
});

const applying = (cause: Cause, ...names: readonly string[]): Plan => ({
  apply: names.map((name) => ({ cause, object: map(name) })),
  remove: [],
  taken: [],
});

const removing = (...remove: readonly KubeObject[]): Plan => ({ apply: [], remove, taken: [] });

const FIRST = { uid: 'uid-front', isNew: true };
const LATER = { ...FIRST, isNew: false };

const nameOf = ({ metadata }: KubeObject): string => metadata.name;

describe('a plan that is carried out', () => {
  it('tells what was written, by the wish and the answer', async () => {
    const { written, refusals, failure } = await act(
      new ObjectServer(),
      applying('Created', 'a', 'b'),
      FIRST,
    );
    expect(written.map(({ cause, wished, answer }) => [cause, nameOf(wished), nameOf(answer)])).toEqual([
      ['Created', 'a', 'a'],
      ['Created', 'b', 'b'],
    ]);
    expect(written[0]?.answer.metadata.uid).toBeDefined();
    expect([refusals, failure]).toEqual([[], undefined]);
  });

  it('is done in all its steps, though one of them is refused and another fails', async () => {
    const server = new ObjectServer();
    server.refuse = ({ path }) => {
      if (path.endsWith('/bad')) return new ApiError(422, 'Invalid', 'it is invalid');
      return path.endsWith('/busy') ? new ApiError(503, 'ServiceUnavailable', 'too busy') : undefined;
    };
    const done = await act(server, applying('Created', 'bad', 'busy', 'good'), FIRST);
    expect(done.written.map(({ answer }) => nameOf(answer))).toEqual(['good']);
    expect(done.refusals).toEqual([{ sentence: 'ConfigMap/bad: it is invalid', isForGood: true }]);
    expect(done.failure).toHaveProperty('status', 503);
  });

  it.each([
    [400, true],
    [422, true],
    [403, false],
  ])('says whether a refusal by %d is for good', async (status, isForGood) => {
    const server = new ObjectServer();
    server.refuse = () => new ApiError(status, 'Reason', 'no');
    const { refusals } = await act(server, applying('Updated', 'a'), FIRST);
    expect(refusals).toEqual([{ sentence: 'ConfigMap/a: no', isForGood }]);
  });

  it.each([429, 500, 503])('is to be tried again after %d', async (status) => {
    const server = new ObjectServer();
    server.refuse = () => new ApiError(status, 'Reason', 'not now');
    const { failure, refusals } = await act(server, applying('Updated', 'a'), FIRST);
    expect(failure).toHaveProperty('status', status);
    expect(refusals).toEqual([]);
  });

  it('takes a conflict over what is its own for one that passes', async () => {
    const server = new ObjectServer();
    server.refuse = () => new ApiError(409, 'Conflict', 'the object has been modified');
    const done = await act(server, applying('Updated', 'a'), FIRST);
    expect(done.refusals).toEqual([]);
    expect(done.failure).toHaveProperty('status', 409);
  });

  it('is to be tried again where the server is not reached', async () => {
    const server = new ObjectServer();
    server.refuse = () => new Error('connection refused');
    const { failure } = await act(server, applying('Created', 'a'), FIRST);
    expect(failure).toHaveProperty('message', 'connection refused');
  });
});

describe('an object that is to go', () => {
  const made = async (server: ObjectServer, name: string): Promise<KubeObject> =>
    (await server.send({ method: 'POST', path: PATH, body: map(name) })) as KubeObject;

  it('is removed', async () => {
    const server = new ObjectServer();
    const { removed } = await act(server, removing(await made(server, 'a')), FIRST);
    expect(removed.map(nameOf)).toEqual(['a']);
    expect(server.all('configmaps')).toEqual([]);
  });

  it('may be gone already', async () => {
    const server = new ObjectServer();
    const { failure, refusals } = await act(server, removing(map('a')), FIRST);
    expect([failure, refusals]).toEqual([undefined, []]);
  });

  it('is not mistaken for another that has come to bear its name', async () => {
    const server = new ObjectServer();
    const former = await made(server, 'a');
    await server.send({ method: 'DELETE', path: `${PATH}/a` });
    const next = await made(server, 'a');
    expect((await act(server, removing(former), FIRST)).failure).toBeUndefined();
    expect(server.object('configmaps', 'a')?.metadata.uid).toBe(next.metadata.uid);
  });
});

describe('a name that is somebody else’s', () => {
  const taken = async (data: object): Promise<ObjectServer> => {
    const server = new ObjectServer();
    await server.send({ method: 'POST', path: PATH, body: map('a', data) });
    server.takeCounts();
    return server;
  };

  it('is refused for good where their fields are other than ours', async () => {
    const server = await taken({ a: 'theirs' });
    const { refusals, written } = await act(server, applying('Created', 'a'), FIRST);
    expect(written).toEqual([]);
    expect(refusals).toMatchObject([
      { sentence: expect.stringMatching(/^ConfigMap\/a is there/), isForGood: true },
    ]);
  });

  it('is merged into and taken back where the front is new', async () => {
    const server = await taken({ b: 'theirs' });
    const { refusals, written } = await act(server, applying('Created', 'a'), FIRST);
    expect([refusals.length, written.length]).toEqual([1, 0]);
    expect(server.takeCounts()).toEqual({ PATCH: 2 });
    expect(server.object('configmaps', 'a')?.data).toEqual({ b: 'theirs' });
  });

  it('is only looked at where the front is not new', async () => {
    const server = await taken({ b: 'theirs' });
    const { refusals } = await act(server, applying('Created', 'a'), LATER);
    expect(refusals).toHaveLength(1);
    expect(server.takeCounts()).toEqual({ GET: 1 });
  });

  it('is ours once theirs is gone', async () => {
    const server = await taken({ b: 'theirs' });
    await server.send({ method: 'DELETE', path: `${PATH}/a` });
    const { written } = await act(server, applying('Created', 'a'), LATER);
    expect(written).toHaveLength(1);
  });
});

it('takes back an object of ours of which no watch tells any more, whoever else has written to it', async () => {
  const server = new ObjectServer();
  await act(server, applying('Created', 'a'), FIRST);
  await server.send({
    method: 'PATCH',
    path: `${PATH}/a`,
    query: { fieldManager: 'them' },
    contentType: 'application/merge-patch+json',
    body: { metadata: { annotations: { [APPLIED_HASH]: 'hash', theirs: 'kept' } }, data: { a: 'theirs' } },
  });
  const { written, refusals } = await act(server, applying('Created', 'a'), LATER);
  expect([written.length, refusals]).toEqual([1, []]);
  expect(server.object('configmaps', 'a')).toMatchObject({
    metadata: { annotations: { theirs: 'kept' } },
    data: { a: '1' },
  });
});
