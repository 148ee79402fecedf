import { expect, it } from 'vitest';
import { createRandom } from '../../../sidecar/io/random.ts';

it('gives 80 bits each time, none of them twice, also beyond one call to the system', () => {
  const random = createRandom();
  const texts = Array.from({ length: 5000 }, random);
  expect(texts.filter((text) => !/^[0-9a-f]{20}$/.test(text))).toEqual([]);
  expect(new Set(texts).size).toBe(texts.length);
});

it('gives each proxy other ones', () => {
  const [one, other] = [createRandom(), createRandom()];
  expect(one()).not.toBe(other());
});

it('fills all of each text', () => {
  const random = createRandom();
  const digits = new Set(
    Array.from({ length: 2000 }, random).flatMap((text) => [...text].map((c, i) => `${i}${c}`)),
  );
  expect(digits.size).toBe(20 * 16);
});
