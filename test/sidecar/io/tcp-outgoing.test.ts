import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { anyTo, failure, foreignServer, open, read } from './stream-stage.ts';
import { request, tcpPeer } from './support.ts';

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
