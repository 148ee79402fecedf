import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { type Flow, hostPort } from '../wire/flow.ts';
import type { OpenChannel } from './channel.ts';
import { SUBPROTOCOL } from './upgrade.ts';
import { WEBSOCKET_OPTIONS, webSocketChannel } from './web-socket-channel.ts';

/** A WebSocket of somebody else's. */
export interface WebSocketPlace {
  /** The name by which the server knows itself. */
  readonly host: string;
  readonly path: string;
  readonly maxMessageBytes: number;
}

/** Opens a WebSocket (RFC 7118 §4.1) over a socket that `open` begins to connect; it fails where the server does not agree on SIP. */
export function openWebSocket(
  { address, port, transport }: Flow,
  { host, path, maxMessageBytes }: WebSocketPlace,
  open: () => Socket,
): OpenChannel {
  const scheme = transport === 'WSS' ? 'wss' : 'ws';
  const webSocket = new WebSocket(`${scheme}://${hostPort(address, port)}${path}`, SUBPROTOCOL, {
    ...WEBSOCKET_OPTIONS,
    maxPayload: maxMessageBytes,
    followRedirects: false,
    createConnection: open,
    headers: { host: hostPort(host, port) },
  });
  return webSocketChannel(webSocket, undefined);
}
