import { WebSocket } from 'ws';
import type { Stage } from '../../support/peers/stage.ts';
import { unique } from './party.ts';
import { type Address, closing, type Wire } from './wire.ts';

/**
 * A WebSocket to `to` (RFC 7118) that gives itself a name that leads nowhere, as browsers do, who know no address of their own
 * (§8.1); over TLS, trusting `authority`, where that is given. Each message is sent in a frame by itself.
 */
export async function browserWire(stage: Stage, to: Address, authority?: string): Promise<Wire> {
  const scheme = authority === undefined ? 'ws' : 'wss';
  const options = authority === undefined ? {} : { ca: authority };
  const socket = new WebSocket(`${scheme}://${to.address}:${to.port}/`, 'sip', options);
  stage.onClose(() => socket.terminate());
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.on('error', () => {});
  return {
    transport: authority === undefined ? 'WS' : 'WSS',
    address: `${unique()}.invalid`,
    port: 9,
    send: (text) => socket.send(text),
    onMessage: (listener) => {
      socket.on('message', (data: Buffer) => {
        const text = data.toString('latin1');
        if (text.includes('\r\n\r\n')) listener(text, (answer) => socket.send(answer), to);
      });
    },
    closed: closing(socket),
    close: () => socket.terminate(),
  };
}
