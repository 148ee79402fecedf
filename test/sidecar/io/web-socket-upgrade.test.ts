import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { open, read, type Stage } from './stream-stage.ts';
import { request, tcpPeer } from './support.ts';
import { closed, listenerTls, startTlsPeer } from './tls-stage.ts';
import {
  ANY,
  frame,
  LAWFUL,
  type Limits,
  next,
  openPage,
  openWs,
  type PageOptions,
  startPage,
  upgrade,
} from './web-socket-stage.ts';

/** The status of the answer that a page gets that may not connect. */
async function refusal(port: number, options: PageOptions): Promise<number | undefined> {
  const page = startPage(`ws://127.0.0.1:${port}`, options);
  const [, response] = (await once(page, 'unexpected-response')) as [unknown, IncomingMessage];
  response.resume();
  return response.statusCode;
}

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
