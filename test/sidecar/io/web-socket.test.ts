import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { SendFailure } from '../../../sidecar/effect.ts';
import { request, tcpPeer } from './support.ts';
import { ANY, LAWFUL, latin1, next, openPage, openWs, startPage } from './web-socket-stage.ts';

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
