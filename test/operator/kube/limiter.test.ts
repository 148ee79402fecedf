import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Limiter } from '../../../operator/kube/limiter.ts';

it('lets so many through at once, and the rest one after another', () => {
  const limiter = new Limiter(20, 3);
  expect([0, 0, 0, 0, 0].map((now) => limiter.take(now))).toEqual([0, 0, 0, 50, 100]);
  expect(limiter.take(1000)).toBe(0);
});

it('takes nothing where there is none at once', () => {
  const limiter = new Limiter(10, 1);
  expect([0, 0, 50, 100].map((now) => limiter.tryTake(now))).toEqual([true, false, false, true]);
});

it('lets no more through in any time than its burst and its rate allow', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(steps, (gaps) => {
      const limiter = new Limiter(20, 5);
      let now = 0;
      const through = gaps.map((gap) => {
        now += gap;
        return now + limiter.take(now);
      });
      for (const [i, from] of through.entries())
        for (const [j, to] of through.slice(i).entries())
          expect(j + 1).toBeLessThanOrEqual(5 + 1 + ((to - from) * 20) / 1000 + 1e-6);
    }),
  );
});
