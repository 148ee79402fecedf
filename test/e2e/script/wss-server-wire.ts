import { once } from 'node:events';
import { createServer } from 'node:https';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Stage } from '../../support/peers/stage.ts';
import type { Issued } from '../../support/pki.ts';
import { type Address, closing, type Listener, type ServerWire } from './wire.ts';

/** A PBX that takes WebSockets (RFC 7118) over TLS; what it sends of its own goes over the newest one. */
export async function wssServerWire(
  stage: Stage,
  { certificate, key }: Issued,
  address = '127.0.0.1',
): Promise<ServerWire> {
  const sockets: WebSocket[] = [];
  const listeners: Listener[] = [];
  const http = createServer({ cert: certificate, key });
  const server = new WebSocketServer({ server: http, handleProtocols: () => 'sip' });
  server.on('connection', (socket, { socket: { remoteAddress = '', remotePort = 0 } }) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('message', (data: Buffer) => {
      // One message a frame; what keeps the connection alive is none.
      const text = data.toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      const from = { address: remoteAddress, port: remotePort };
      for (const listener of listeners) listener(text, (answer) => socket.send(answer), from);
    });
  });
  http.listen(0, address);
  await once(http, 'listening');
  const closed = closing(http);
  const close = () => {
    http.close();
    for (const socket of sockets) socket.terminate();
  };
  stage.onClose(close);
  return {
    transport: 'WSS',
    address,
    port: (http.address() as Address).port,
    send: (text) => sockets.at(-1)?.send(text),
    onMessage: (listener) => void listeners.push(listener),
    get taken() {
      return sockets.length;
    },
    hangUp: async () => {
      const open = sockets.filter(({ readyState, OPEN }) => readyState === OPEN);
      const gone = open.map(closing);
      for (const socket of open) socket.close();
      await Promise.all(gone);
    },
    closed,
    close,
  };
}
