import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byWeight, lotsOf, type Weighted } from '../../../sidecar/proxy/lot.ts';

const USERS = 20_000;
const users = Array.from({ length: USERS }, (_, i) => `u${i}@pbx.test`);

const weighted = (weights: Readonly<Record<string, number>>): Weighted[] =>
  Object.entries(weights).map(([name, weight]) => ({ name, weight }));

/** How large a part of all users each thing is the nth choice of. */
function shares(all: readonly Weighted[], place = 0): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(all.map(({ name }) => [name, 0]));
  for (const user of users) {
    const chosen = byWeight(all, lotsOf(user))[place] as Weighted;
    counts[chosen.name] = (counts[chosen.name] ?? 0) + 1 / USERS;
  }
  return counts;
}

describe('the order by weight (RFC 2782)', () => {
  it('gives each its share of first places', () => {
    const { a, b, c } = shares(weighted({ a: 60, b: 30, c: 10 }));
    expect(a).toBeCloseTo(0.6, 1.5);
    expect(b).toBeCloseTo(0.3, 1.5);
    expect(c).toBeCloseTo(0.1, 1.5);
  });

  it('gives the second place among those left, again by their weights', () => {
    const { a, b, c } = shares(weighted({ a: 60, b: 30, c: 10 }), 1);
    // The sum over who came first: b after a is 0.6 · 30/40, b after c is 0.1 · 30/90, and so on.
    expect(a).toBeCloseTo(0.3 * (60 / 70) + 0.1 * (60 / 90), 1.5);
    expect(b).toBeCloseTo(0.6 * (30 / 40) + 0.1 * (30 / 90), 1.5);
    expect(c).toBeCloseTo(0.6 * (10 / 40) + 0.3 * (10 / 70), 1.5);
  });

  it('shares evenly where all weights are 0', () => {
    const { a, b } = shares(weighted({ a: 0, b: 0 }));
    expect(a).toBeCloseTo(0.5, 1.5);
    expect(b).toBeCloseTo(0.5, 1.5);
  });

  it('hardly ever begins with weight 0 beside another', () => {
    const all = weighted({ a: 0, b: 1 });
    expect(shares(all).a).toBeLessThan(0.001);
    expect(byWeight(all, lotsOf('anyone@pbx.test'))).toHaveLength(2);
  });

  it('has chance for lots where chance is given', () => {
    const all = weighted({ a: 1, b: 1 });
    expect(byWeight(all, (name) => (name === 'a' ? 0.9 : 0.1))[0]?.name).toBe('a');
    expect(byWeight(all, (name) => (name === 'a' ? 0.1 : 0.9))[0]?.name).toBe('b');
  });

  const things = fc.uniqueArray(
    fc.record({ name: fc.string(), weight: fc.integer({ min: 0, max: 65_535 }) }),
    {
      selector: ({ name }) => name,
      maxLength: 12,
    },
  );

  it('holds all, each once, the same for the same user', () => {
    fc.assert(
      fc.property(things, fc.string(), (all, user) => {
        const order = byWeight(all, lotsOf(user));
        expect(new Set(order)).toEqual(new Set(all));
        expect(order).toHaveLength(all.length);
        expect(byWeight([...all].reverse(), lotsOf(user)).map(({ name }) => name)).toEqual(
          order.map(({ name }) => name),
        );
      }),
    );
  });

  it('of the others does not change for a user when one goes', () => {
    fc.assert(
      fc.property(things, fc.string(), (all, user) => {
        const before = byWeight(all, lotsOf(user));
        const [gone] = all;
        const after = byWeight(all.slice(1), lotsOf(user));
        expect(after).toEqual(before.filter((each) => each !== gone));
      }),
    );
  });
});
