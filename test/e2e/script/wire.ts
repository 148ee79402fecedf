import { createSocket } from 'node:dgram';
import { type EventEmitter, once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Stage } from '../../support/peers/stage.ts';
import { deframe } from './sip.ts';

export interface Address {
  readonly address: string;
  readonly port: number;
}

/** Resolves when a socket is closed, however that came about. */
export const closing = (socket: EventEmitter): Promise<void> =>
  new Promise((resolve) => void socket.once('close', () => resolve()));

export type Reply = (text: string) => void;

/** `from` is the address that the message came from. */
export type Listener = (text: string, reply: Reply, from: Address) => void;

/** How a scripted party sends and receives: latin1 text of whole messages. */
export interface Wire extends Address {
  readonly transport: 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';
  /** To the other end, which UDP needs to be told. */
  send(text: string, to: Address): void;
  onMessage(listener: Listener): void;
  /** Resolves when the other end has closed it. */
  readonly closed: Promise<void>;
  close(): void;
}

export async function udpWire(stage: Stage, address = '127.0.0.1', port = 0): Promise<Wire> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(port, address);
  await once(socket, 'listening');
  const closed = closing(socket);
  let isOpen = true;
  const close = () => {
    if (isOpen) socket.close();
    isOpen = false;
  };
  stage.onClose(close);
  const send = (text: string, to: Address) => {
    if (isOpen) socket.send(Buffer.from(text, 'latin1'), to.port, to.address);
  };
  return {
    transport: 'UDP',
    address,
    port: socket.address().port,
    send,
    onMessage: (listener) =>
      void socket.on('message', (data, from) => {
        // Keep-alives and the like are no messages.
        if (data.includes('\r\n\r\n')) listener(data.toString('latin1'), (text) => send(text, from), from);
      }),
    closed,
    close,
  };
}

/** Reads whole messages off a connection. */
export const readMessages = (socket: Socket, listener: Listener): void => {
  const from = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
  let received = '';
  socket.on('data', (data) => {
    const { messages, rest } = deframe(received + data.toString('latin1'));
    received = rest;
    for (const message of messages) listener(message, (text) => void socket.write(text, 'latin1'), from);
  });
};

/** A connection to `to`, as a phone opens one; `localPort` is for who is after that of another. */
export async function tcpWire(stage: Stage, to: Address, localPort?: number): Promise<Wire> {
  const socket = connect({
    host: to.address,
    port: to.port,
    ...(localPort === undefined ? {} : { localAddress: to.address, localPort }),
  });
  await once(socket, 'connect');
  const closed = closing(socket);
  socket.on('error', () => {});
  socket.on('end', () => socket.end());
  const { address, port } = socket.address() as Address;
  // At once, so that its port is free again.
  const close = () => void socket.resetAndDestroy();
  stage.onClose(close);
  const send = (text: string) => void socket.write(text, 'latin1');
  return {
    transport: 'TCP',
    address,
    port,
    send,
    onMessage: (listener) => readMessages(socket, listener),
    closed,
    close,
  };
}

export interface ServerWire extends Wire {
  /** How many connections have been taken. */
  readonly taken: number;
  /** Ends the connections, and resolves when the other ends have, too; new ones are taken all along. */
  hangUp(): Promise<void>;
}

/** A PBX that takes connections; what it sends of its own goes over the newest one. */
export async function tcpServerWire(stage: Stage, address = '127.0.0.1', port = 0): Promise<ServerWire> {
  const sockets: Socket[] = [];
  const listeners: Listener[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    readMessages(socket, (...message) => {
      for (const listener of listeners) listener(...message);
    });
  });
  server.listen(port, address);
  await once(server, 'listening');
  const closed = closing(server);
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  stage.onClose(close);
  return {
    transport: 'TCP',
    address,
    port: (server.address() as Address).port,
    send: (text) => void sockets.at(-1)?.write(text, 'latin1'),
    onMessage: (listener) => void listeners.push(listener),
    get taken() {
      return sockets.length;
    },
    hangUp: async () => {
      const open = sockets.filter((socket) => !socket.destroyed);
      const gone = open.map(closing);
      for (const socket of open) socket.end();
      await Promise.all(gone);
    },
    closed,
    close,
  };
}
