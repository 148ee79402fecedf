import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { SendFailure } from '../../../sidecar/effect.ts';
import { isListenFault } from '../../../sidecar/io/listen-fault.ts';
import { AllowedSources } from '../../../sidecar/io/sources.ts';
import { TcpConnections } from '../../../sidecar/io/tcp.ts';
import type { TcpLimits } from '../../../sidecar/io/tcp-connection.ts';
import { TcpListener } from '../../../sidecar/io/tcp-listener.ts';
import type { Flow } from '../../../sidecar/wire/flow.ts';
import { Inputs, listenerConfig, type Observed, observed, request, tcpPeer } from './support.ts';

const generous: TcpLimits = {
  maxMessageBytes: 65_536,
  maxConnections: 100,
  maxConnectionsPerSource: 50,
  idleMs: 60_000,
  partialMs: 10_000,
  connectMs: 4_000,
  maxQueuedBytes: 1 << 20,
};

interface Stage {
  readonly connections: TcpConnections;
  readonly listener: TcpListener;
  readonly port: number;
  readonly inputs: Inputs;
  readonly around: Observed;
}

async function open(
  limits: Partial<TcpLimits> = {},
  address = '127.0.0.1',
  allowed: string[] = [],
): Promise<Stage> {
  const inputs = new Inputs();
  const around = observed();
  const connections = new TcpConnections(
    around,
    new AllowedSources(allowed),
    { ...generous, ...limits },
    inputs.give,
  );
  const listener = await TcpListener.open(listenerConfig('tcp', 'TCP', 0, address), around, connections);
  if (isListenFault(listener)) throw new Error(listener.message);
  onTestFinished(async () => {
    connections.close('shutdown');
    await listener.close();
  });
  return { connections, listener, port: listener.port, inputs, around };
}

/** Somebody else's server on loopback, its connections in order. */
async function foreignServer(
  host = '127.0.0.1',
): Promise<{ port: number; server: Server; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, server, sockets };
}

const anyTo = (port: number, address = '127.0.0.1'): Flow => ({
  transport: 'TCP',
  listener: 'tcp',
  address,
  port,
  connection: 0,
});

const failure = (connections: TcpConnections, flow: Flow, text = 'x'): Promise<SendFailure> =>
  new Promise((resolve) => connections.send(flow, text, resolve, undefined));

async function read(socket: Socket, bytes: number): Promise<string> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += (chunk as Buffer).toString('latin1');
    if (text.length >= bytes) return text;
  }
  return text;
}

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

it('opens one connection to a peer and sends everything over it, in order, from the first on', async () => {
  const { connections, inputs } = await open();
  const { port, server, sockets } = await foreignServer();
  const connected = once(server, 'connection');
  for (const text of ['one', 'two', 'three']) connections.send(anyTo(port), text, undefined, undefined);
  await connected;
  expect(await read(sockets[0] as Socket, 11)).toBe('onetwothree');
  sockets[0]?.write(request('OPTIONS'));
  const { flow } = await inputs.next('message');
  connections.send(anyTo(port), 'four', undefined, undefined);
  connections.send(flow, 'five', undefined, undefined);
  expect(await read(sockets[0] as Socket, 8)).toBe('fourfive');
  expect(connections.count).toBe(1);
});

it('uses a connection that the peer has opened from the very address and port', async () => {
  const { connections, port, inputs } = await open();
  const peer = await tcpPeer(port);
  peer.write(request('OPTIONS'));
  await inputs.next('message');
  connections.send(anyTo(peer.localPort as number), 'over yours', undefined, undefined);
  expect(await read(peer, 10)).toBe('over yours');
  expect(connections.count).toBe(1);
});

it('opens from the address that its listener has', async () => {
  const { connections } = await open();
  const { port, server } = await foreignServer();
  const connected = once(server, 'connection');
  connections.send(anyTo(port), 'x', undefined, '127.0.0.7');
  const [socket] = (await connected) as [Socket];
  expect(socket.remoteAddress).toBe('127.0.0.7');
});

it('opens anew after the connection has ended', async () => {
  const { connections, inputs } = await open();
  const { port, server, sockets } = await foreignServer();
  connections.send(anyTo(port), 'one', undefined, undefined);
  await once(server, 'connection');
  sockets[0]?.destroy();
  await inputs.next('flowClosed');
  const again = once(server, 'connection');
  connections.send(anyTo(port), 'two', undefined, undefined);
  await again;
  expect(await read(sockets[1] as Socket, 3)).toBe('two');
});

it('tells for each text that waited that the connection was refused', async () => {
  const { connections, inputs } = await open();
  const { port, server } = await foreignServer();
  server.close();
  await once(server, 'close');
  const both = [failure(connections, anyTo(port), 'one'), failure(connections, anyTo(port), 'two')];
  expect(await Promise.all(both)).toEqual(['refused', 'refused']);
  expect(inputs.of('flowClosed')).toEqual([]);
  expect(connections.count).toBe(0);
});

/** A process that listens and is stopped, with its queue of connections full: the next one hangs. */
async function stoppedServer(): Promise<number> {
  const code =
    "const s = require('node:net').createServer().listen({port: 0, host: '127.0.0.1', backlog: 1}, () => console.log(s.address().port))";
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const port = Number(String((await once(child.stdout, 'data'))[0]));
  child.kill('SIGSTOP');
  const { connect } = await import('node:net');
  for (let i = 0; i < 8; i++) {
    const filler = connect({ host: '127.0.0.1', port });
    filler.on('error', () => {});
    onTestFinished(() => void filler.destroy());
    await Promise.race([once(filler, 'connect'), new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  return port;
}

it('gives a connection up that does not come about in time', async () => {
  const { connections, around } = await open({ connectMs: 60 });
  const port = await stoppedServer();
  const both = [failure(connections, anyTo(port), 'one'), failure(connections, anyTo(port), 'two')];
  expect(await Promise.all(both)).toEqual(['refused', 'refused']);
  expect(around.counts.get('tcp_closed_connect_timeout')).toBe(1);
});

it('opens no more than the bound', async () => {
  const { connections } = await open({ maxConnections: 1 });
  const [one, two] = [await foreignServer(), await foreignServer()];
  connections.send(anyTo(one.port), 'x', undefined, undefined);
  expect(await failure(connections, anyTo(two.port))).toBe('busy');
});

it('sends nothing over a connection that was never its own', async () => {
  const { connections } = await open();
  const { port } = await foreignServer();
  expect(await failure(connections, { ...anyTo(port), connection: -1 })).toBe('gone');
  expect(await failure(connections, { ...anyTo(port), connection: 77 })).toBe('gone');
  expect(connections.count).toBe(0);
});
