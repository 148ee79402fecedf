import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tokens } from '../../../sidecar/registrar/token.ts';
import type { Flow } from '../../../sidecar/wire/flow.ts';

const secret = Buffer.alloc(32, 7);
const tokens = new Tokens({ secret, epoch: 1 });

const anyFlow: fc.Arbitrary<Flow> = fc.record({
  transport: fc.constant('UDP' as const),
  listener: fc.stringMatching(/^[a-z][a-z0-9-]{0,14}$/),
  address: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('fe80::1%eth0')),
  port: fc.integer({ min: 1, max: 65_535 }),
  connection: fc.constant(0),
});
const stream: Flow = { transport: 'TCP', listener: 'tcp', address: '192.0.2.7', port: 40_001, connection: 9 };

describe('the name of a contact', () => {
  it('is the same for the same contact of the same user, also after a restart', () => {
    const later = new Tokens({ secret, epoch: 2 });
    expect(later.binding('u1@pbx.test', 'sip:u1@192.0.2.7')).toBe(
      tokens.binding('u1@pbx.test', 'sip:u1@192.0.2.7'),
    );
  });

  it('differs for another user, another contact and another secret', () => {
    const other = new Tokens({ secret: Buffer.alloc(32, 8), epoch: 1 });
    const names = [
      tokens.binding('u1@pbx.test', 'sip:u1@192.0.2.7'),
      tokens.binding('u2@pbx.test', 'sip:u1@192.0.2.7'),
      tokens.binding('u1@pbx.test', 'sip:u1@192.0.2.8'),
      other.binding('u1@pbx.test', 'sip:u1@192.0.2.7'),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  it('is recognised, and nothing else is', () => {
    const name = tokens.binding('u1@pbx.test', 'x');
    expect(tokens.isBinding(name)).toBe(true);
    for (const text of [
      '',
      'b',
      '1001',
      'alice',
      name.slice(1),
      `${name}0`,
      name.toUpperCase(),
      name.replace(/.$/, 'g'),
    ])
      expect(tokens.isBinding(text)).toBe(false);
  });
});

describe('the name of a flow', () => {
  it('is read back as the flow, whatever its address', () => {
    fc.assert(
      fc.property(anyFlow, (flow) => {
        const token = tokens.flow(flow);
        expect(token).toMatch(/^f[0-9a-f]+$/);
        expect(tokens.readFlow(token)).toEqual(flow);
      }),
    );
  });

  it('names a stream of this process, and a dead one after a restart', () => {
    const token = tokens.flow(stream);
    expect(tokens.readFlow(token)).toEqual(stream);
    expect(new Tokens({ secret, epoch: 2 }).readFlow(token)).toEqual({ ...stream, connection: -1 });
  });

  it('is refused when any character of it is changed', () => {
    const token = tokens.flow(stream);
    for (let i = 0; i < token.length; i++) {
      const changed = token[i] === '0' ? '1' : '0';
      expect(tokens.readFlow(token.slice(0, i) + changed + token.slice(i + 1))).toBeUndefined();
    }
  });

  it('is refused when it is cut, prolonged, of another secret or anything at all', () => {
    const token = tokens.flow(stream);
    const foreign = new Tokens({ secret: Buffer.alloc(32, 8), epoch: 1 }).flow(stream);
    for (const text of [token.slice(0, -2), `${token}00`, foreign, '', 'f', 'f00', `f${'0'.repeat(1000)}`])
      expect(tokens.readFlow(text)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => tokens.readFlow(text) === undefined));
  });
});

describe('a changed key', () => {
  const flow = {
    transport: 'UDP',
    listener: 'udp',
    address: '192.0.2.9',
    port: 5062,
    connection: 0,
  } as const;
  const key = (byte: number): Buffer => Buffer.alloc(32, byte);

  it('signs from then on, and what the last two have signed is still read', () => {
    const changing = new Tokens({ secret: key(1), epoch: 1 });
    const tokensOf = [1, 2, 3, 4].map((byte) => {
      changing.rekey(key(byte));
      return changing.flow(flow);
    });
    expect(new Set(tokensOf).size).toBe(4);
    expect(tokensOf.map((token) => changing.readFlow(token) !== undefined)).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  it('that is the same as before changes nothing', () => {
    const changing = new Tokens({ secret: key(1), epoch: 1 });
    const before = changing.binding('u1@pbx.test', 'sip:u1@192.0.2.9');
    for (let i = 0; i < 5; i++) changing.rekey(key(1));
    expect(changing.binding('u1@pbx.test', 'sip:u1@192.0.2.9')).toBe(before);
  });
});
