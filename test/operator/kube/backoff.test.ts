import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Backoff } from '../../../operator/kube/backoff.ts';

const take = (backoff: Backoff, count: number): number[] =>
  Array.from({ length: count }, () => backoff.next());

it('doubles its bound up to the longest', () => {
  const always = new Backoff(100, 1000, () => 1);
  expect(take(always, 6)).toEqual([100, 200, 400, 800, 1000, 1000]);
});

it('begins anew after a success', () => {
  const backoff = new Backoff(100, 1000, () => 1);
  take(backoff, 5);
  backoff.reset();
  expect(take(backoff, 2)).toEqual([100, 200]);
});

it('never waits for nothing, nor longer than the longest, whatever chance says', () => {
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.array(chance, { minLength: 1, maxLength: 40 }), (chances) => {
      let turn = 0;
      const backoff = new Backoff(800, 30_000, () => chances[turn++ % chances.length] ?? 0);
      for (const wait of take(backoff, 60)) {
        expect(wait).toBeGreaterThanOrEqual(400);
        expect(wait).toBeLessThanOrEqual(30_000);
      }
    }),
  );
});

it('lets those who failed together come back apart', () => {
  const waits = [0.1, 0.4, 0.9].map((chance) => take(new Backoff(800, 30_000, () => chance), 6).at(-1));
  expect(new Set(waits).size).toBe(3);
});
