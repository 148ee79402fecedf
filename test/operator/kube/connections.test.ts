import { expect, it } from 'vitest';
import { FakeApiServer } from '../../support/kube/api-server.ts';
import { connectTo } from '../../support/kube/connection.ts';
import { Relay } from '../../support/kube/relay.ts';
import { selfSigned } from '../../support/kube/self-signed.ts';
import { testStage } from '../../support/peers/stage.ts';
import { MAPS, Mirror } from './mirror.ts';

const stage = testStage();
const version = { method: 'GET', path: '/version' } as const;
const watch = { method: 'GET', path: MAPS, query: { watch: 'true', resourceVersion: '0' } } as const;
/** Longer than what the clock of credentials lets them be taken for fresh. */
const STALE_MS = 60_000;

it('asks a server once whether it speaks HTTP/2', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'http/1.1' });
  const { kube, connections } = connectTo(stage, server);
  for (let i = 0; i < 10; i++) await kube.send(version);
  expect(server.connections).toBeLessThanOrEqual(4);
  expect(connections()).toBe(server.connections);
});

it('opens one connection for all who ask at once', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  const { kube } = connectTo(stage, server);
  await Promise.all(Array.from({ length: 80 }, () => kube.send(version)));
  expect(server.connections).toBe(1);
});

it('puts no more requests on a connection than the server allows', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2', maxStreams: 4 });
  const shelf = server.shelf(MAPS);
  shelf.put({ name: 'a' });
  const { kube } = connectTo(stage, server);
  await kube.send(version);
  const watches = Array.from({ length: 7 }, () => kube.lines(watch)[Symbol.asyncIterator]());
  await Promise.all(watches.map((each) => each.next()));
  await kube.send({ ...version, timeoutMs: 1000 });
  expect(server.connections).toBe(3);
});

it('lets a watch go on after GOAWAY, for longer than pings may take, and asks new things elsewhere', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  const made = new Mirror(stage, server, { http: { pingMs: 300 } });
  await made.follow();
  server.goAway();
  // The second connection is made before the first one has had some pings unanswered, were they not sent.
  for (let i = 0; i < 4; i++) {
    await made.connected.kube.send(version);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  made.shelf.put({ name: 'a' });
  await made.until(() => made.deltas.length === 1);
  expect(made.restarts).toEqual([]);
  expect([server.connections, server.open]).toEqual([2, 2]);
  await made.reflector.stop();
  await server.until(() => server.open === 1);
});

it('gives up a connection over which nothing comes any more, though nobody has said so', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  const relay = await Relay.start(stage, server.port);
  const made = new Mirror(stage, server, { http: { url: relay.url, pingMs: 400 } });
  await made.follow();
  relay.fallSilent();
  made.shelf.put({ name: 'a' });
  await made.until(() => made.deltas.length === 1);
  expect(made.restarts).toHaveLength(1);
  expect(made.missed).toBe(0);
  expect(server.connections).toBe(2);
});

it('trusts another CA once its file says so, and ends the old connection with its last watch', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  const made = new Mirror(stage, server);
  const { kube, files, pass } = made.connected;
  await made.follow();
  const second = selfSigned();
  server.use(second);
  files.setAuthority(second.cert);
  pass(STALE_MS);
  await kube.send(version);
  expect(server.connections).toBe(2);
  made.shelf.put({ name: 'a' });
  await made.until(() => made.deltas.length === 1);
  expect(made.restarts).toEqual([]);
  for (const answer of made.shelf.watchers) answer.end();
  await made.watched(2);
  await server.until(() => server.open === 1);
});

it('ends also the connections of former certificates when it is closed', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  server.shelf(MAPS).put({ name: 'a' });
  const { kube, files, pass } = connectTo(stage, server);
  const lines = kube.lines(watch)[Symbol.asyncIterator]();
  await lines.next();
  const second = selfSigned();
  server.use(second);
  files.setAuthority(second.cert);
  pass(STALE_MS);
  await kube.send(version);
  const next = lines.next();
  await kube.close();
  await expect(next).rejects.toThrow();
  await server.until(() => server.open === 0);
});

it('trusts nobody whom its CA has not signed', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  const { kube, files } = connectTo(stage, server);
  files.setAuthority(selfSigned().cert);
  await expect(kube.send(version)).rejects.toMatchObject({ code: expect.stringMatching(/CERT|SIGNATURE/) });
  expect(server.asked).toEqual([]);
});

it('reads its credentials anew once for many that were refused at once', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  server.token = 'first';
  const { kube, files, told } = connectTo(stage, server);
  await kube.send(version);
  server.token = 'second';
  files.setToken('second');
  await Promise.all(Array.from({ length: 10 }, () => kube.send(version)));
  expect(told.filter((each) => each === 'GET 200')).toHaveLength(11);
  expect(told.filter((each) => each === 'GET 401')).toHaveLength(10);
});

it('tries a token that is refused twice no third time', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  server.token = 'another';
  const { kube, told } = connectTo(stage, server);
  await expect(kube.send(version)).rejects.toMatchObject({ status: 401, reason: 'Unauthorized' });
  expect(told).toEqual(['GET 401', 'GET 401']);
});

it('gives up a connection that takes too long for the caller', async () => {
  const server = await FakeApiServer.start(stage, { protocols: 'h2' });
  const relay = await Relay.start(stage, server.port);
  relay.deaf = true;
  const { kube } = connectTo(stage, server, { url: relay.url });
  await expect(kube.send({ ...version, timeoutMs: 30 })).rejects.toMatchObject({ name: 'TimeoutError' });
});
