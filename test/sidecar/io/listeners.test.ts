import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { advertisedAddress } from '../../../sidecar/io/advertised.ts';
import { connectionLimits, Listeners, type Outwards } from '../../../sidecar/io/listeners.ts';
import { AllowedSources } from '../../../sidecar/io/sources.ts';
import { freePort, freePorts } from '../../support/ports.ts';
import {
  Inputs,
  listenerConfig,
  type Observed,
  observed,
  PLAIN,
  request,
  tcpPeer,
  udpPeer,
} from './support.ts';
import { listenerTls, tlsPeer } from './tls-stage.ts';

const limits = connectionLimits({
  maxMessageBytes: 65_535,
  maxConnections: 100,
  maxConnectionsPerSource: 100,
  connectionIdleMs: 60_000,
  maxTransactions: 1000,
  allowedSources: [],
  trustedSources: [],
  rateLimit: { perSourcePerSecond: 0, burstPerSource: 10, bannedMs: 0 },
  failureLimit: { perAorAndSourcePerMinute: 0, perAorPerMinute: 0, perSourcePerMinute: 0, blockedMs: 1 },
  overload: { mode: 'Off', maxDelayMs: 200 },
});

function create(outwards: Outwards = PLAIN): { listeners: Listeners; inputs: Inputs; around: Observed } {
  const inputs = new Inputs();
  const around = observed();
  const listeners = new Listeners(around, new AllowedSources([]), { ...limits }, inputs.give, outwards);
  onTestFinished(() => listeners.close());
  return { listeners, inputs, around };
}

const portOf = (listeners: Listeners, name: string): number =>
  listeners.bound.find((one) => one.name === name)?.port ?? 0;

/** Fixed by the system at first, so that a later update can name it. */
async function openBoth(listeners: Listeners): Promise<{ udp: number; tcp: number }> {
  const scout = create();
  await scout.listeners.update([listenerConfig('udp', 'UDP'), listenerConfig('tcp', 'TCP')]);
  const ports = { udp: portOf(scout.listeners, 'udp'), tcp: portOf(scout.listeners, 'tcp') };
  await scout.listeners.close();
  expect(
    await listeners.update([
      listenerConfig('udp', 'UDP', ports.udp),
      listenerConfig('tcp', 'TCP', ports.tcp),
    ]),
  ).toEqual([]);
  return ports;
}

it('opens what the list says and tells where', async () => {
  const { listeners } = create();
  expect(
    await listeners.update([listenerConfig('udp', 'UDP'), listenerConfig('tcp', 'TCP', 0, '::1')]),
  ).toEqual([]);
  expect(listeners.bound).toEqual([
    { name: 'udp', transport: 'UDP', address: '127.0.0.1', port: expect.any(Number) },
    { name: 'tcp', transport: 'TCP', address: '::1', port: expect.any(Number) },
  ]);
});

it('keeps sockets and connections of unchanged listeners, closes removed and opens added ones', async () => {
  const { listeners, inputs } = create();
  const ports = await openBoth(listeners);
  const peer = await tcpPeer(ports.tcp);
  peer.write(request('OPTIONS'));
  const { flow } = await inputs.next('message');
  expect(
    await listeners.update([listenerConfig('tcp', 'TCP', ports.tcp), listenerConfig('new', 'UDP')]),
  ).toEqual([]);
  listeners.send(flow, 'still here', '');
  expect(String((await once(peer, 'data'))[0])).toBe('still here');
  expect(listeners.bound.map(({ name }) => name)).toEqual(['tcp', 'new']);
  // The removed one's port is free again.
  const other = create();
  expect(await other.listeners.update([listenerConfig('udp', 'UDP', ports.udp)])).toEqual([]);
});

it('closes the connections of a removed listener', async () => {
  const { listeners, inputs } = create();
  const ports = await openBoth(listeners);
  const peer = await tcpPeer(ports.tcp);
  peer.write(request('OPTIONS'));
  await inputs.next('message');
  const closed = once(peer, 'close');
  await listeners.update([listenerConfig('udp', 'UDP', ports.udp)]);
  await closed;
  await inputs.next('flowClosed');
  expect(listeners.connectionCount).toBe(0);
});

it('keeps the socket of a renamed listener', async () => {
  const { listeners, inputs } = create();
  const ports = await openBoth(listeners);
  expect(
    await listeners.update([listenerConfig('b', 'UDP', ports.udp), listenerConfig('a', 'TCP', ports.tcp)]),
  ).toEqual([]);
  const peer = await udpPeer();
  peer.send(request('OPTIONS'), ports.udp, '127.0.0.1');
  expect((await inputs.next('message')).flow.listener).toBe('b');
  const received = once(peer, 'message');
  listeners.send((await inputs.next('message')).flow, 'answer', '');
  expect(String((await received)[0])).toBe('answer');
});

it('changes nothing where one listener can not be opened, and says which, where and what to do', async () => {
  const { listeners, inputs } = create();
  const ports = await openBoth(listeners);
  const taken = (await udpPeer()).port;
  const faults = await listeners.update([listenerConfig('x', 'UDP', taken), listenerConfig('y', 'TCP')]);
  expect(faults).toEqual([
    {
      listener: 'x',
      code: 'EADDRINUSE',
      message: expect.stringMatching(
        `^listener x: cannot listen on UDP 127.0.0.1:${taken} \\(EADDRINUSE\\): another`,
      ),
    },
  ]);
  expect(listeners.bound.map(({ name }) => name)).toEqual(['udp', 'tcp']);
  (await udpPeer()).send(request('OPTIONS'), ports.udp, '127.0.0.1');
  expect((await inputs.next('message')).flow.listener).toBe('udp');
});

it.each([
  ['127.0.0.1', '0.0.0.0'],
  ['0.0.0.0', '127.0.0.1'],
  ['::1', '::'],
])('reopens its own sockets from %s on %s, although the one is in the way of the other', async (from, to) => {
  const { listeners, inputs } = create();
  const [udp = 0, tcp = 0] = [await freePort('udp', from), await freePort('tcp', from)];
  const on = (address: string) => [
    listenerConfig('udp', 'UDP', udp, address),
    listenerConfig('tcp', 'TCP', tcp, address),
  ];
  expect(await listeners.update(on(from))).toEqual([]);
  // A connection of a closed listener does not hold its port.
  const loopback = from.includes(':') ? '::1' : '127.0.0.1';
  const peer = await tcpPeer(tcp, loopback);
  peer.write(request('OPTIONS'));
  await inputs.next('message');
  const closed = once(peer, 'close');
  expect(await listeners.update(on(to))).toEqual([]);
  await closed;
  expect(listeners.bound).toEqual([
    { name: 'udp', transport: 'UDP', address: to, port: udp },
    { name: 'tcp', transport: 'TCP', address: to, port: tcp },
  ]);
  const phone = await udpPeer(loopback);
  phone.send(request('OPTIONS'), udp, loopback);
  const { flow } = await inputs.next('message', 1);
  const answered = once(phone, 'message');
  listeners.send(flow, 'answer', '');
  expect(String((await answered)[0])).toBe('answer');
  (await tcpPeer(tcp, loopback)).write(request('OPTIONS'));
  expect((await inputs.next('message', 2)).flow.listener).toBe('tcp');
});

it('swaps the ports of two listeners of which one listens on all addresses', async () => {
  const { listeners } = create();
  const [one = 0, other = 0] = await freePorts(2, 'udp', '0.0.0.0');
  const list = (all: number, loopback: number) => [
    listenerConfig('all', 'UDP', all, '0.0.0.0'),
    listenerConfig('loopback', 'UDP', loopback),
  ];
  expect(await listeners.update(list(one, other))).toEqual([]);
  expect(await listeners.update(list(other, one))).toEqual([]);
  expect(listeners.bound).toEqual([
    { name: 'all', transport: 'UDP', address: '0.0.0.0', port: other },
    { name: 'loopback', transport: 'UDP', address: '127.0.0.1', port: one },
  ]);
});

it('is as it was, connections too, where a socket that was reopened elsewhere is taken there', async () => {
  const { listeners, inputs } = create();
  const port = await freePort('both', '0.0.0.0');
  const before = [listenerConfig('udp', 'UDP', port), listenerConfig('tcp', 'TCP', port)];
  expect(await listeners.update(before)).toEqual([]);
  const peer = await tcpPeer(port);
  peer.write(request('OPTIONS'));
  const { flow } = await inputs.next('message');
  // Somebody else has the port on another address, and so on all of them.
  const other = create();
  const theirs = [
    listenerConfig('udp', 'UDP', port, '127.0.0.2'),
    listenerConfig('tcp', 'TCP', port, '127.0.0.2'),
  ];
  expect(await other.listeners.update(theirs)).toEqual([]);
  const wider = before.map((config) => ({ ...config, address: '0.0.0.0' }));
  const faults = await listeners.update([...wider, listenerConfig('new', 'UDP')]);
  expect(faults.map(({ listener, code }) => `${listener} ${code}`).sort()).toEqual([
    'tcp EADDRINUSE',
    'udp EADDRINUSE',
  ]);
  expect(listeners.bound).toEqual(
    before.map(({ name, transport }) => ({ name, transport, address: '127.0.0.1', port })),
  );
  listeners.send(flow, 'still here', '');
  expect(String((await once(peer, 'data'))[0])).toBe('still here');
  (await udpPeer()).send(request('OPTIONS'), port, '127.0.0.1');
  expect((await inputs.next('message', 1)).flow.listener).toBe('udp');
  (await tcpPeer(port)).write(request('OPTIONS'));
  expect((await inputs.next('message', 2)).flow.listener).toBe('tcp');
  // And it can still be changed.
  await other.listeners.close();
  expect(await listeners.update(wider)).toEqual([]);
});

it('is as secure as it was where a listener of TLS that was reopened elsewhere is taken there', async () => {
  const tls = listenerTls();
  let known = 'tls';
  const { listeners, inputs } = create({ ...PLAIN, tlsOf: (name) => (name === known ? tls : undefined) });
  const port = await freePort('tcp', '0.0.0.0');
  expect(await listeners.update([listenerConfig('tls', 'TLS', port)])).toEqual([]);
  const other = create();
  expect(await other.listeners.update([listenerConfig('tcp', 'TCP', port, '127.0.0.2')])).toEqual([]);
  // By then only what was to come is known, under another name.
  known = 'wider';
  const faults = await listeners.update([listenerConfig('wider', 'TLS', port, '0.0.0.0')]);
  expect(faults.map(({ code }) => code)).toEqual(['EADDRINUSE']);
  (await tlsPeer(port)).write(request('OPTIONS'));
  expect((await inputs.next('message')).flow).toMatchObject({ transport: 'TLS', listener: 'tls' });
});

it('gives the reference of a failed send back with its flow and reason', async () => {
  const { listeners, inputs } = create();
  await openBoth(listeners);
  const flow = { transport: 'UDP', listener: 'none', address: '127.0.0.1', port: 9, connection: 0 } as const;
  listeners.send(flow, 'x', 'branch1');
  expect(inputs.all).toEqual([{ kind: 'sendFailed', ref: 'branch1', flow, reason: 'gone' }]);
  listeners.send(flow, 'x', '');
  expect(inputs.all).toHaveLength(1);
});

it('applies a changed message size to open sockets', async () => {
  const { listeners, around } = create();
  const ports = await openBoth(listeners);
  listeners.limit({ ...limits, maxMessageBytes: 50 });
  (await udpPeer()).send('x'.repeat(51), ports.udp, '127.0.0.1');
  await around.counted('message_too_large');
});

it('is known by its own address, or for a wildcard by one of this machine', () => {
  expect(advertisedAddress({ address: '192.0.2.1' })).toBe('192.0.2.1');
  expect(advertisedAddress({ address: '0.0.0.0' })).toMatch(/^(?!0\.0\.0\.0)\d+\.\d+\.\d+\.\d+$/);
  expect(advertisedAddress({ address: '::' })).toMatch(/^(?!::$)[0-9a-f:]+$/);
});
