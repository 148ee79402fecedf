import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Binding } from '../../../sidecar/registrar/binding.ts';
import { encodeBindings, type Summary, summaryOf } from '../../../sidecar/registrar/codec.ts';
import { Location } from '../../../sidecar/registrar/location.ts';
import { binding } from '../io/bindings.ts';

const AOR = 'u1@pbx.test';
const over = (connection: number, wish: Partial<Binding> = {}): Binding =>
  binding(AOR, {
    flow: { transport: 'TCP', listener: 'tcp', address: '192.0.2.7', port: 40_000, connection },
    ...wish,
  });

describe('the location', () => {
  it('finds bindings by user and by token, and none after they are gone', () => {
    const location = new Location(10);
    const [one, two] = [binding(AOR, { token: 'one' }), binding(AOR, { token: 'two' })];
    location.replace(AOR, [one, two]);
    expect(location.find(AOR)).toEqual([one, two]);
    expect(location.findToken('two')).toBe(two);
    location.replace(AOR, [one]);
    expect(location.findToken('two')).toBeUndefined();
    location.replace(AOR, []);
    expect([location.find(AOR), location.findToken('one'), location.aorCount]).toEqual([[], undefined, 0]);
  });

  it('finds no foreign binding by its empty token', () => {
    const location = new Location(10);
    location.replace(AOR, [binding(AOR, { token: '', foreign: true })]);
    expect(location.findToken('')).toBeUndefined();
  });

  it('takes no more than its capacity, and changes nothing when it is full', () => {
    const location = new Location(2);
    expect(location.replace('a@x', [binding('a@x')])).toBe('ok');
    expect(location.replace('b@x', [binding('b@x')])).toBe('ok');
    expect(location.replace('c@x', [binding('c@x')])).toBe('full');
    expect(location.replace('b@x', [binding('b@x'), binding('b@x', { token: 'more' })])).toBe('full');
    expect(location.find('b@x')).toHaveLength(1);
    expect(location.replace('b@x', [binding('b@x', { cseq: 2 })])).toBe('ok');
    expect(location.bindingCount).toBe(2);
  });

  it('marks what came over a connection as out of reach when that is closed, and only that', () => {
    const location = new Location(10);
    location.replace(AOR, [over(1, { token: 'one' }), over(2, { token: 'two' })]);
    location.closeConnection(1);
    expect(location.find(AOR).map(({ flow }) => flow?.connection)).toEqual([-1, 2]);
    location.replace(AOR, [over(3, { token: 'one' }), over(2, { token: 'two' })]);
    location.closeConnection(1);
    expect(location.find(AOR).map(({ flow }) => flow?.connection)).toEqual([3, 2]);
  });

  it('tells who has expired, a bounded number at a time, also when refreshes have moved the time away', () => {
    const location = new Location(100);
    for (let i = 0; i < 10; i++) location.replace(`s${i}@x`, [binding(`s${i}@x`, { expiresAt: 60_000 })]);
    location.replace('s0@x', [binding('s0@x', { expiresAt: 120_000 })]);
    expect(location.expired(59_999, 100)).toEqual([]);
    const first = location.expired(60_000, 4);
    const rest = location.expired(60_000, 100);
    expect(first).toHaveLength(4);
    expect([...first, ...rest].sort()).toEqual(Array.from({ length: 9 }, (_, i) => `s${i + 1}@x`));
    expect(location.expired(120_000, 100)).toEqual(['s0@x']);
  });

  it('brings up what has been shortened', () => {
    const location = new Location(10);
    location.replace(AOR, [binding(AOR, { expiresAt: 900_000 })]);
    location.replace(AOR, [binding(AOR, { expiresAt: 60_000 })]);
    expect(location.expired(61_000, 10)).toEqual([AOR]);
  });

  it('takes over texts without reading them, and gives back what they say', () => {
    const location = new Location(2);
    const one = binding(AOR, { token: 'one', expiresAt: 60_000 });
    const text = encodeBindings([one]);
    const summary = summaryOf(text);
    if (summary === undefined) throw new Error('no summary');
    expect(location.restore(AOR, text, summary)).toBe('ok');
    expect(location.restore('u2@pbx.test', text, { ...summary, tokens: ['a', 'b'] })).toBe('full');
    expect(location.storedOf(AOR)?.isWarm).toBe(false);
    expect([location.bindingCount, location.aorCount]).toEqual([1, 1]);
    expect(location.findToken('one')).toEqual(one);
    expect(location.find(AOR)).toEqual([one]);
    expect(location.expired(60_000, 10)).toEqual([AOR]);
  });

  describe('restored', () => {
    /** A location with u0 to u9, each with the token of its number, as a restarted proxy has it. */
    const restored = (): Location => {
      const location = new Location(100);
      for (let i = 0; i < 10; i++) {
        const text = encodeBindings([binding(`u${i}@x`, { token: `t${i}`, expiresAt: 60_000 })]);
        location.restore(`u${i}@x`, text, summaryOf(text) as Summary);
      }
      return location;
    };

    it('knows each user at once, and each token as soon as somebody asks for one', () => {
      const location = restored();
      expect(location.find('u3@x')).toMatchObject([{ token: 't3' }]);
      expect(location.findToken('t7')).toMatchObject({ aor: 'u7@x' });
      expect(location.findToken('none')).toBeUndefined();
      expect(location.indexSome(100)).toBe(false);
      expect(location.expired(60_000, 100)).toHaveLength(10);
    });

    it('is indexed some at a time, but for what has changed or gone meanwhile', () => {
      const location = restored();
      expect(location.indexSome(2)).toBe(true);
      location.replace('u0@x', []);
      location.replace('u1@x', [binding('u1@x', { token: 'new', expiresAt: 90_000 })]);
      location.replace('u2@x', []);
      location.replace('u2@x', [binding('u2@x', { token: 'back', expiresAt: 90_000 })]);
      while (location.indexSome(3));
      expect(['t0', 't1', 't2'].map((token) => location.findToken(token))).toEqual(Array(3).fill(undefined));
      expect(location.findToken('new')).toMatchObject({ aor: 'u1@x' });
      expect(location.findToken('back')).toMatchObject({ aor: 'u2@x' });
      expect(location.expired(60_000, 100).sort()).toEqual([3, 4, 5, 6, 7, 8, 9].map((i) => `u${i}@x`));
    });
  });

  it('keeps no more AoRs as objects than it is told to', () => {
    const location = new Location(100, 3);
    for (let i = 0; i < 10; i++) location.replace(`u${i}@x`, [binding(`u${i}@x`)]);
    const warm = (): string[] => [...location.stored()].filter(({ isWarm }) => isWarm).map(({ aor }) => aor);
    expect(warm()).toEqual(['u7@x', 'u8@x', 'u9@x']);
    location.find('u0@x');
    expect(warm()).toEqual(['u0@x', 'u8@x', 'u9@x']);
    for (const stored of location.stored()) expect(stored.look()).toHaveLength(1);
    expect(warm()).toHaveLength(3);
  });

  it.each([1, 100])(
    'holds what a plain map would hold, whatever happens, with %i AoRs as objects',
    (mostWarm) => {
      const users = ['a@x', 'b@x', 'c@x'];
      const step = fc.record({
        aor: fc.constantFrom(...users),
        tokens: fc.uniqueArray(fc.constantFrom('1', '2', '3', '4'), { maxLength: 4 }),
        connection: fc.integer({ min: 1, max: 3 }),
      });
      fc.assert(
        fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
          const location = new Location(8, mostWarm);
          const plain = new Map<string, readonly Binding[]>();
          const count = () => [...plain.values()].reduce((sum, { length }) => sum + length, 0);
          for (const { aor, tokens, connection } of steps) {
            const bindings = tokens.map((token) => ({ ...over(connection), aor, token: aor + token }));
            const room = 8 - count() + (plain.get(aor)?.length ?? 0);
            const isFull = bindings.length > room && bindings.length > (plain.get(aor)?.length ?? 0);
            expect(location.replace(aor, bindings)).toBe(isFull ? 'full' : 'ok');
            if (!isFull) plain.set(aor, bindings);
            for (const user of users) expect(location.find(user)).toEqual(plain.get(user) ?? []);
            const known = [...plain.values()].flat();
            for (const user of users)
              for (const token of ['1', '2', '3', '4'])
                expect(location.findToken(user + token)).toEqual(
                  known.find((one) => one.token === user + token),
                );
            expect(location.bindingCount).toBe(count());
          }
        }),
      );
    },
  );
});
