import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Hop } from './wire/hop.ts';

export type PortTransport = 'UDP' | 'TCP';

const TRIES = 100;

/** Binds and lets go again; the port that was bound (0 takes a free one). Rejects when it cannot be had. */
function tryBind(transport: PortTransport, { address, port }: Hop): Promise<number> {
  return new Promise((resolve, reject) => {
    if (transport === 'UDP') {
      const socket = createSocket('udp4').once('error', reject);
      socket.bind(port, address, () => {
        const bound = socket.address().port;
        socket.close(() => resolve(bound));
      });
      return;
    }
    const server = createServer().once('error', reject);
    server.listen(port, address, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : port));
    });
  });
}

export async function isFree(transport: PortTransport, at: Hop): Promise<boolean> {
  return tryBind(transport, at).then(
    () => true,
    () => false,
  );
}

/** A port that is free for UDP and TCP alike. Rejects when the address itself cannot be bound. */
export async function freePort(address: string, except: ReadonlySet<number>): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = await tryBind('UDP', { address, port: 0 });
    if (!except.has(port) && (await isFree('TCP', { address, port }))) return port;
  }
  throw new Error(`no port of ${address} is free for UDP and TCP`);
}
