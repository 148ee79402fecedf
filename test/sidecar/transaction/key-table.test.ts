import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeyHash } from '../../../sidecar/transaction/key-hash.ts';
import { KeyTable } from '../../../sidecar/transaction/key-table.ts';

const create = (): KeyTable<number> => new KeyTable(new KeyHash('seed'));

it('holds what a Map would, whatever comes and goes', () => {
  const step = fc.record({
    key: fc.integer({ min: 0, max: 400 }).map((n) => `key ${n}`),
    isSet: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 3000 }), (steps) => {
      const [table, model] = [create(), new Map<string, number>()];
      for (const [at, { key, isSet }] of steps.entries()) {
        if (isSet) {
          table.set(key, at);
          model.set(key, at);
        } else expect(table.delete(key)).toBe(model.delete(key));
        expect(table.get(key)).toBe(model.get(key));
      }
      expect(table.size).toBe(model.size);
      expect([...table.values()].sort()).toEqual([...model.values()].sort());
      for (const [key, value] of model) expect(table.get(key)).toBe(value);
    }),
    { numRuns: 50 },
  );
});

it('keeps those apart that fall into the same place', () => {
  const hash = { of: () => 5 } as unknown as KeyHash;
  const table = new KeyTable<number>(hash);
  for (let n = 0; n < 300; n++) table.set(`${n}`, n);
  for (let n = 0; n < 300; n += 3) table.delete(`${n}`);
  for (let n = 0; n < 300; n++) expect(table.get(`${n}`)).toBe(n % 3 === 0 ? undefined : n);
});

it('hashes by its seed, the same for the same', () => {
  const [one, other] = [new KeyHash('one'), new KeyHash('other')];
  expect(one.of('key')).toBe(new KeyHash('one').of('key'));
  expect(one.of('key')).not.toBe(other.of('key'));
  expect(one.of('yek')).not.toBe(one.of('key'));
  expect(one.of('key')).toBe(one.of('key'));
});
