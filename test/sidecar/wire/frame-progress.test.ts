import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameProgress } from '../../../sidecar/wire/frame-progress.ts';

interface Frame {
  readonly operation: number;
  readonly isLast: boolean;
  readonly isMasked: boolean;
  readonly length: number;
  /** How the length is written, which a peer may do longer than need be. */
  readonly lengthBytes: 0 | 2 | 8;
}

function bytesOf({ operation, isLast, isMasked, length, lengthBytes }: Frame): Buffer {
  const extended = Buffer.alloc(lengthBytes);
  if (lengthBytes === 2) extended.writeUInt16BE(length);
  if (lengthBytes === 8) extended.writeBigUInt64BE(BigInt(length));
  const code = lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127;
  const header = Buffer.from([(isLast ? 0x80 : 0) | operation, (isMasked ? 0x80 : 0) | code]);
  return Buffer.concat([header, extended, Buffer.alloc(isMasked ? 4 : 0, 7), Buffer.alloc(length, 0x81)]);
}

const text = (length: number, isLast = true): Frame => ({
  operation: 1,
  isLast,
  isMasked: true,
  length,
  lengthBytes: length < 126 ? 0 : 2,
});
const PING: Frame = { operation: 9, isLast: true, isMasked: true, length: 0, lengthBytes: 0 };

const after = (...chunks: readonly Uint8Array[]): boolean => {
  const progress = new FrameProgress();
  for (const chunk of chunks) progress.push(chunk);
  return progress.isPartial;
};

describe('a message that comes in frames', () => {
  it('is whole before anything has come, and when the last frame has ended', () => {
    expect(after()).toBe(false);
    expect(after(bytesOf(text(0)))).toBe(false);
    expect(after(bytesOf(text(300)))).toBe(false);
    expect(after(bytesOf(text(5, false)), bytesOf({ ...text(5), operation: 0 }))).toBe(false);
  });

  it('is in part from its first byte to its last', () => {
    const bytes = bytesOf(text(300));
    for (let length = 1; length < bytes.length; length++) expect(after(bytes.subarray(0, length))).toBe(true);
  });

  it('stays in part through control frames', () => {
    const first = bytesOf(text(5, false));
    expect(after(first)).toBe(true);
    expect(after(first, bytesOf(PING))).toBe(true);
    expect(after(bytesOf(PING))).toBe(false);
  });

  it('may be of a length beyond all numbers', () => {
    const header = Buffer.concat([Buffer.from([0x82, 0xff]), Buffer.alloc(8, 0xff), Buffer.alloc(4)]);
    expect(after(header, Buffer.alloc(1000))).toBe(true);
  });

  it('is followed the same however the bytes are cut', () => {
    const frame = fc.record({
      operation: fc.constantFrom(0, 1, 2, 8, 9, 10),
      isLast: fc.boolean(),
      isMasked: fc.boolean(),
      length: fc.integer({ min: 0, max: 125 }),
      lengthBytes: fc.constantFrom<0 | 2 | 8>(0, 2, 8),
    });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 8 }),
        fc.array(fc.nat(2000), { maxLength: 20 }),
        (frames, cuts) => {
          const all = Buffer.concat(frames.map(bytesOf));
          const at = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length];
          const chunks = at.slice(1).map((end, i) => all.subarray(at[i], end));
          const data = frames.filter(({ operation }) => operation < 8);
          expect(after(...chunks)).toBe(data.at(-1)?.isLast === false);
        },
      ),
    );
  });
});
