import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Timed, unlinked, Wheel } from '../../../sidecar/transaction/wheel.ts';

type Entry = Timed & { name: string };
const entry = (name: string): Entry => Object.assign(unlinked(), { name });

describe('the timer wheel', () => {
  it('fires nothing before its time and everything by one slot after it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 400_000 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 700 }),
        (delays, step) => {
          const wheel = new Wheel<Entry>(1_000);
          const firedAt = new Map<Entry, number>();
          const entries = delays.map((delay, i) => {
            const timed = entry(String(i));
            wheel.set(timed, 1_000 + delay);
            return timed;
          });
          for (let now = 1_000; now <= 402_000; now += step)
            wheel.advance(now, (timed) => firedAt.set(timed, now));
          entries.forEach((timed, i) => {
            const due = 1_000 + (delays[i] as number);
            expect(firedAt.get(timed)).toBeGreaterThanOrEqual(due);
            expect(firedAt.get(timed)).toBeLessThan(due + 16 + step);
          });
          expect(wheel.count).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('never asks to be woken later than the first due entry', () => {
    const wheel = new Wheel<Entry>(0);
    wheel.set(entry('late'), 90_000);
    wheel.set(entry('early'), 700);
    expect(wheel.wakeAt).toBeGreaterThanOrEqual(700);
    expect(wheel.wakeAt).toBeLessThan(716);
  });

  it('asks for nothing when nothing is pending', () => {
    const wheel = new Wheel<Entry>(0);
    const timed = entry('cleared');
    wheel.set(timed, 700);
    wheel.clear(timed);
    expect(wheel.wakeAt).toBe(Number.POSITIVE_INFINITY);
  });

  it('moves an entry that is set again instead of firing it twice', () => {
    const wheel = new Wheel<Entry>(0);
    const timed = entry('moved');
    wheel.set(timed, 100);
    wheel.set(timed, 500);
    const fired: number[] = [];
    for (let now = 0; now < 1_000; now += 16) wheel.advance(now, () => fired.push(now));
    expect(fired).toEqual([512]);
  });

  it('lets what it fires clear the entries beside it and set itself anew', () => {
    const wheel = new Wheel<Entry>(0);
    const [first, second, third] = [entry('first'), entry('second'), entry('third')];
    for (const timed of [third, second, first]) wheel.set(timed, 100);
    const fired: string[] = [];
    wheel.advance(112, (timed) => {
      fired.push(timed.name);
      wheel.clear(second);
      if (timed === first) wheel.set(first, 300);
    });
    expect(fired).toEqual(['first', 'third']);
    wheel.advance(304, (timed) => fired.push(timed.name));
    expect(fired).toEqual(['first', 'third', 'first']);
  });

  it('catches up after a pause longer than a lap', () => {
    const wheel = new Wheel<Entry>(0);
    const fired: string[] = [];
    wheel.set(entry('a'), 50);
    wheel.set(entry('b'), 200_000);
    wheel.advance(10_000_000, (timed) => fired.push(timed.name));
    expect(fired.sort()).toEqual(['a', 'b']);
  });
});
