import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { ListenerConfig } from '../../../sidecar/config.ts';
import type { Input, Note } from '../../../sidecar/effect.ts';
import { createClock } from '../../../sidecar/io/clock.ts';
import type { Outwards } from '../../../sidecar/io/listeners.ts';
import type { Surroundings } from '../../../sidecar/io/surroundings.ts';
import type { Transport } from '../../../sidecar/wire/flow.ts';

export type InputOf<K extends Input['kind']> = Extract<Input, { kind: K }>;

/** Real surroundings whose counts and lines can be read, and awaited. */
export interface Observed extends Surroundings {
  readonly counts: Map<string, number>;
  readonly notes: Note[];
  /** Resolves when that count has reached a number. */
  counted(name: string, atLeast?: number): Promise<void>;
}

export function observed(): Observed {
  const counts = new Map<string, number>();
  const notes: Note[] = [];
  const waiting = new Set<() => void>();
  const count = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const look of waiting) look();
  };
  return {
    clock: createClock(),
    tally: {
      drop: count,
      event: count,
      handshakeFailed: (transport, reason) => count(`${transport} ${reason}`),
    },
    note: (note) => void notes.push(note),
    counts,
    notes,
    counted: (name, atLeast = 1) =>
      new Promise((resolve) => {
        const look = (): void => {
          if ((counts.get(name) ?? 0) < atLeast) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

/** What would be the engine: takes down its inputs and lets a test await them. */
export class Inputs {
  readonly all: Input[] = [];
  #waiting: (() => void)[] = [];

  readonly give = (input: Input): void => {
    this.all.push(input);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const look of waiting) look();
  };

  of<K extends Input['kind']>(kind: K): InputOf<K>[] {
    return this.all.filter((input): input is InputOf<K> => input.kind === kind);
  }

  /** The nth input of a kind (from 0), as soon as it has come. */
  async next<K extends Input['kind']>(kind: K, n = 0): Promise<InputOf<K>> {
    for (;;) {
      const found = this.of(kind)[n];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** What listeners have that secure nothing, and whose PBX nobody knows. */
export const PLAIN: Outwards = {
  tlsOf: () => undefined,
  hostAt: () => undefined,
  link: () => ({ context: createSecureContext(), verify: 'Full', serverName: undefined, path: '/' }),
};

export function listenerConfig(
  name: string,
  transport: Transport,
  port = 0,
  address = '127.0.0.1',
): ListenerConfig {
  return { name, transport, address, port, advertised: { phones: undefined, upstream: undefined } };
}

export async function udpPeer(address = '127.0.0.1'): Promise<UdpSocket & { readonly port: number }> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return Object.assign(socket, { port: socket.address().port });
}

/** A connection to a port of ours; its errors are the test's to look for. */
export async function tcpPeer(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ host, port });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** A whole request as a stream wants it. */
export function request(method: string, body = ''): string {
  return (
    `${method} sip:u1@pbx.test SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:u2@pbx.test>;tag=1\r\n` +
    `To: <sip:u1@pbx.test>\r\nCall-ID: c1\r\nCSeq: 1 ${method}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}
