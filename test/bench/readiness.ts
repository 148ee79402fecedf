import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Child, hasEnded } from './child.ts';

const PROBE_INTERVAL_MS = 50;

/** How long a system may take to start: touching gigabytes of memory beforehand takes tens of seconds on some virtual machines. */
export const START_LIMIT_MS = 60_000;

const options = (port: number, from: number, attempt: number): string =>
  [
    `OPTIONS sip:127.0.0.1:${port} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${from};branch=z9hG4bKready${attempt};rport`,
    'Max-Forwards: 70',
    'From: <sip:bench@127.0.0.1>;tag=ready',
    `To: <sip:127.0.0.1:${port}>`,
    `Call-ID: ready-${from}`,
    `CSeq: ${attempt} OPTIONS`,
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');

/** Asks again and again until `ask` says yes; throws when the process ends or the time is over. */
export const waitUntil = async (
  child: Child,
  what: string,
  log: string,
  limitMs: number,
  ask: (attempt: number) => Promise<boolean>,
): Promise<void> => {
  const deadline = performance.now() + limitMs;
  for (let attempt = 1; performance.now() < deadline; attempt++) {
    if (hasEnded(child))
      throw new Error(`${what} ended at its start:\n${readFileSync(log, 'utf8').slice(-2000)}`);
    if (await ask(attempt)) return;
    await delay(PROBE_INTERVAL_MS);
  }
  throw new Error(`${what} is not ready after ${limitMs / 1000} s; see ${log}`);
};

/** Resolves when a SIP server on 127.0.0.1:`port` answers OPTIONS, with whatever it answers. */
export const answersOptions = async (
  child: Child,
  what: string,
  log: string,
  port: number,
): Promise<void> => {
  const socket = createSocket('udp4');
  let answered = false;
  socket.on('message', () => {
    answered = true;
  });
  socket.on('error', () => {}); // a refused datagram: it does not listen yet
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  try {
    await waitUntil(child, what, log, START_LIMIT_MS, async (attempt) => {
      if (!answered) socket.send(options(port, socket.address().port, attempt), port, '127.0.0.1');
      return answered;
    });
  } finally {
    socket.close();
  }
};
