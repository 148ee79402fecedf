import { expect, it } from 'vitest';
import { Departures } from '../../../sidecar/registrar/departed.ts';

const AOR = 'u1@pbx.test';

it('knows that an earlier REGISTER of who has left is overtaken, and a later one is not', () => {
  const departures = new Departures();
  departures.note(AOR, 'c1', 11, 1_000);
  expect(departures.hasOvertaken(AOR, 'c1', 10, 1_000)).toBe(true);
  expect(departures.hasOvertaken(AOR, 'c1', 11, 1_000)).toBe(false);
  expect(departures.hasOvertaken(AOR, 'c1', 12, 1_000)).toBe(false);
  expect(departures.hasOvertaken(AOR, 'c2', 10, 1_000)).toBe(false);
  expect(departures.hasOvertaken('u2@pbx.test', 'c1', 10, 1_000)).toBe(false);
});

it('forgets when nothing earlier can be under way any more', () => {
  const departures = new Departures();
  departures.note(AOR, 'c1', 11, 1_000);
  expect(departures.hasOvertaken(AOR, 'c1', 10, 32_999)).toBe(true);
  expect(departures.hasOvertaken(AOR, 'c1', 10, 33_000)).toBe(false);
});

it('forgets who has left again later than who has left once', () => {
  const departures = new Departures();
  for (let i = 0; i < 10_000; i++) departures.note(AOR, `c${i}`, 2, 1_000);
  departures.note(AOR, 'c0', 3, 1_000);
  for (let i = 0; i < 5_000; i++) departures.note('u2@pbx.test', `c${i}`, 2, 1_000);
  expect(departures.hasOvertaken(AOR, 'c0', 2, 1_000)).toBe(true);
  expect(departures.hasOvertaken(AOR, 'c5000', 1, 1_000)).toBe(false);
  expect(departures.hasOvertaken(AOR, 'c5001', 1, 1_000)).toBe(true);
  departures.forget(33_000);
  expect(departures.size).toBe(0);
});

it('does not grow without bound: the oldest are forgotten first', () => {
  const departures = new Departures();
  for (let i = 0; i <= 10_000; i++) departures.note(AOR, `c${i}`, 2, 1_000);
  expect(departures.hasOvertaken(AOR, 'c0', 1, 1_000)).toBe(false);
  expect(departures.hasOvertaken(AOR, 'c1', 1, 1_000)).toBe(true);
});
