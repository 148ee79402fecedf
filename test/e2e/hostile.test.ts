import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileStage, testStage } from '../support/peers/stage.ts';
import type { Front } from './front.ts';
import { tcpPhone, udpPhone } from './script/phone.ts';
import { closing } from './script/wire.ts';
import { startScriptedFront } from './scripted-front.ts';

const file = fileStage();
const test = testStage();
let front: Front;

beforeAll(async () => {
  ({ front } = await startScriptedFront(file, {
    spec: { security: { maxConnectionsPerSource: 20, maxMessageBytes: 20_000 } },
  }));
});

/** The same numbers each time, so that a failure comes again. */
const dice = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

const REQUEST = [
  'OPTIONS sip:127.0.0.1 SIP/2.0',
  'Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKhostile;rport',
  'Max-Forwards: 70',
  'From: <sip:u1@pbx.test>;tag=1',
  'To: <sip:127.0.0.1>',
  'Call-ID: hostile@test',
  'CSeq: 1 OPTIONS',
  'Content-Length: 0',
  '',
  '',
].join('\r\n');

/** Nonsense of every kind. */
const nonsense: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['one byte', '\x00'],
  ['line ends', '\r\n'.repeat(500)],
  ['another protocol', 'GET / HTTP/1.1\r\nHost: pbx.test\r\n\r\n'],
  ['no end', REQUEST.slice(0, -4)],
  ['no header fields', 'OPTIONS sip:127.0.0.1 SIP/2.0\r\n\r\n'],
  ['no Via', REQUEST.replace(/Via.*\r\n/, '')],
  ['no From', REQUEST.replace(/From.*\r\n/, '')],
  ['no CSeq', REQUEST.replace(/CSeq.*\r\n/, '')],
  ['two Call-IDs', REQUEST.replace('Call-ID', 'Call-ID: another\r\nCall-ID')],
  ['another method in CSeq', REQUEST.replace('1 OPTIONS', '1 INVITE')],
  ['a CSeq that is too large', REQUEST.replace('CSeq: 1', 'CSeq: 99999999999999')],
  ['a body that is not there', REQUEST.replace('Length: 0', 'Length: 900')],
  ['a negative length', REQUEST.replace('Length: 0', 'Length: -1')],
  ['a length that is no number', REQUEST.replace('Length: 0', 'Length: many')],
  ['two lengths', REQUEST.replace('Content-Length', 'Content-Length: 7\r\nContent-Length')],
  ['another version', REQUEST.replace('SIP/2.0\r', 'SIP/3.0\r')],
  ['a line without colon', REQUEST.replace('Max-Forwards:', 'Max-Forwards')],
  ['bare line feeds', REQUEST.replaceAll('\r\n', '\n')],
  ['a Via to nowhere', REQUEST.replace('127.0.0.1:9', '999.1.1.1:99999')],
  ['unclosed quotes', REQUEST.replace('<sip:u1', '"<sip:u1')],
  ['unclosed brackets', REQUEST.replace('<sip:127.0.0.1>', '<sip:127.0.0.1')],
  ['many header fields', REQUEST.replace('Max-Forwards', `${'X: y\r\n'.repeat(2000)}Max-Forwards`)],
  ['a long header field', REQUEST.replace('Max-Forwards', `X: ${'y'.repeat(15_000)}\r\nMax-Forwards`)],
  ['a long URI', REQUEST.replace('sip:127.0.0.1 ', `sip:${'u'.repeat(15_000)}@127.0.0.1 `)],
  [
    'many Vias',
    REQUEST.replace('Via:', `${'Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n'.repeat(200)}Via:`),
  ],
  [
    'many Routes',
    REQUEST.replace('Max-Forwards', `${'Route: <sip:127.0.0.1;lr>\r\n'.repeat(300)}Max-Forwards`),
  ],
  ['an answer to nothing', REQUEST.replace('OPTIONS sip:127.0.0.1 SIP/2.0', 'SIP/2.0 200 OK')],
  ['an answer beyond all codes', REQUEST.replace('OPTIONS sip:127.0.0.1 SIP/2.0', 'SIP/2.0 9999 No')],
  ['a PBX by its own word', REQUEST.replace('127.0.0.1:9', 'pbx.test;received=127.0.0.1')],
  ['binary', String.fromCharCode(...Array.from({ length: 900 }, (_, index) => (index * 31) % 256))],
];

/** A message with some bytes changed, left out or doubled. */
const mangle = (text: string, roll: (below: number) => number): string => {
  let mangled = text;
  for (let times = roll(6) + 1; times > 0; times--) {
    const at = roll(mangled.length);
    const insert = [String.fromCharCode(roll(256)), '', mangled.slice(at, at + roll(40))][roll(3)] ?? '';
    mangled = mangled.slice(0, at) + insert + mangled.slice(at + 1 + roll(3));
  }
  return mangled;
};

/** The statuses with which it was answered, until an honest request of the same socket is. */
const answersTo = async (datagrams: readonly string[]): Promise<readonly number[]> => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  test.onClose(() => socket.close());
  const statuses: number[] = [];
  const fence = Promise.withResolvers<void>();
  socket.on('message', (data) => {
    const text = data.toString('latin1');
    if (text.includes('Call-ID: fence')) fence.resolve();
    else if (text.startsWith('SIP/2.0 ')) statuses.push(Number(text.slice(8, 11)));
  });
  const send = (text: string) => socket.send(Buffer.from(text, 'latin1'), front.port, front.address);
  for (const datagram of datagrams) send(datagram);
  const honest = REQUEST.replace('hostile@test', 'fence')
    .replace('sip:127.0.0.1 ', `sip:127.0.0.1:${front.port} `)
    .replaceAll('hostile', `fence${socket.address().port}`);
  // A flood may have cost it the first one.
  const timer = setInterval(() => send(honest), 200);
  send(honest);
  await fence.promise;
  clearInterval(timer);
  return statuses;
};

const connected = async (): Promise<Socket> => {
  const socket = connect(front.port, front.address);
  socket.on('error', () => {});
  await once(socket, 'connect');
  test.onClose(() => void socket.destroy());
  return socket;
};

/** It serves as before, and nothing was thrown. */
const isUnharmed = async (): Promise<void> => {
  const { midreg } = front;
  const [one, other] = [await udpPhone(test, 'u1', front), await tcpPhone(test, 'u2', front)];
  await one.registered();
  await other.registered();
  const sent = one.sendMessage('u2', 'still there');
  (await other.request('MESSAGE')).reply(200);
  expect((await one.response(sent)).status).toBe(200);
  await one.registered({ expires: 0 });
  await other.registered({ expires: 0 });
  expect(await midreg.metric('midreg_bugs_total')).toBe(0);
};

describe('nonsense', () => {
  it.for(nonsense)('in a datagram gets a refusal or nothing: %s', async ([, text]) => {
    for (const status of await answersTo([text])) expect(status).toBeGreaterThanOrEqual(400);
    await isUnharmed();
  });

  it.for(nonsense)('on a connection gets a refusal, nothing, or an end: %s', async ([, text]) => {
    const socket = await connected();
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
    });
    socket.end(text.replaceAll('SIP/2.0/UDP', 'SIP/2.0/TCP'), 'latin1');
    await closing(socket);
    for (const [, status] of received.matchAll(/^SIP\/2\.0 (\d+)/gm))
      expect(Number(status)).toBeGreaterThanOrEqual(400);
    await isUnharmed();
  });

  it('by the thousand, made of honest messages, does no harm', async () => {
    const roll = dice(20_260_101);
    const methods = ['OPTIONS', 'REGISTER', 'INVITE', 'MESSAGE', 'ACK', 'CANCEL', 'BYE', 'SUBSCRIBE'];
    for (let batch = 0; batch < 20; batch++) {
      const texts = Array.from({ length: 100 }, () => {
        const method = methods[roll(methods.length)] ?? 'OPTIONS';
        // To nobody, so that what survives goes no further.
        return mangle(REQUEST.replaceAll('OPTIONS', method).replaceAll('hostile', `h${roll(1e9)}`), roll);
      });
      await answersTo(texts);
    }
    await isUnharmed();
  });

  it('is told in few lines and counted in full', async () => {
    const before = front.midreg.logLines.length;
    const dropped = await front.midreg.metric('midreg_drops_total');
    for (let batch = 0; batch < 20; batch++)
      await answersTo(Array.from({ length: 100 }, () => 'nonsense\r\n\r\n'));
    expect(front.midreg.logLines.length - before).toBeLessThan(100);
    expect((await front.midreg.metric('midreg_drops_total')) - dropped).toBeGreaterThan(500);
  });
});

describe('a connection', () => {
  it('that sends a message without end is closed when it is larger than allowed', async () => {
    const socket = await connected();
    const closed = closing(socket);
    socket.write(REQUEST.slice(0, -4));
    for (let times = 0; times < 30 && !socket.destroyed; times++) socket.write(`\r\nX: ${'y'.repeat(1000)}`);
    await closed;
    await isUnharmed();
  });

  it.each([
    ['no Content-Length', /Content-Length.*\r\n/, '', '400 Bad Request - Missing Content-Length'],
    ['two that differ', 'Content-Length', 'l: 7\r\nContent-Length', '400 Bad Request - Bad Content-Length'],
    ['one larger than allowed', 'Length: 0', 'Length: 20001', '513 Message Too Large'],
  ])('whose message has %s is told so and closed', async (_, part, wrong, told) => {
    const socket = await connected();
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
    });
    socket.write(REQUEST.replace(part, wrong).replace('UDP', 'TCP'));
    await closing(socket);
    expect(received.split('\r\n')[0]).toBe(`SIP/2.0 ${told}`);
    await isUnharmed();
  });

  it('may bring its message byte by byte', async () => {
    const socket = await connected();
    socket.setNoDelay(true);
    const answered = once(socket, 'data');
    const text = REQUEST.replaceAll('UDP', 'TCP').replace('sip:127.0.0.1 ', `sip:127.0.0.1:${front.port} `);
    for (const byte of text.replaceAll('hostile', 'slow'))
      await new Promise((resolve) => socket.write(byte, resolve));
    const [data] = (await answered) as [Buffer];
    expect(data.toString()).toContain('SIP/2.0 200');
  });

  it('is closed at once where its source holds as many as it may', async () => {
    const held: Socket[] = [];
    const closed: Promise<unknown>[] = [];
    for (let count = 0; count < 30; count++) {
      const socket = await connected();
      held.push(socket);
      closed.push(closing(socket).then(() => count));
    }
    const surplus = await Promise.race(closed);
    expect(surplus).toBeGreaterThanOrEqual(10);
    for (const socket of held) socket.destroy();
    await front.midreg.waitForMetric('midreg_connections', 10);
    await isUnharmed();
  });

  it('that is a keep-alive is answered (RFC 5626 §4.4.1)', async () => {
    const socket = await connected();
    const answered = once(socket, 'data');
    socket.write('\r\n\r\n');
    const [data] = (await answered) as [Buffer];
    expect(data.toString()).toBe('\r\n');
  });
});
