import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';

/** A flood from many addresses of this machine, in a thread of its own, for so long; tells at its end what it has sent. */
export interface FloodOrder {
  readonly port: number;
  readonly sources: number;
  readonly perSecond: number;
  readonly milliseconds: number;
}

const { port, sources, perSecond, milliseconds } = workerData as FloodOrder;

/** Each millisecond's share is sent at once, as far as this thread comes to it. */
const TICK_MS = 5;

const request = (method: string, n: number): string =>
  `${method} sip:u${n % 100}@pbx.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9:9;branch=z9hG4bKf${n};rport\r\n` +
  `From: <sip:f${n}@pbx.test>;tag=f${n}\r\nTo: <sip:f${n}@pbx.test>\r\nCall-ID: f${n}\r\nCSeq: 1 ${method}\r\n` +
  `Contact: <sip:f${n}@127.0.0.9:9>\r\nExpires: 60\r\nContent-Length: 0\r\n\r\n`;

/** Half of it no SIP, the other half requests of nobody. */
const kinds: readonly ((n: number) => string)[] = [
  (n) => `\x00\xff${'\x93\x01garbage'.repeat(n % 20)}`,
  () => 'GET / HTTP/1.1\r\nHost: pbx.test\r\n\r\n',
  (n) => request('INVITE', n).slice(0, 150),
  (n) => request('REGISTER', n),
  (n) => request('INVITE', n),
  (n) => request('MESSAGE', n).replace(/^MESSAGE \S+ SIP\/2.0/, 'SIP/2.0 200 OK'),
];

async function open(i: number): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, `127.${1 + (i >> 8)}.1.${1 + (i & 127)}`);
  await once(socket, 'listening');
  return socket;
}

const sockets = await Promise.all(Array.from({ length: sources }, (_, i) => open(i)));
const started = performance.now();
let sent = 0;
await new Promise<void>((ended) => {
  const timer = setInterval(() => {
    const elapsed = performance.now() - started;
    const due = Math.min((elapsed * perSecond) / 1000, sent + (perSecond * 4 * TICK_MS) / 1000);
    for (; sent < due; sent++) {
      const text = (kinds[sent % kinds.length] as (n: number) => string)(sent);
      (sockets[sent % sources] as Socket).send(Buffer.from(text, 'latin1'), port, '127.0.0.1');
    }
    if (elapsed < milliseconds) return;
    clearInterval(timer);
    ended();
  }, TICK_MS);
});
for (const socket of sockets) socket.close();
parentPort?.postMessage(sent);
