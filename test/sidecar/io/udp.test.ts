import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { SendFailure } from '../../../sidecar/effect.ts';
import { type Libc, loadLibc } from '../../../sidecar/io/libc.ts';
import { isListenFault } from '../../../sidecar/io/listen-fault.ts';
import { AllowedSources } from '../../../sidecar/io/sources.ts';
import { Strangers } from '../../../sidecar/io/strangers.ts';
import { UdpListener } from '../../../sidecar/io/udp.ts';
import { Inputs, listenerConfig, type Observed, observed, udpPeer } from './support.ts';

const opened: UdpListener[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((listener) => listener.close()));
});

interface Wish {
  readonly address?: string;
  readonly allowed?: readonly string[];
  readonly maxMessageBytes?: number;
  readonly maxQueuedBytes?: number;
}

/** More than two calls of the kernel's take. */
const BURST = Array.from({ length: 150 }, (_, i) => `datagram ${i}`);

const loaded = await loadLibc();
const byBatch = typeof loaded === 'string' ? undefined : loaded;

it('has the C library on Linux', (context) => {
  if (process.platform !== 'linux') context.skip('sockets by the batch are for Linux');
  expect(loaded).toBeTypeOf('object');
});

const WAYS: readonly { readonly how: string; readonly libc: Libc | undefined }[] = [
  { how: 'one by one', libc: undefined },
  ...(byBatch === undefined ? [] : [{ how: 'by the batch', libc: byBatch }]),
];

describe.each(WAYS)('$how', ({ libc }) => {
  async function open(wish: Wish = {}): Promise<{ listener: UdpListener; inputs: Inputs; around: Observed }> {
    const inputs = new Inputs();
    const around = observed();
    const listener = await UdpListener.open(listenerConfig('udp', 'UDP', 0, wish.address), around, {
      sources: new AllowedSources(wish.allowed ?? []),
      give: inputs.give,
      limits: { maxMessageBytes: wish.maxMessageBytes ?? 65_535 },
      strangers: new Strangers(() => false),
      maxQueuedBytes: wish.maxQueuedBytes ?? 1 << 20,
      libc,
    });
    if (isListenFault(listener)) throw new Error(listener.message);
    opened.push(listener);
    return { listener, inputs, around };
  }

  describe.each(['127.0.0.1', '::1'])('on %s', (address) => {
    it('hands every byte of a datagram over as one char, with the flow it came by', async () => {
      const { listener, inputs } = await open({ address });
      const peer = await udpPeer(address);
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => (i + 65) % 256));
      peer.send(bytes, listener.port, address);
      const { text, flow } = await inputs.next('message');
      expect(Buffer.from(text, 'latin1')).toEqual(bytes);
      expect(flow).toEqual({ transport: 'UDP', listener: 'udp', address, port: peer.port, connection: 0 });
    });

    it('sends each char as one byte', async () => {
      const { listener } = await open({ address });
      const peer = await udpPeer(address);
      const received = once(peer, 'message');
      listener.send('a\u00ff\u0080b', address, peer.port, undefined);
      expect((await received)[0]).toEqual(Buffer.from([97, 255, 128, 98]));
    });
  });

  it('answers a STUN Binding request with where it came from, and hands none on (RFC 5626 §8)', async () => {
    const { listener, inputs, around } = await open();
    const peer = await udpPeer();
    const received = once(peer, 'message');
    const request = Buffer.from('000100002112a442b7e7a701bc34d686fa87dfae', 'hex');
    peer.send(Buffer.from([1, 2, 3, 4, 5, 6]), listener.port, '127.0.0.1');
    peer.send(request, listener.port, '127.0.0.1');
    const [answer] = (await received) as [Buffer];
    expect(answer.subarray(0, 4).toString('hex')).toBe('0101000c');
    expect(answer.readUInt16BE(26) ^ 0x2112).toBe(peer.port);
    await around.counted('stun_not_answered');
    await around.counted('stun_keepalive');
    expect(inputs.all).toEqual([]);
  });

  it('drops what comes from elsewhere than the allowed sources, before anything else', async () => {
    const { listener, inputs, around } = await open({ allowed: ['192.0.2.0/24'] });
    const peer = await udpPeer();
    peer.send('\r\n\r\n', listener.port, '127.0.0.1');
    await around.counted('source_not_allowed');
    expect(inputs.all).toEqual([]);
  });

  it('passes over keep-alive bytes in silence', async () => {
    const { listener, inputs, around } = await open();
    const peer = await udpPeer();
    for (const bytes of ['\0\0\0\0', '\r\n\r\n', '', '\r\n\r\n\r\n\0', 'x'])
      peer.send(bytes, listener.port, '127.0.0.1');
    await around.counted('udp_keepalive', 5);
    expect(inputs.all).toEqual([]);
  });

  it('drops what is larger than any message may be', async () => {
    const { listener, inputs, around } = await open({ maxMessageBytes: 100 });
    const peer = await udpPeer();
    peer.send('x'.repeat(101), listener.port, '127.0.0.1');
    await around.counted('message_too_large');
    peer.send('x'.repeat(100), listener.port, '127.0.0.1');
    expect((await inputs.next('message')).text).toHaveLength(100);
  });

  async function failure(
    listener: UdpListener,
    text: string,
    address: string,
    port: number,
  ): Promise<SendFailure> {
    return new Promise((resolve) => listener.send(text, address, port, resolve));
  }

  it('tells that a text is too large for any datagram', async () => {
    const { listener } = await open();
    expect(await failure(listener, 'x'.repeat(65_508), '127.0.0.1', 9)).toBe('tooLarge');
  });

  it('tells that an address can not be sent to', async () => {
    const { listener } = await open();
    expect(await failure(listener, 'x', '::1', 9)).toBe('refused');
    expect(await failure(listener, 'x', 'no address', 9)).toBe('refused');
    expect(await failure(listener, 'x', '127.0.0.1', 0)).toBe('refused');
  });

  it('does not mind a failing send that nobody asks about', async () => {
    const { listener, around } = await open();
    listener.send('x', 'no address', 9, undefined);
    listener.send('x'.repeat(70_000), '127.0.0.1', 9, undefined);
    expect(around.counts.get('unsent_tooLarge')).toBe(1);
  });

  it('is busy rather than let its queue grow', async () => {
    const { listener, around } = await open({ maxQueuedBytes: 10 });
    expect(await failure(listener, 'x'.repeat(11), '127.0.0.1', 9)).toBe('busy');
    expect(around.counts.get('unsent_busy')).toBe(1);
  });

  it('is gone after it was closed', async () => {
    const { listener } = await open();
    await listener.close();
    await listener.close();
    expect(await failure(listener, 'x', '127.0.0.1', 9)).toBe('gone');
  });

  it('says which listener can not be opened, why, and what to do', async () => {
    const { listener } = await open();
    const options = {
      sources: new AllowedSources([]),
      give: () => {},
      limits: { maxMessageBytes: 1 },
      strangers: new Strangers(() => false),
      maxQueuedBytes: 0,
      libc,
    };
    const again = await UdpListener.open(listenerConfig('second', 'UDP', listener.port), observed(), options);
    expect(isListenFault(again) && again.message).toMatch(
      /^listener second: cannot listen on UDP 127\.0\.0\.1:\d+ \(EADDRINUSE\): another socket holds/,
    );
    const foreign = await UdpListener.open(
      listenerConfig('foreign', 'UDP', 0, '192.0.2.1'),
      observed(),
      options,
    );
    expect(isListenFault(foreign) && foreign.code).toBe('EADDRNOTAVAIL');
  });

  it('takes a burst in order, and answers all of it', async () => {
    const { listener, inputs } = await open();
    const peer = await udpPeer();
    const back: string[] = [];
    const all = new Promise<void>((resolve) => {
      peer.on('message', (bytes) => {
        if (back.push(bytes.toString('latin1')) === BURST.length) resolve();
      });
    });
    for (const text of BURST) peer.send(text, listener.port, '127.0.0.1');
    for (const text of BURST) {
      const { flow } = await inputs.next('message');
      listener.send(text, flow.address, flow.port, undefined);
    }
    await all;
    expect(inputs.all.flatMap((input) => (input.kind === 'message' ? [input.text] : []))).toEqual(BURST);
    expect(back).toEqual(BURST);
  });

  it('tells of the one that may not leave, and sends the others', async () => {
    const { listener } = await open();
    const peer = await udpPeer();
    const received = once(peer, 'message');
    // Broadcasting has to be asked for.
    const refused = failure(listener, 'all', '255.255.255.255', 9);
    listener.send('one', '127.0.0.1', peer.port, undefined);
    expect(await refused).toBe('refused');
    expect(String((await received)[0])).toBe('one');
  });
});

describe('while the kernel takes no more', () => {
  /** A C library whose kernel has so many refusals in store. */
  const reluctant = (libc: Libc, refusals: number, name: string): Libc => {
    let left = refusals;
    let isRefused = false;
    return {
      ...libc,
      sendmmsg: (fd, messages, count, flags) => {
        isRefused = left > 0;
        if (isRefused) left--;
        return isRefused ? -1 : libc.sendmmsg(fd, messages, count, flags);
      },
      errorName: () => (isRefused ? name : libc.errorName()),
    };
  };

  async function openReluctant(
    refusals: number,
    name: string,
    maxQueuedBytes = 1 << 20,
  ): Promise<UdpListener> {
    if (byBatch === undefined) throw new Error('this is for Linux');
    const listener = await UdpListener.open(listenerConfig('udp', 'UDP', 0), observed(), {
      sources: new AllowedSources([]),
      give: () => {},
      limits: { maxMessageBytes: 65_535 },
      strangers: new Strangers(() => false),
      maxQueuedBytes,
      libc: reluctant(byBatch, refusals, name),
    });
    if (isListenFault(listener)) throw new Error(listener.message);
    opened.push(listener);
    return listener;
  }

  it.runIf(byBatch)('keeps what is to be sent, in order, until it may leave', async () => {
    const listener = await openReluctant(3, 'EAGAIN');
    const peer = await udpPeer();
    const back: string[] = [];
    const all = new Promise<void>((resolve) => {
      peer.on('message', (bytes) => {
        if (back.push(bytes.toString('latin1')) === BURST.length) resolve();
      });
    });
    for (const text of BURST) listener.send(text, '127.0.0.1', peer.port, undefined);
    await all;
    expect(back).toEqual(BURST);
  });

  it.runIf(byBatch)('is busy beyond what may wait', async () => {
    const listener = await openReluctant(Number.POSITIVE_INFINITY, 'EAGAIN', 100);
    listener.send('x'.repeat(60), '127.0.0.1', 9, undefined);
    await new Promise((resolve) => setImmediate(resolve));
    const failed = new Promise((resolve) => listener.send('x'.repeat(60), '127.0.0.1', 9, resolve));
    expect(await failed).toBe('busy');
  });

  it.runIf(byBatch)('goes on where a call was interrupted', async () => {
    const listener = await openReluctant(1, 'EINTR');
    const peer = await udpPeer();
    const received = once(peer, 'message');
    listener.send('whole', '127.0.0.1', peer.port, undefined);
    expect(String((await received)[0])).toBe('whole');
  });
});
