import { FrameProgress } from '../../../sidecar/wire/frame-progress.ts';
import { Chance } from '../chance.ts';
import { must } from '../target.ts';
import { textTarget } from '../text/text-target.ts';

/** A frame of RFC 6455 §5.2 with so many bytes of payload, one character a byte; `told` is the length that it tells. */
function frame(first: number, payload: number, isMasked: boolean, told = payload): string {
  const form = told < 126 ? 0 : told < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + form + (isMasked ? 4 : 0), 1);
  head[0] = first;
  head[1] = (isMasked ? 0x80 : 0) | (form === 0 ? told : form === 2 ? 126 : 127);
  if (form === 2) head.writeUInt16BE(told, 2);
  if (form === 8) head.writeBigUInt64BE(BigInt(told), 2);
  return head.toString('latin1') + 'x'.repeat(payload);
}

/** Whether something is left over, found by taking whole frames off; the payload is looked at nowhere. */
function isPartial(bytes: Buffer): boolean {
  let isOpen = false;
  let at = 0;
  while (at < bytes.length) {
    const [first = 0, second = 0] = bytes.subarray(at, at + 2);
    const form = (second & 0x7f) === 126 ? 2 : (second & 0x7f) === 127 ? 8 : 0;
    const start = at + 2 + form + (second >= 0x80 ? 4 : 0);
    if (start > bytes.length) return true;
    const length =
      form === 2
        ? bytes.readUInt16BE(at + 2)
        : form === 8
          ? Number(bytes.readBigUInt64BE(at + 2))
          : second & 0x7f;
    if (start + length > bytes.length) return true;
    if ((first & 0x0f) < 8) isOpen = first < 0x80;
    at = start + length;
  }
  return isOpen;
}

/** However a stream is cut into chunks, it is known after each whether something has begun and not ended. */
export function check(text: string): void {
  const bytes = Buffer.from(text, 'latin1').subarray(0, 3_000);
  const chance = new Chance(bytes.length, text.slice(0, 200));
  const progress = new FrameProgress();
  for (let at = 0; at < bytes.length; ) {
    const to = Math.min(bytes.length, at + 1 + chance.below(40));
    progress.push(bytes.subarray(at, to));
    at = to;
    must(
      progress.isPartial === isPartial(bytes.subarray(0, at)),
      'a frame is taken for whole, or for a part',
    );
  }
}

export const framesTarget = () =>
  textTarget({
    name: 'frames',
    weight: 0.2,
    seeds: [frame(0x81, 5, true), frame(0x01, 200, true) + frame(0x89, 0, true) + frame(0x80, 3, true), ''],
    generate: (chance) => {
      let text = '';
      for (let count = 1 + chance.few(5); count > 0; count--) {
        const size = chance.of([0, 1, 125, 126, 127, 300]);
        const told = chance.once(20) ? chance.of([65_536, 2 ** 31, 2 ** 53]) : size;
        text += frame(chance.below(256), size, !chance.once(5), told);
      }
      return text;
    },
    check,
  });
