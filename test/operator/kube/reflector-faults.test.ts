import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../support/kube/answer.ts';
import { FakeApiServer, isList, isWatch } from '../../support/kube/api-server.ts';
import { testStage } from '../../support/peers/stage.ts';
import { Mirror, type Wish } from './mirror.ts';

const stage = testStage();

async function mirror(wish: Wish = {}, protocols: 'h2' | 'http/1.1' = 'h2'): Promise<Mirror> {
  const server = await FakeApiServer.start(stage, { protocols });
  const made = new Mirror(stage, server, wish);
  made.shelf.put({ name: 'a' });
  made.shelf.put({ name: 'b' });
  return made;
}

/** Everything is told again as it comes: an object is made, and told of, by a watch from there on. */
async function expectWell(made: Mirror): Promise<void> {
  made.shelf.put({ name: 'well' });
  await made.until(() => made.state.has('default/well'));
  made.shelf.remove('well');
  await made.until(() => !made.state.has('default/well'));
}

describe.each(['h2', 'http/1.1'] as const)('over %s', (protocols) => {
  it('begins a watch anew that is silent for too long, from where it was', async () => {
    const made = await mirror({ times: { silenceMs: 40 } }, protocols);
    await made.follow();
    await made.watched(3);
    expect(made.restarts[0]).toMatchObject({ message: 'the watch was silent for 0.04 s' });
    expect(made.lists).toBe(1);
    await expectWell(made);
  });

  it('goes on after the connection broke off mid-line, and tells what that line was to', async () => {
    const made = await mirror({}, protocols);
    await made.follow();
    for (const answer of made.shelf.watchers) await answer.write('{"type":"ADDED","object":{"metadata":{"na');
    made.server.resetAll();
    made.shelf.put({ name: 'c' });
    await made.until(() => made.deltas.length === 3);
    expect(made.told.at(-1)).toBe('added c');
    expect([made.lists, made.missed]).toEqual([1, 0]);
    await expectWell(made);
  });

  it('goes on after a watch was ended mid-line', async () => {
    const made = await mirror({}, protocols);
    await made.follow();
    for (const answer of made.shelf.watchers) answer.end('{"type":"DELETED","object":{"meta');
    await made.watched(2);
    await expectWell(made);
    expect([made.lists, made.state.size]).toEqual([1, 2]);
  });
});

it('takes lines that are split anywhere, also within a character', async () => {
  const made = await mirror();
  made.server.fail(isWatch, async (answer) => {
    answer.head();
    const metadata = {
      name: 'c',
      namespace: 'default',
      uid: 'c',
      resourceVersion: '3',
      labels: { app: 'Grüße日本' },
    };
    const line = JSON.stringify({ type: 'ADDED', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata } });
    for (const byte of Buffer.from(`${line}\n`)) await answer.write(Buffer.from([byte]));
  });
  await made.follow();
  await made.until(() => made.deltas.length === 3);
  expect(made.deltas[2]?.object.metadata.labels).toEqual({ app: 'Grüße日本' });
  expect(made.restarts).toEqual([]);
});

it.each([500, 401, 403, 429, 503])(
  'goes on from where it was after a watch was refused with %i',
  async (status) => {
    const made = await mirror();
    await made.follow();
    made.server.fail(isWatch, (answer) => answer.refuse(status, 'Refused'), 3);
    for (const answer of made.shelf.watchers) answer.end();
    await expectWell(made);
    expect(made.restarts).toContainEqual(expect.objectContaining({ status }));
    expect([made.lists, made.missed]).toEqual([1, 0]);
  },
);

it.each([400, 404, 410])('lists anew after a watch was refused with %i', async (status) => {
  const made = await mirror();
  await made.follow();
  made.server.fail(isWatch, (answer) => answer.refuse(status, 'Refused'));
  for (const answer of made.shelf.watchers) answer.end();
  await expectWell(made);
  expect(made.restarts).toContainEqual(expect.objectContaining({ status }));
  expect(made.lists).toBe(2);
});

it('stays away for as long as a busy server asks', async () => {
  const made = await mirror({ times: { longestAwayMs: 60 } });
  made.server.fail(isWatch, (answer) => answer.refuse(429, 'TooManyRequests', { 'retry-after': '1' }));
  await made.follow();
  await made.until(() => made.restarts.length === 1);
  const refused = performance.now();
  await made.watched(2);
  expect(performance.now() - refused).toBeGreaterThan(50);
});

it('asks for the first list until it gets it', async () => {
  const made = await mirror();
  const faults: ((answer: Answer) => void)[] = [
    (answer) => answer.refuse(500, 'InternalError'),
    (answer) => answer.refuse(403, 'Forbidden'),
    (answer) => answer.refuse(404, 'NotFound'),
    (answer) => answer.end('no JSON'),
    (answer) => answer.refuse(401, 'Unauthorized'),
  ];
  for (const fault of faults) made.server.fail(isList, fault);
  // A refused token is read anew at once and tried again.
  made.server.fail(isList, (answer) => answer.refuse(401, 'Unauthorized'));
  await made.follow();
  expect(made.restarts).toHaveLength(5);
  expect(made.told).toEqual(['added a', 'added b']);
  expect(made.reflector.trouble).toBeUndefined();
  await expectWell(made);
});

it('says what troubles it while it can not list', async () => {
  const made = await mirror();
  made.server.fail(isList, (answer) => answer.refuse(403, 'Forbidden'), 100);
  made.reflector.start();
  await made.until(() => made.restarts.length === 3);
  expect(made.reflector.trouble).toMatchObject({ status: 403 });
  expect(made.reflector.isSynced).toBe(false);
});

it('finds by a new list what was deleted, made, changed and replaced meanwhile, and counts it', async () => {
  const made = await mirror();
  for (const name of ['same', 'replaced']) made.shelf.put({ name });
  await made.follow();
  made.server.fail(isWatch, (answer) => {
    made.shelf.remove('a');
    made.shelf.remove('replaced');
    made.shelf.put({ name: 'replaced' });
    made.shelf.put({ name: 'b', data: { key: 'new' } });
    made.shelf.put({ name: 'c' });
    made.shelf.compact();
    answer.refuse(500, 'InternalError');
  });
  for (const answer of made.shelf.watchers) answer.end();
  await made.until(() => made.state.has('default/c'));
  expect(made.told.slice(4).sort()).toEqual([
    'added c',
    'added replaced',
    'deleted a',
    'deleted replaced',
    'updated b',
  ]);
  expect(made.restarts).toContainEqual(expect.objectContaining({ status: 410, reason: 'Expired' }));
  await made.watched(4);
  expect([made.lists, made.missed]).toEqual([2, 5]);
});

it.each<[string, string]>([
  ['no JSON', 'What?\n'],
  ['no event', '{"type":"ADDED"}\n'],
  ['an event of nothing', 'null\n'],
])('goes on after %s came', async (_what, line) => {
  const made = await mirror();
  made.server.fail(
    isWatch,
    (answer) => {
      answer.head();
      answer.end(line);
    },
    3,
  );
  await made.follow();
  await made.until(() => made.restarts.length === 3);
  await expectWell(made);
  expect(made.lists).toBe(1);
});

it('asks a server with growing patience that ends each watch at once', async () => {
  const made = await mirror({ random: () => 1, times: { firstBackoffMs: 10, longestBackoffMs: 80 } });
  made.server.fail(isWatch, (answer) => answer.end(), 4);
  const begun = performance.now();
  await made.follow();
  await made.watched(5);
  // 10, 20, 40 and 80 ms.
  expect(performance.now() - begun).toBeGreaterThan(145);
  expect(made.restarts[0]).toMatchObject({ message: 'the watch was ended at once' });
  await expectWell(made);
});

it('has patience with a server anew once a watch has lasted, also if nothing happened', async () => {
  const times = { firstBackoffMs: 1, longestBackoffMs: 3_600_000, settledMs: 10, silenceMs: 20 };
  const made = await mirror({ random: () => 1, times });
  await made.follow();
  await made.watched(20);
  expect(made.lists).toBe(1);
});

it('takes a token that was replaced, without a new list', async () => {
  const made = await mirror();
  made.server.token = 'first';
  await made.follow();
  made.server.token = 'second';
  made.connected.files.setToken('second');
  for (const answer of made.shelf.watchers) answer.end();
  await expectWell(made);
  expect(made.restarts.filter((each) => each !== undefined)).toMatchObject([
    { message: 'the watch was ended at once' },
  ]);
  expect(made.lists).toBe(1);
});

it.each(['tokenFile', 'authorityFile'] as const)('goes on when the %s can be read again', async (which) => {
  const made = await mirror();
  made.server.token = 'first';
  await made.follow();
  rmSync(made.connected.files[which]);
  made.server.token = 'second';
  made.connected.pass(3_600_000);
  made.server.resetAll();
  await made.until(
    () => made.restarts.filter((error) => (error as { code?: string })?.code === 'ENOENT').length > 2,
  );
  made.connected.files.setAuthority(made.server.certificate.cert);
  made.connected.files.setToken('second');
  await expectWell(made);
  expect(made.lists).toBe(1);
});

// Once in some 20 runs it takes 30.5 s in place of 0.5: as long as a request without an answer is waited for (`TIMEOUT_MS` of http.ts). Why one has none is not known.
it('misses nothing, whatever happens to it', { timeout: 90_000 }, async () => {
  const made = await mirror({ times: { settledMs: 20 } });
  await made.follow();
  // A row of numbers by chance, but the same each time (Numerical Recipes' generator).
  let seed = 7;
  const below = (count: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * count);
  };
  const there = new Set(['a', 'b']);
  const faults: (() => void)[] = [
    () => made.server.resetAll(),
    () => made.server.goAway(),
    () => made.shelf.compact(),
    () => made.shelf.watchers.map((answer) => answer.end('{"type":"MODI')),
    () => made.server.fail(isWatch, (answer) => answer.refuse(500, 'InternalError'), 2),
    () => made.server.fail(isList, (answer) => answer.refuse(403, 'Forbidden'), 2),
    () => made.server.fail(isWatch, (answer) => answer.reset()),
    () => void made.shelf.bookmark(),
  ];
  for (let step = 0; step < 300; step++) {
    const name = `map-${below(12)}`;
    if (there.has(name) && below(3) === 0) {
      made.shelf.remove(name);
      there.delete(name);
    } else {
      made.shelf.put({ name, data: { step: String(step) } });
      there.add(name);
    }
    if (below(4) === 0) faults[below(faults.length)]?.();
    for (let turns = below(4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
  }
  await expectWell(made);
  expect([...made.state.keys()].sort()).toEqual([...there].map((name) => `default/${name}`).sort());
  expect(made.state).toEqual(made.shelf.versions);
  expect(made.failures).toEqual([]);
});
