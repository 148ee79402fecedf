import { expect, it } from 'vitest';
import { FakeApiServer, isList } from '../../support/kube/api-server.ts';
import { testStage } from '../../support/peers/stage.ts';
import { MAPS, Mirror, type Wish } from './mirror.ts';

const stage = testStage();

async function mirror(names: readonly string[] = ['a', 'b'], wish: Wish = {}): Promise<Mirror> {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  const made = new Mirror(stage, server, wish);
  for (const name of names) made.shelf.put({ name, labels: { app: name } });
  return made;
}

it('tells all that is there, then what changes, with what was before', async () => {
  const made = await mirror();
  await made.follow();
  made.shelf.put({ name: 'c' });
  made.shelf.put({ name: 'a', data: { key: 'new' } });
  made.shelf.remove('b');
  await made.until(() => made.deltas.length === 5);
  expect(made.told).toEqual(['added a', 'added b', 'added c', 'updated a', 'deleted b']);
  const [first, , , change, end] = made.deltas;
  expect(first?.object).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
  expect(change?.object).toMatchObject({ data: { key: 'new' } });
  expect(change?.old?.metadata).toMatchObject({ name: 'a', labels: { app: 'a' }, resourceVersion: '1' });
  expect(end?.old?.metadata).toMatchObject({ name: 'b', labels: { app: 'b' } });
  expect(made.lists).toBe(1);
});

it('watches from the version of the list, with bookmarks, for about five minutes', async () => {
  const made = await mirror(['a', 'b'], { labelSelector: 'app', random: () => 1 });
  await made.follow();
  const [list, watch] = made.server.asked;
  expect(Object.fromEntries(list?.query ?? [])).toEqual({ limit: '500', labelSelector: 'app' });
  expect(Object.fromEntries(watch?.query ?? [])).toEqual({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: '2',
    timeoutSeconds: '319',
    labelSelector: 'app',
  });
});

it('watches one namespace where it is given one', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  server.shelf('/api/v1/namespaces/branch/configmaps').put({ name: 'a', namespace: 'branch' });
  const made = new Mirror(stage, server, {
    of: { apiVersion: 'v1', plural: 'configmaps', namespace: 'branch' },
  });
  await made.follow();
  expect(made.told).toEqual(['added a']);
});

it('is synced when the first list was told, and not before', async () => {
  const made = await mirror();
  let atFirst: boolean | undefined;
  made.server.fail(isList, (answer, { query }) => {
    atFirst = made.reflector.isSynced;
    made.shelf.serve(query, answer);
  });
  expect(made.reflector.lastHeard).toBeUndefined();
  await made.follow();
  expect([atFirst, made.reflector.isSynced]).toEqual([false, true]);
  expect(made.deltas).toHaveLength(2);
  expect(made.reflector.lastHeard).toBeGreaterThan(0);
});

it('reads more than a page', async () => {
  const names = Array.from({ length: 1201 }, (_, i) => `map-${i}`);
  const made = await mirror(names);
  await made.follow();
  expect(made.lists).toBe(3);
  expect(made.told).toEqual(names.map((name) => `added ${name}`));
});

it('reads all pages anew where the server has forgotten the first one', async () => {
  const made = await mirror(Array.from({ length: 501 }, (_, i) => `map-${i}`));
  made.server.fail(
    ({ query }) => query.has('continue'),
    (answer, { query }) => {
      made.shelf.compact();
      made.shelf.serve(query, answer);
    },
  );
  await made.follow();
  expect(made.restarts).toEqual([expect.objectContaining({ status: 410, reason: 'Expired' })]);
  expect(made.lists).toBe(4);
  expect(made.deltas).toHaveLength(501);
});

it('keeps of an object what it is told to', async () => {
  const lean: NonNullable<Wish['lean']> = ({ metadata: { managedFields: _, ...metadata }, ...rest }) => ({
    ...rest,
    metadata,
  });
  const made = await mirror(['a'], { lean });
  await made.follow();
  made.shelf.put({ name: 'b' });
  await made.until(() => made.deltas.length === 2);
  for (const { object } of made.deltas) expect(object.metadata).not.toHaveProperty('managedFields');
});

it('goes on where a handler or what makes objects lean throws, and says so', async () => {
  const bug = new Error('a bug of ours');
  const throwing = (): never => {
    throw bug;
  };
  const made = await mirror(['a', 'b'], { heard: throwing, lean: throwing });
  await made.follow();
  made.shelf.put({ name: 'c' });
  await made.until(() => made.failures.length === 6);
  expect(made.told).toEqual(['added a', 'added b', 'added c']);
  expect(made.failures).toEqual(Array(6).fill(bug));
  expect(made.restarts).toEqual([]);
});

it('goes on from where it was when the server ends the watch, without a new list', async () => {
  const made = await mirror();
  await made.follow();
  made.shelf.put({ name: 'c' });
  await made.until(() => made.deltas.length === 3);
  for (const answer of made.shelf.watchers) answer.end();
  await made.until(() => made.restarts.length === 1);
  made.shelf.put({ name: 'd' });
  await made.until(() => made.deltas.length === 4);
  expect(made.server.asked.at(-1)?.query.get('resourceVersion')).toBe('3');
  expect(made.restarts).toEqual([undefined]);
  expect([made.lists, made.missed]).toEqual([1, 0]);
});

it('goes on from a bookmark, so that a quiet kind needs no new list after a compaction', async () => {
  const made = await mirror();
  await made.follow();
  made.shelf.compact();
  await made.shelf.bookmark();
  for (const answer of made.shelf.watchers) answer.end();
  await made.watched(2);
  made.shelf.put({ name: 'c' });
  await made.until(() => made.deltas.length === 3);
  expect(made.server.asked.at(-1)?.query.get('resourceVersion')).toBe('4');
  expect(made.lists).toBe(1);
});

it('tells nothing after it was stopped, also where the list comes then', async () => {
  const made = await mirror();
  let answerNow = (): void => {};
  made.server.fail(isList, (answer, { query }) => {
    answerNow = () => made.shelf.serve(query, answer);
  });
  made.reflector.start();
  await made.server.until(() => made.lists === 1);
  const stopped = made.reflector.stop();
  answerNow();
  await stopped;
  await made.connected.kube.send({ method: 'GET', path: '/version' });
  expect(made.deltas).toEqual([]);
  expect([made.watches, made.restarts.length, made.reflector.isSynced]).toEqual([0, 0, false]);
});

it('tells nothing from when a handler stops it, amid a list', async () => {
  const made = await mirror(['a', 'b', 'c'], { heard: () => void made.reflector.stop() });
  made.reflector.start();
  await made.until(() => made.deltas.length === 1);
  await made.reflector.stop();
  expect(made.told).toEqual(['added a']);
  expect(made.watches).toBe(0);
});

it('leaves the server when it is stopped amid a watch', async () => {
  const made = await mirror();
  await made.follow();
  await made.reflector.stop();
  made.shelf.put({ name: 'c' });
  await expect.poll(() => made.shelf.watchers).toEqual([]);
  expect(made.deltas).toHaveLength(2);
});

it('is stopped at once while it waits to begin anew', async () => {
  const made = await mirror([], { times: { firstBackoffMs: 3_600_000, longestBackoffMs: 3_600_000 } });
  made.server.fail(isList, (answer) => answer.refuse(500, 'InternalError'), 100);
  made.reflector.start();
  await made.until(() => made.restarts.length === 1);
  await made.reflector.stop();
  expect(made.server.asked.map(({ path }) => path)).toEqual([MAPS]);
});
