import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamFraming } from '../../../sidecar/wire/framing.ts';
import { isMalformed, parseMessage } from '../../../sidecar/wire/message.ts';
import { cpuMs } from '../../support/cpu-time.ts';
import { register } from './sample.ts';

const message = (body: string, id = 'x') =>
  register({ without: ['Content-Length', 'Call-ID'], with: [`Call-ID: ${id}`, `l: ${body.length}`], body });

function pushAll(framing: StreamFraming, chunks: readonly Buffer[]) {
  const all = { messages: [] as string[], pings: 0, fault: undefined as string | undefined };
  for (const chunk of chunks) {
    const { messages, pings, fault } = framing.push(chunk);
    chunk.fill(0); // the caller may use its buffer again
    all.messages.push(...messages);
    all.pings += pings;
    all.fault = fault;
  }
  return all;
}

const bytes = (text: string) => Buffer.from(text, 'latin1');
const push = (text: string, max = 65_536) => new StreamFraming(max).push(bytes(text));

describe('a stream', () => {
  it('is cut into its messages wherever its chunks end', () => {
    const body = fc.constantFrom('', 'a', '\r\n\r\n', 'INVITE sip:x SIP/2.0\r\n\r\n', '\u00ff\0'.repeat(700));
    const gap = fc.constantFrom('', '\r\n', '\r\n\r\n', '\n');
    const parts = fc.array(fc.tuple(gap, body), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(parts, fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), (some, sizes) => {
        const messages = some.map(([, text], i) => message(text, `c${i}`));
        const stream = bytes(some.map(([before], i) => before + messages[i]).join(''));
        const chunks: Buffer[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length]!;
          chunks.push(Buffer.from(stream.subarray(at, at + size)));
          at += size;
        }
        const pings = some.filter(([before]) => before === '\r\n\r\n').length;
        expect(pushAll(new StreamFraming(65_536), chunks)).toEqual({ messages, pings, fault: undefined });
      }),
    );
  });

  it('may come byte by byte without work growing with what is held', () => {
    const text = message('b'.repeat(60_000)) + register({ with: [`X-Long: ${'a'.repeat(60_000)}`] });
    const started = cpuMs();
    const chunks = [...bytes(text)].map((byte) => Buffer.from([byte]));
    expect(pushAll(new StreamFraming(65_536), chunks).messages.join('')).toBe(text);
    // Searching all that is held at each byte would take some 10^9 steps.
    expect(cpuMs() - started).toBeLessThan(2000);
  });

  it('has keep-alives counted, a single CRLF passed over (RFC 5626 §4.4.1)', () => {
    expect(push('\r\n\r\n\r\n\r\n')).toEqual({ messages: [], pings: 2, fault: undefined });
    expect(push(`\r\n${register()}\r\n\r\n`)).toMatchObject({ messages: [register()], pings: 1 });
    const framing = new StreamFraming(1000);
    expect(pushAll(framing, ['\r', '\n', '\r', '\n'].map(bytes)).pings).toBe(1);
    expect(pushAll(framing, [bytes('\r\n'), bytes(register())])).toMatchObject({
      messages: [register()],
      pings: 0,
    });
  });

  it('tells how much of a begun message it holds, line ends between messages not counted', () => {
    const framing = new StreamFraming(1000);
    framing.push(bytes('\r\n'));
    expect(framing.pending).toBe(0);
    framing.push(bytes('REGISTER'));
    expect(framing.pending).toBe(8);
    framing.push(bytes(register().slice(8)));
    expect(framing.pending).toBe(0);
    framing.push(bytes(message('abc').slice(0, -1)));
    expect(framing.pending).toBe(message('abc').length - 1);
  });

  it.each([
    ['Missing Content-Length', register({ without: ['Content-Length'] })],
    ['Bad Content-Length', register({ with: ['l: 3'] })],
    ['Bad Content-Length', register({ without: ['Content-Length'], with: ['l: -3'] })],
    ['Message Too Large', register({ without: ['Content-Length'], with: ['l: 65536'] })],
    ['Message Too Large', register().slice(0, -2) + 'X: y\r\n'.repeat(20_000)],
    ['Too Many Header Lines', register({ with: Array(300).fill('X: y') })],
    ['Missing Content-Length', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['Not a SIP Message', '\x16\x03\x01\x02\x00'],
    ['Not a SIP Message', '\rX'],
    ['Not a SIP Message', ' REGISTER'],
  ])('faults with "%s"', (words, text) => {
    expect(push(text).fault).toBe(words);
  });

  it.each([
    ['Missing Content-Length', register({ without: ['Content-Length'] }), 'abc', 400],
    ['Bad Content-Length', register({ with: ['l: 3'] }), 'abc', 400],
    ['Message Too Large', register({ without: ['Content-Length'], with: ['l: 65536'] }), 'abc', 513],
  ])(
    'gives the header lines of a message that it can not cut, to be refused: %s',
    (words, head, rest, status) => {
      const { messages, fault } = push(`${register()}${head}${rest}`);
      expect([messages, fault]).toEqual([[register(), head], words]);
      const parsed = parseMessage(head, 'stream');
      expect(isMalformed(parsed) && [parsed.malformed, parsed.status, parsed.message?.text]).toEqual([
        words,
        status,
        head,
      ]);
    },
  );

  it('gives what came whole before the fault, and nothing after it', () => {
    const framing = new StreamFraming(65_536);
    expect(framing.push(bytes(`${register()}\0`))).toMatchObject({
      messages: [register()],
      fault: 'Not a SIP Message',
    });
    expect(framing.push(bytes(register()))).toEqual({ messages: [], pings: 0, fault: 'Not a SIP Message' });
    expect(framing.pending).toBe(0);
  });

  it('never makes the framing throw or hold more than its bound', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 50 }).map((b) => Buffer.from(b)),
      fc.constantFrom(...['\r', '\n', '\r\n', 'l: 5\r\n', 'A b SIP/2.0\r\n', '\r\n\r\n'].map(bytes)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const framing = new StreamFraming(200);
        for (const chunk of pieces) {
          framing.push(Buffer.from(chunk));
          expect(framing.pending).toBeLessThanOrEqual(200);
        }
      }),
    );
  });
});
