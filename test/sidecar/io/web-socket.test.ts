import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { WebSocketConfig } from '../../../sidecar/config.ts';
import type { SendFailure } from '../../../sidecar/effect.ts';
import { open, read, type Stage } from './stream-stage.ts';
import { request, tcpPeer } from './support.ts';
import { closed, listenerTls, root, SERVER_NAME, startTlsPeer } from './tls-stage.ts';

type Limits = Parameters<typeof open>[0];

const ANY: WebSocketConfig = { path: '/', allowedOrigins: [] };

const openWs = (limits: Limits = {}, webSocket = ANY, address = '127.0.0.1'): Promise<Stage> =>
  open(limits, address, [], { transport: 'WS', webSocket });

interface PageOptions {
  readonly path?: string;
  readonly origin?: string;
  readonly protocols?: string | string[];
}

/** A peer as a browser's page is one, not yet open. */
function startPage(url: string, { path = '/', origin, protocols = 'sip' }: PageOptions = {}): WebSocket {
  const trusting = { ca: root.pem, servername: SERVER_NAME };
  const page = new WebSocket(`${url}${path}`, protocols, {
    ...trusting,
    ...(origin !== undefined && { origin }),
  });
  page.on('error', () => {});
  onTestFinished(() => page.terminate());
  return page;
}

async function openPage(port: number, options: PageOptions = {}): Promise<WebSocket> {
  const page = startPage(`ws://127.0.0.1:${port}`, options);
  await once(page, 'open');
  return page;
}

/** The status of the answer that a page gets that may not connect. */
async function refusal(port: number, options: PageOptions): Promise<number | undefined> {
  const page = startPage(`ws://127.0.0.1:${port}`, options);
  const [, response] = (await once(page, 'unexpected-response')) as [unknown, IncomingMessage];
  response.resume();
  return response.statusCode;
}

const next = async (page: WebSocket): Promise<{ text: string; isBinary: boolean }> => {
  const [data, isBinary] = (await once(page, 'message')) as [Buffer, boolean];
  return { text: data.toString('latin1'), isBinary };
};

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A request to open a WebSocket as it goes over the wire. */
const upgrade = (...headers: string[]): string =>
  [
    'GET / HTTP/1.1',
    'Host: sip.test',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
    '\r\n',
  ].join('\r\n');

const LAWFUL = upgrade('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: sip');

/** A frame of a client (RFC 6455 §5.2), with a mask of zeros. */
function frame(operation: number, payload: string): Buffer {
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([operation, ...length, 0, 0, 0, 0]), latin1(payload)]);
}

describe('a listener of WS', () => {
  it.each(['127.0.0.1', '::1'])(
    'agrees on SIP, and takes and gives a message a frame, on %s',
    async (address) => {
      const { connections, port, inputs } = await openWs({}, ANY, address);
      const host = address.includes(':') ? `[${address}]` : address;
      const page = startPage(`ws://${host}:${port}`, { protocols: ['msrp', 'sip'] });
      await once(page, 'open');
      expect(page.protocol).toBe('sip');
      page.send(request('OPTIONS'));
      const { flow, text } = await inputs.next('message');
      expect(text).toBe(request('OPTIONS'));
      expect(flow).toMatchObject({ transport: 'WS', listener: 'ws', address });
      const received = next(page);
      connections.send(flow, request('INFO'), undefined, undefined);
      expect(await received).toEqual({ text: request('INFO'), isBinary: false });
    },
  );

  it('takes text and binary frames, byte for byte', async () => {
    const { port, inputs } = await openWs();
    const page = await openPage(port);
    const text = request('MESSAGE', 'gr\xc3\xbc\xc3\x9fe');
    page.send(latin1(text), { binary: false });
    page.send(latin1(text), { binary: true });
    page.send(latin1(request('MESSAGE', '\xff\xfe')), { binary: true });
    await inputs.next('message', 2);
    expect(inputs.of('message').map((each) => each.text)).toEqual([
      text,
      text,
      request('MESSAGE', '\xff\xfe'),
    ]);
  });

  it('sends what is UTF-8 as text, and anything else in a binary frame', async () => {
    const { connections, port, inputs } = await openWs();
    const page = await openPage(port);
    page.send(request('OPTIONS'));
    const { flow } = await inputs.next('message');
    for (const [text, isBinary] of [
      ['gr\xc3\xbc\xc3\x9fe', false],
      ['latin1: gr\xfc\xdfe', true],
    ] as const) {
      const received = next(page);
      connections.send(flow, text, undefined, undefined);
      expect(await received).toEqual({ text, isBinary });
    }
  });

  it('takes a message that comes in fragments, with a ping between them', async () => {
    const { port, inputs } = await openWs();
    const page = await openPage(port);
    const text = request('MESSAGE', 'x'.repeat(5000));
    page.send(text.slice(0, 2000), { fin: false });
    page.ping();
    page.send(text.slice(2000, 4000), { fin: false });
    page.send(text.slice(4000), { fin: true });
    expect((await inputs.next('message')).text).toBe(text);
  });

  it('takes a message as large as it may be, and closes on a larger one', async () => {
    const { port, inputs, around } = await openWs({ maxMessageBytes: 60_000 });
    const page = await openPage(port);
    const overhead = request('MESSAGE', '00000').length - 5;
    const largest = request('MESSAGE', 'x'.repeat(60_000 - overhead - 5)).padEnd(60_000, 'x');
    page.send(largest);
    expect((await inputs.next('message')).text).toBe(largest);
    const end = once(page, 'close');
    page.send(`${largest}x`);
    // RFC 6455 §7.4.1: too big.
    expect((await end)[0]).toBe(1009);
    await inputs.next('flowClosed');
    expect(around.counts.get('ws_closed_framing')).toBe(1);
    expect(inputs.of('message')).toHaveLength(1);
  });

  it('compresses nothing', async () => {
    const { port } = await openWs();
    expect((await openPage(port)).extensions).toBe('');
  });

  it('closes on text that is no UTF-8', async () => {
    const { port, inputs } = await openWs();
    const page = await openPage(port);
    const end = once(page, 'close');
    page.send(latin1('\xff\xfe'), { binary: false });
    expect((await end)[0]).toBe(1007);
    await inputs.next('flowClosed');
  });

  it('tells the engine that a page is gone, be it with a goodbye or without', async () => {
    const { connections, port, inputs } = await openWs();
    const [polite, rude] = [await openPage(port), await openPage(port)];
    polite.close();
    await inputs.next('flowClosed');
    rude.terminate();
    await inputs.next('flowClosed', 1);
    expect(connections.count).toBe(0);
  });

  it('is busy towards a page that does not read, and closes it', async () => {
    const { connections, port, inputs, around } = await openWs({ maxQueuedBytes: 100_000 });
    const page = await openPage(port);
    page.send(request('OPTIONS'));
    page.pause();
    const { flow } = await inputs.next('message');
    const failures: SendFailure[] = [];
    for (let i = 0; i < 1000 && !failures.includes('busy'); i++) {
      connections.send(flow, 'x'.repeat(50_000), (reason) => failures.push(reason), undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(failures).toContain('busy');
    await inputs.next('flowClosed');
    expect(around.counts.get('ws_closed_peer_not_reading')).toBe(1);
  });
});

describe('a keep-alive', () => {
  it('CRLFCRLF as a message is answered by CRLF, and none of it is a message', async () => {
    const { port, inputs } = await openWs();
    const page = await openPage(port);
    const received = next(page);
    page.send('\r\n\r\n');
    expect((await received).text).toBe('\r\n');
    page.send('\r\n');
    page.send('');
    page.send(request('OPTIONS'));
    await inputs.next('message');
    expect(inputs.of('message')).toHaveLength(1);
  });

  it('is a ping to who is silent; who answers stays, who does not goes', async () => {
    const { connections, port, inputs, around } = await openWs({ pingMs: 30 });
    const page = await openPage(port);
    await once(page, 'ping');
    await once(page, 'ping');
    const peer = await tcpPeer(port);
    peer.write(LAWFUL);
    await expect.poll(() => connections.count).toBe(2);
    await inputs.next('flowClosed');
    expect(around.counts.get('ws_closed_no_pong')).toBe(1);
    expect(page.readyState).toBe(page.OPEN);
  });
});

describe('a slow page', () => {
  it.each([
    ['half a frame', frame(0x81, request('OPTIONS')).subarray(0, 40)],
    ['half a header', frame(0x81, request('OPTIONS')).subarray(0, 3)],
    ['a fragment without the last one', frame(0x01, 'OPTIONS sip:')],
  ])('that sends %s is closed in time, though pongs go on', async (_what, bytes) => {
    const { port, inputs, around } = await openWs({ partialMs: 60 });
    const peer = await tcpPeer(port);
    peer.write(LAWFUL);
    await read(peer, 50);
    peer.write(bytes);
    const { connection } = await inputs.next('flowClosed');
    expect(connection).toBeGreaterThan(0);
    expect(around.counts.get('ws_closed_slow_message')).toBe(1);
  });

  it('that sends its request byte by byte is answered 408 in time', async () => {
    const { port, around, connections } = await openWs({ partialMs: 100 });
    const peer = await tcpPeer(port);
    let at = 0;
    const drip = setInterval(() => peer.write(LAWFUL[at++ % 20] as string), 10);
    onTestFinished(() => clearInterval(drip));
    expect(await read(peer, 12)).toMatch(/^HTTP\/1.1 408 /);
    expect(around.counts.get('WS websocket_timeout')).toBe(1);
    expect(connections.count).toBe(0);
  });
});

describe('a request to open a WebSocket', () => {
  it.each([
    ['at another path', { path: '/other' }, 404, 'path'],
    ['without a subprotocol', { protocols: [] }, 400, 'subprotocol'],
    ['for another subprotocol', { protocols: 'xmpp' }, 400, 'subprotocol'],
    ['by a page of another site', { origin: 'https://evil.test' }, 403, 'origin'],
  ])('%s is refused', async (_what, options, status, reason) => {
    const { port, around, inputs } = await openWs(
      {},
      { path: '/sip', allowedOrigins: ['https://good.test'] },
    );
    expect(await refusal(port, { path: '/sip', ...options })).toBe(status);
    expect(around.counts.get(`WS websocket_${reason}`)).toBe(1);
    expect(around.notes).toMatchObject([{ event: 'handshake failed', source: 'WS 127.0.0.1' }]);
    expect(inputs.all).toEqual([]);
  });

  it.each([
    ['by a page of a site that may', { origin: 'https://good.test' }],
    ['by a page of a site that may, in other letters', { origin: 'HTTPS://GOOD.test' }],
    ['by a program that has no site', {}],
    ['with a query', { path: '/sip?token=1' }],
  ])('%s is let in', async (_what, options) => {
    const { port } = await openWs({}, { path: '/sip', allowedOrigins: ['https://good.test'] });
    await openPage(port, { path: '/sip', ...options });
  });

  it.each([
    ['that is no upgrade', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 426],
    ['of an old version', upgrade('Sec-WebSocket-Version: 8', 'Sec-WebSocket-Protocol: sip'), 426],
    ['without a key', LAWFUL.replace(/Sec-WebSocket-Key: .*\r\n/, ''), 400],
    ['that is another method', LAWFUL.replace('GET', 'POST'), 400],
    ['that is no HTTP', request('OPTIONS'), 400],
    ['with a header without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}`, 431],
  ])('%s is answered with a reason and a goodbye', async (_what, text, status) => {
    const { port, inputs, connections } = await openWs();
    const peer = await tcpPeer(port);
    peer.write(text);
    const answer = await read(peer, 50);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    if (status === 426) expect(answer).toMatch(/\r\nSec-WebSocket-Version: 13\r\n/);
    await closed(peer);
    expect(inputs.all).toEqual([]);
    expect(connections.count).toBe(0);
  });

  it('counts against the bounds before it is answered', async () => {
    const { port, around } = await openWs({ maxConnectionsPerSource: 1 });
    await tcpPeer(port);
    await closed(await tcpPeer(port));
    expect(around.counts.get('too_many_connections_of_source')).toBe(1);
  });

  it('is believed nothing about where it comes from', async () => {
    const { port, inputs } = await openWs();
    const peer = await tcpPeer(port);
    peer.write(
      LAWFUL.replace('\r\n\r\n', '\r\nX-Forwarded-For: 192.0.2.99\r\nForwarded: for=192.0.2.99\r\n\r\n'),
    );
    await read(peer, 50);
    peer.write(frame(0x81, request('OPTIONS')));
    expect((await inputs.next('message')).flow.address).toBe('127.0.0.1');
  });

  it('goes by changed rules from the next one on', async () => {
    const { listener, port, inputs } = await openWs();
    const page = await openPage(port);
    listener.adopt({
      name: 'ws',
      transport: 'WS',
      address: '127.0.0.1',
      port,
      advertised: { phones: undefined, upstream: undefined },
      webSocket: { path: '/sip', allowedOrigins: [] },
    });
    expect(await refusal(port, {})).toBe(404);
    page.send(request('OPTIONS'));
    await inputs.next('message');
  });
});

describe('a listener of WSS', () => {
  const openWss = (limits: Limits = {}): Promise<Stage> => {
    const tls = listenerTls();
    return open(limits, '127.0.0.1', [], {
      transport: 'WSS',
      webSocket: ANY,
      outwards: { tlsOf: () => tls },
    });
  };

  it('is the same over TLS', async () => {
    const { connections, port, inputs } = await openWss();
    const page = startPage(`wss://127.0.0.1:${port}`);
    await once(page, 'open');
    page.send(request('OPTIONS'));
    const { flow } = await inputs.next('message');
    expect(flow).toMatchObject({ transport: 'WSS', listener: 'wss' });
    const received = next(page);
    connections.send(flow, 'answer', undefined, undefined);
    expect((await received).text).toBe('answer');
    page.terminate();
    expect((await inputs.next('flowClosed')).connection).toBe(flow.connection);
  });

  it('answers who speaks HTTP after the handshake, and ends it', async () => {
    const { port, around } = await openWss();
    const peer = startTlsPeer(port);
    peer.write('GET /other HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await read(peer, 12)).toMatch(/^HTTP\/1.1 426 /);
    await closed(peer);
    expect(around.counts.get('WSS websocket_no_upgrade')).toBe(1);
  });

  it('bounds both handshakes in time', async () => {
    const { port, around } = await openWss({ partialMs: 150 });
    const [neither, one] = [await tcpPeer(port), startTlsPeer(port)];
    one.resume();
    await Promise.all([closed(neither), closed(one)]);
    expect(around.counts.get('WSS tls_timeout')).toBe(1);
    expect(around.counts.get('WSS websocket_timeout')).toBe(1);
  });
});
