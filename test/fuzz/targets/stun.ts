import { answerStun, looksLikeStun } from '../../../sidecar/wire/stun.ts';
import type { Chance } from '../chance.ts';
import { must } from '../target.ts';
import { textTarget } from '../text/text-target.ts';

const COOKIE = Buffer.from([0x21, 0x12, 0xa4, 0x42]);
const ADDRESSES = ['192.0.2.7', '::', '2001:db8::7', 'fe80::1%eth0', '::ffff:1.2.3.4', '255.255.255.255', ''];

/** A Binding request with attributes (RFC 8489 §5), one character a byte. */
function bindingRequest(chance: Chance): string {
  const attributes: Buffer[] = [];
  for (let count = chance.few(6); count > 0; count--) {
    const value = Buffer.alloc(chance.below(chance.once(20) ? 600 : 13), chance.below(256));
    const head = Buffer.alloc(4);
    head.writeUInt16BE(chance.of([0x0001, 0x0006, 0x0008, 0x0014, 0x0024, 0x7fff, 0x8022, 0x8028]), 0);
    head.writeUInt16BE(chance.once(20) ? chance.below(65_536) : value.length, 2);
    attributes.push(head, value, Buffer.alloc(-value.length & 3));
  }
  const body = Buffer.concat(attributes);
  const head = Buffer.alloc(8 + 12, 7);
  head.writeUInt16BE(chance.once(10) ? chance.below(65_536) : 1, 0);
  head.writeUInt16BE(body.length & 0xffff, 2);
  COOKIE.copy(head, 4);
  return Buffer.concat([head, body]).toString('latin1');
}

/** RFC 8489 §14.2, read anew. */
function mappedPort(answer: Buffer): number {
  return answer.readUInt16BE(26) ^ 0x2112;
}

export function check(text: string): void {
  const request = Buffer.from(text, 'latin1');
  for (const address of ADDRESSES) {
    const before = Buffer.from(request);
    const answer = answerStun(request, address, 40_000);
    must(request.equals(before), 'the request has been changed');
    if (answer === undefined) continue;
    must(looksLikeStun(request[0] as number), 'an answer to what does not look like STUN');
    must(answer.length <= 2 * request.length + 24, 'an answer much larger than its request');
    must(
      answer.readUInt16BE(2) === answer.length - 20 && answer.length % 4 === 0,
      'an answer of a wrong length',
    );
    must(answer.subarray(4, 20).equals(request.subarray(4, 20)), 'an answer to another transaction');
    const type = answer.readUInt16BE(0);
    must(type === 0x0101 || type === 0x0111, 'an answer of another type');
    if (type === 0x0101) must(mappedPort(answer) === 40_000, 'another port than it came from');
  }
}

const PLAIN = `\0\x01\0\0${COOKIE.toString('latin1')}abcdefghijkl`;

export const stunTarget = () =>
  textTarget({
    name: 'stun',
    weight: 0.3,
    seeds: [PLAIN, `\0\x01\0\x08${PLAIN.slice(4)}\0\x06\0\x03abc\0`],
    generate: bindingRequest,
    check,
  });
