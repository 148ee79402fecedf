import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { SendFailure } from '../../../sidecar/effect.ts';
import { isListenFault } from '../../../sidecar/io/listen-fault.ts';
import { AllowedSources } from '../../../sidecar/io/sources.ts';
import { TcpConnections } from '../../../sidecar/io/tcp.ts';
import type { TcpLimits } from '../../../sidecar/io/tcp-connection.ts';
import { TcpListener } from '../../../sidecar/io/tcp-listener.ts';
import type { Flow } from '../../../sidecar/wire/flow.ts';
import { Inputs, listenerConfig, type Observed, observed } from './support.ts';

const generous: TcpLimits = {
  maxMessageBytes: 65_536,
  maxConnections: 100,
  maxConnectionsPerSource: 50,
  idleMs: 60_000,
  partialMs: 10_000,
  connectMs: 4_000,
  maxQueuedBytes: 1 << 20,
};

/** Connections with one listener, and all that they tell. */
export interface Stage {
  readonly connections: TcpConnections;
  readonly listener: TcpListener;
  readonly port: number;
  readonly inputs: Inputs;
  readonly around: Observed;
}

/** Listens on a port of the system's choice until the test has ended. */
export async function open(
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
export async function foreignServer(
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

/** Any connection to that address. */
export const anyTo = (port: number, address = '127.0.0.1'): Flow => ({
  transport: 'TCP',
  listener: 'tcp',
  address,
  port,
  connection: 0,
});

/** What a send is told that fails. */
export const failure = (connections: TcpConnections, flow: Flow, text = 'x'): Promise<SendFailure> =>
  new Promise((resolve) => connections.send(flow, text, resolve, undefined));

/** That many bytes at least, as latin1 text. */
export async function read(socket: Socket, bytes: number): Promise<string> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += (chunk as Buffer).toString('latin1');
    if (text.length >= bytes) return text;
  }
  return text;
}
