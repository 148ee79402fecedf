import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { SendFailure } from '../../../sidecar/effect.ts';
import { anyTo, failure, foreignServer, open, read } from './stream-stage.ts';
import { request, tcpPeer } from './support.ts';

it.each(['127.0.0.1', '::1'])(
  'hands messages over with the connection they came by, on %s',
  async (address) => {
    const { port, inputs } = await open({}, address);
    const peer = await tcpPeer(port, address);
    peer.write(request('OPTIONS'));
    const { flow, text } = await inputs.next('message');
    expect(text).toBe(request('OPTIONS'));
    expect(flow).toEqual({
      transport: 'TCP',
      listener: 'tcp',
      address,
      port: peer.localPort,
      connection: flow.connection,
    });
    expect(flow.connection).toBeGreaterThan(0);
  },
);

it('puts a message together that comes byte by byte, and takes two apart that come at once', async () => {
  const { port, inputs } = await open();
  const peer = await tcpPeer(port);
  peer.setNoDelay(true);
  const [first, second, third] = [request('MESSAGE', 'hello'), request('INFO', 'x'), request('BYE')];
  for (const byte of first) {
    peer.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  peer.write(second + third);
  await inputs.next('message', 2);
  expect(inputs.of('message').map(({ text }) => text)).toEqual([first, second, third]);
});

it('answers a keep-alive CRLFCRLF by a CRLF', async () => {
  const { port, inputs } = await open();
  const peer = await tcpPeer(port);
  peer.write('\r\n\r\n');
  expect(await read(peer, 2)).toBe('\r\n');
  expect(inputs.of('message')).toEqual([]);
});

it('answers over the very connection', async () => {
  const { connections, port, inputs } = await open();
  const [one, other] = [await tcpPeer(port), await tcpPeer(port)];
  other.write(request('OPTIONS'));
  const { flow } = await inputs.next('message');
  one.on('data', () => expect.unreachable());
  connections.send(flow, 'answer', undefined, undefined);
  expect(await read(other, 6)).toBe('answer');
});

it('closes a stream that it can not read, says so once, and tells the engine', async () => {
  const { port, inputs, around } = await open();
  const peer = await tcpPeer(port);
  peer.write('\x16\x03\x01 no SIP at all\r\n\r\n');
  await once(peer, 'close');
  await inputs.next('flowClosed');
  expect(around.counts.get('tcp_closed_framing')).toBe(1);
  expect(around.notes).toMatchObject([{ level: 'warn', event: 'unreadable stream' }]);
});

it('closes a connection whose message does not get complete in time', async () => {
  const { port, inputs, around } = await open({ partialMs: 50 });
  const [slow, quiet] = [await tcpPeer(port), await tcpPeer(port)];
  quiet.write(request('OPTIONS'));
  const { flow } = await inputs.next('message');
  slow.write('OPTIONS sip:pbx.test SIP/2.0\r\n');
  const drip = setInterval(() => slow.write('x'), 5);
  onTestFinished(() => clearInterval(drip));
  const { connection } = await inputs.next('flowClosed');
  expect(connection).not.toBe(flow.connection);
  expect(around.counts.get('tcp_closed_slow_message')).toBe(1);
});

it('closes a connection over which nothing has come for long', async () => {
  const { port, inputs, around } = await open({ idleMs: 50 });
  const peer = await tcpPeer(port);
  await once(peer, 'close');
  await inputs.next('flowClosed');
  expect(around.counts.get('tcp_closed_idle')).toBe(1);
});

it('tells the engine that a connection is gone, be it ended or reset, and of what can not leave any more', async () => {
  const { connections, port, inputs } = await open();
  const [ended, reset] = [await tcpPeer(port), await tcpPeer(port)];
  ended.write(request('OPTIONS'));
  const { flow } = await inputs.next('message');
  ended.end();
  expect((await inputs.next('flowClosed')).connection).toBe(flow.connection);
  expect(await failure(connections, flow)).toBe('gone');
  reset.resetAndDestroy();
  await inputs.next('flowClosed', 1);
  expect(connections.count).toBe(0);
});

it('is busy towards a peer that does not read, and closes it rather than hold more', async () => {
  const { connections, port, inputs, around } = await open({ maxQueuedBytes: 100_000 });
  const peer = await tcpPeer(port);
  peer.write(request('OPTIONS'));
  peer.pause();
  const { flow } = await inputs.next('message');
  const failures: SendFailure[] = [];
  for (let i = 0; i < 1000 && !failures.includes('busy'); i++) {
    connections.send(flow, 'x'.repeat(50_000), (reason) => failures.push(reason), undefined);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(failures[0]).toBe('busy');
  await inputs.next('flowClosed');
  expect(around.counts.get('tcp_closed_peer_not_reading')).toBe(1);
  expect(new Set(failures.slice(1))).toEqual(new Set(['gone']));
});

it('takes no more connections than allowed, in all and from one source', async () => {
  const { connections, port, around, inputs } = await open({ maxConnections: 3, maxConnectionsPerSource: 2 });
  const first = await tcpPeer(port);
  await tcpPeer(port);
  await once(await tcpPeer(port), 'close');
  expect(around.counts.get('too_many_connections_of_source')).toBe(1);
  connections.limits.maxConnections = 2;
  await once(await tcpPeer(port), 'close');
  expect(around.counts.get('too_many_connections')).toBe(1);
  expect(connections.count).toBe(2);
  first.destroy();
  await inputs.next('flowClosed');
  (await tcpPeer(port)).write(request('OPTIONS'));
  await inputs.next('message');
});

it('takes none from elsewhere than the allowed sources', async () => {
  const { port, around } = await open({}, '127.0.0.1', ['192.0.2.0/24']);
  await once(await tcpPeer(port), 'close');
  expect(around.counts.get('source_not_allowed')).toBe(1);
});

describe('the connection that is closed as idle', () => {
  it('is the oldest that nobody waits on, by its number or by its peer', async () => {
    const { port, connections } = await open();
    const { port: pbx } = await foreignServer();
    connections.send(anyTo(pbx), request('OPTIONS'), undefined, undefined);
    const [first, second] = [await tcpPeer(port), await tcpPeer(port)];
    await expect.poll(() => connections.count).toBe(3);
    const busy = new Set(['2', `tcp 127.0.0.1:${pbx}`]);
    const closed = once(second, 'close');
    expect(connections.closeIdle(busy)).toBe(true);
    await closed;
    expect(first.destroyed).toBe(false);
    expect(connections.closeIdle(busy)).toBe(false);
  });

  it('is none over which half a message has come', async () => {
    const { port, connections, inputs } = await open();
    const peer = await tcpPeer(port);
    peer.write(request('OPTIONS') + request('BYE').slice(0, 20));
    await inputs.next('message');
    expect(connections.closeIdle(new Set())).toBe(false);
  });
});
