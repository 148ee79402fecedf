import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { WebSocketConfig } from '../../../sidecar/config.ts';
import { open, type Stage } from './stream-stage.ts';
import { root, SERVER_NAME } from './tls-stage.ts';

export type Limits = Parameters<typeof open>[0];

/** Pages of all sites, at the root. */
export const ANY: WebSocketConfig = { path: '/', allowedOrigins: [] };

/** A listener of WS on a port of the system's choice. */
export const openWs = (limits: Limits = {}, webSocket = ANY, address = '127.0.0.1'): Promise<Stage> =>
  open(limits, address, [], { transport: 'WS', webSocket });

export interface PageOptions {
  readonly path?: string;
  readonly origin?: string;
  readonly protocols?: string | string[];
}

/** A peer as a browser's page is one, not yet open. */
export function startPage(
  url: string,
  { path = '/', origin, protocols = 'sip' }: PageOptions = {},
): WebSocket {
  const trusting = { ca: root.pem, servername: SERVER_NAME };
  const page = new WebSocket(`${url}${path}`, protocols, {
    ...trusting,
    ...(origin !== undefined && { origin }),
  });
  page.on('error', () => {});
  onTestFinished(() => page.terminate());
  return page;
}

/** The same, open. */
export async function openPage(port: number, options: PageOptions = {}): Promise<WebSocket> {
  const page = startPage(`ws://127.0.0.1:${port}`, options);
  await once(page, 'open');
  return page;
}

/** The next message that a page gets, of one character a byte. */
export const next = async (page: WebSocket): Promise<{ text: string; isBinary: boolean }> => {
  const [data, isBinary] = (await once(page, 'message')) as [Buffer, boolean];
  return { text: data.toString('latin1'), isBinary };
};

export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A request to open a WebSocket as it goes over the wire. */
export const upgrade = (...headers: string[]): string =>
  [
    'GET / HTTP/1.1',
    'Host: sip.test',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
    '\r\n',
  ].join('\r\n');

export const LAWFUL = upgrade('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: sip');

/** A frame of a client (RFC 6455 §5.2), with a mask of zeros. */
export function frame(operation: number, payload: string): Buffer {
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([operation, ...length, 0, 0, 0, 0]), latin1(payload)]);
}
