import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerStun, looksLikeStun } from '../../../sidecar/wire/stun.ts';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

/** The transaction of RFC 5769 §2.1 to §2.3. */
const TRANSACTION = 'b7 e7 a7 01 bc 34 d6 86 fa 87 df ae';
const PLAIN = hex(`00 01 00 00 21 12 a4 42 ${TRANSACTION}`);

/** RFC 5769 §2.1: an ICE check, with the attribute PRIORITY (0x0024) that is none of the base protocol's. */
const ICE_REQUEST = hex(`00 01 00 58 21 12 a4 42 ${TRANSACTION}
  80 22 00 10 53 54 55 4e 20 74 65 73 74 20 63 6c 69 65 6e 74 00 24 00 04 6e 00 01 ff
  80 29 00 08 93 2f f9 b1 51 26 3b 36 00 06 00 09 65 76 74 6a 3a 68 36 76 59 20 20 20
  00 08 00 14 9a ea a7 0c bf d8 cb 56 78 1e f2 b5 b2 d3 f2 49 c1 b5 71 a2 80 28 00 04 e5 7a 3b cf`);

/** RFC 5769 §2.4: with USERNAME, NONCE, REALM and MESSAGE-INTEGRITY. */
const LONG_TERM_REQUEST = hex(`00 01 00 60 21 12 a4 42 78 ad 34 33 c6 ad 72 c0 29 da 41 2e
  00 06 00 12 e3 83 9e e3 83 88 e3 83 aa e3 83 83 e3 82 af e3 82 b9 00 00
  00 15 00 1c 66 2f 2f 34 39 39 6b 39 35 34 64 36 4f 4c 33 34 6f 4c 39 46 53 54 76 79 36 34 73 41
  00 14 00 0b 65 78 61 6d 70 6c 65 2e 6f 72 67 00
  00 08 00 14 f6 70 24 65 6d d6 4a 3e 02 b8 e0 71 2e 85 c9 a2 8c a8 96 66`);

describe('a STUN Binding request on a SIP port (RFC 5626 §8)', () => {
  it('is told its IPv4 address and port as in RFC 5769 §2.2', () => {
    const mapped = '00 20 00 08 00 01 a1 47 e1 12 a6 43';
    expect(answerStun(PLAIN, '192.0.2.1', 32_853)).toEqual(
      hex(`01 01 00 0c 21 12 a4 42 ${TRANSACTION} ${mapped}`),
    );
  });

  it('is told its IPv6 address and port as in RFC 5769 §2.3', () => {
    const mapped = '00 20 00 14 00 02 a1 47 01 13 a9 fa a5 d3 f1 79 bc 25 f4 b5 be d2 b9 d9';
    expect(answerStun(PLAIN, '2001:db8:1234:5678:11:2233:4455:6677', 32_853)).toEqual(
      hex(`01 01 00 18 21 12 a4 42 ${TRANSACTION} ${mapped}`),
    );
  });

  it.each([
    ['::1', '00000000000000000000000000000001'],
    ['2001:db8::7', '20010db8000000000000000000000007'],
    ['fe80::', 'fe800000000000000000000000000000'],
    ['fe80::1%eth0', 'fe800000000000000000000000000001'],
  ])('is told the shortened address %s in full', (address, bytes) => {
    const answer = answerStun(PLAIN, address, 5060) as Buffer;
    const told = answer.subarray(28).map((byte, i) => byte ^ (answer[4 + i] as number));
    expect(Buffer.from(told).toString('hex')).toBe(bytes);
  });

  it('may have the attributes of the base protocol, which are not asked for here', () => {
    expect(answerStun(LONG_TERM_REQUEST, '192.0.2.1', 32_853)?.subarray(0, 4)).toEqual(hex('01 01 00 0c'));
  });

  it('is answered 420 with the attributes that must be understood and are not (RFC 8489 §6.3.1)', () => {
    expect(answerStun(ICE_REQUEST, '192.0.2.1', 32_853)).toEqual(
      hex(`01 11 00 10 21 12 a4 42 ${TRANSACTION} 00 09 00 04 00 00 04 14 00 0a 00 02 00 24 00 00`),
    );
  });

  it.each([
    ['a Binding indication', `00 11 00 00 21 12 a4 42 ${TRANSACTION}`],
    ['a Binding success', `01 01 00 0c 21 12 a4 42 ${TRANSACTION} 00 20 00 08 00 01 a1 47 e1 12 a6 43`],
    ['an Allocate request (TURN)', `00 03 00 00 21 12 a4 42 ${TRANSACTION}`],
    ['a request of RFC 3489', `00 01 00 00 ff ff ff ff ${TRANSACTION}`],
    ['a header cut short', '00 01 00 00 21 12 a4 42'],
    ['a length beyond the end', `00 01 00 08 21 12 a4 42 ${TRANSACTION} 80 22 00 00`],
    ['an attribute beyond the end', `00 01 00 04 21 12 a4 42 ${TRANSACTION} 80 22 00 08`],
    ['a length that is no multiple of four', `00 01 00 02 21 12 a4 42 ${TRANSACTION} 80 22`],
  ])('is not what %s is: no answer', (_what, text) => {
    expect(answerStun(hex(text), '192.0.2.1', 32_853)).toBeUndefined();
  });
});

it('is told from SIP by its first octet', () => {
  expect(looksLikeStun(PLAIN[0] as number)).toBe(true);
  expect(looksLikeStun('R'.charCodeAt(0))).toBe(false);
  expect(looksLikeStun(''.charCodeAt(0))).toBe(false);
});

describe('whatever comes', () => {
  const attribute = fc
    .tuple(fc.integer({ min: 0, max: 0xffff }), fc.uint8Array({ maxLength: 12 }))
    .map(([type, value]) => {
      const padded = Buffer.alloc(4 + ((value.length + 3) & ~3));
      padded.writeUInt16BE(type, 0);
      padded.writeUInt16BE(value.length, 2);
      padded.set(value, 4);
      return padded;
    });
  const request = fc.array(attribute, { maxLength: 40 }).map((attributes) => {
    const body = Buffer.concat(attributes);
    const head = Buffer.from(PLAIN);
    head.writeUInt16BE(body.length, 2);
    return Buffer.concat([head, body]);
  });

  it('is answered by no more than twice its size over IPv4, and 28 bytes more than it over IPv6', () => {
    fc.assert(
      fc.property(request, (bytes) => {
        const answer = answerStun(bytes, '192.0.2.1', 5060);
        expect((answer as Buffer).length).toBeLessThanOrEqual(2 * bytes.length);
        expect((answerStun(bytes, '2001:db8::1', 5060) as Buffer).length - bytes.length).toBeLessThanOrEqual(
          28,
        );
      }),
    );
  });

  it('throws nothing, and junk gets no answer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(answerStun(Buffer.from(bytes), '192.0.2.1', 5060)).toBeUndefined();
      }),
    );
  });
});
