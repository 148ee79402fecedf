import { expect, it } from 'vitest';
import { createClock } from '../../../sidecar/io/clock.ts';

it('starts at the wall time', () => {
  expect(Math.abs(createClock()() - Date.now())).toBeLessThan(50);
});

it('gives whole milliseconds that never run backwards', () => {
  const clock = createClock();
  let last = clock();
  for (let i = 0; i < 10_000; i++) {
    const now = clock();
    expect(Number.isInteger(now) && now >= last).toBe(true);
    last = now;
  }
});
