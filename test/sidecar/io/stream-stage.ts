import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { WebSocketConfig } from '../../../sidecar/config.ts';
import type { SendFailure } from '../../../sidecar/effect.ts';
import type { ConnectionLimits } from '../../../sidecar/io/connection.ts';
import { Connections } from '../../../sidecar/io/connections.ts';
import { createDial } from '../../../sidecar/io/dial.ts';
import { isListenFault } from '../../../sidecar/io/listen-fault.ts';
import type { Outwards } from '../../../sidecar/io/listeners.ts';
import { AllowedSources } from '../../../sidecar/io/sources.ts';
import { StreamListener } from '../../../sidecar/io/stream-listener.ts';
import type { Flow, Transport } from '../../../sidecar/wire/flow.ts';
import { Inputs, listenerConfig, type Observed, observed, PLAIN } from './support.ts';

const generous: ConnectionLimits = {
  maxMessageBytes: 65_536,
  maxConnections: 100,
  maxConnectionsPerSource: 50,
  idleMs: 60_000,
  partialMs: 10_000,
  connectMs: 4_000,
  pingMs: 60_000,
  maxQueuedBytes: 1 << 20,
};

/** Connections with one listener, and all that they tell. */
export interface Stage {
  readonly connections: Connections;
  readonly listener: StreamListener;
  readonly port: number;
  readonly inputs: Inputs;
  readonly around: Observed;
}

/** What is another than plain TCP. */
export interface StageOptions {
  readonly transport?: Transport;
  readonly webSocket?: WebSocketConfig;
  readonly outwards?: Partial<Outwards>;
}

/** Listens on a port of the system's choice until the test has ended. */
export async function open(
  limits: Partial<ConnectionLimits> = {},
  address = '127.0.0.1',
  allowed: string[] = [],
  { transport = 'TCP', webSocket, outwards = {} }: StageOptions = {},
): Promise<Stage> {
  const inputs = new Inputs();
  const around = observed();
  const bounds = { ...generous, ...limits };
  const { tlsOf, ...others } = { ...PLAIN, ...outwards };
  const connections = new Connections(
    around,
    new AllowedSources(allowed),
    bounds,
    inputs.give,
    createDial({ ...others, limits: bounds }),
  );
  const config = listenerConfig(transport.toLowerCase(), transport, 0, address);
  const listener = await StreamListener.open(
    webSocket === undefined ? config : { ...config, webSocket },
    around,
    connections,
    tlsOf(config.name),
  );
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
export const failure = (connections: Connections, flow: Flow, text = 'x'): Promise<SendFailure> =>
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
