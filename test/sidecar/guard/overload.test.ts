import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Overload } from '../../../sidecar/guard/overload.ts';

const EVERY = 50;

class Watch {
  now = 1000;
  readonly overload = new Overload({ mode: 'Auto', maxDelayMs: 200 });

  /** For so long each look finds that delay; the level after it. */
  for(ms: number, delay: number): number {
    for (const end = this.now + ms; this.now < end; this.now += EVERY) this.overload.observe(delay, this.now);
    return this.overload.level;
  }
}

describe('overload', () => {
  it('is none while what comes is served in time, nor for a burst, nor for single pauses', () => {
    const watch = new Watch();
    expect(watch.for(5000, 10)).toBe(0);
    expect(watch.for(450, 900)).toBe(0);
    watch.for(50, 10);
    for (let i = 0; i < 20; i++) {
      watch.for(400, 5000);
      expect(watch.for(100, 5)).toBe(0);
    }
  });

  it('is none for a machine that stood still for a while', () => {
    const watch = new Watch();
    watch.for(1000, 1);
    for (let i = 0; i < 4; i++) {
      watch.now += 3000;
      watch.overload.observe(3000, watch.now);
      expect(watch.for(500, 1)).toBe(0);
    }
  });

  it('rises by a level for each half second in which all had to wait too long, up to the third', () => {
    const watch = new Watch();
    watch.for(500, 10);
    expect([800, 500, 500, 500, 5000].map((ms) => watch.for(ms, 300))).toEqual([1, 2, 3, 3, 3]);
  });

  it('falls by a level for each two seconds in which it was half as long at most, and not before', () => {
    const watch = new Watch();
    watch.for(3000, 300);
    expect(watch.for(10_000, 150)).toBe(3);
    expect([2100, 2000, 2000, 2000].map((ms) => watch.for(ms, 50))).toEqual([2, 1, 0, 0]);
  });

  it('is none where the resource says Off, and what was found is not forgotten when it says Auto again', () => {
    const watch = new Watch();
    watch.for(1100, 300);
    watch.overload.policy = { mode: 'Off', maxDelayMs: 200 };
    expect(watch.overload.level).toBe(0);
    watch.overload.policy = { mode: 'Auto', maxDelayMs: 200 };
    expect(watch.overload.level).toBe(2);
  });

  it('never changes by more than a level in half a second, whatever is seen', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 20, maxLength: 200 }), (delays) => {
        const watch = new Watch();
        let [level, since] = [0, -1000];
        for (const delay of delays) {
          watch.for(EVERY, delay);
          if (watch.overload.level === level) continue;
          expect(Math.abs(watch.overload.level - level)).toBe(1);
          expect(watch.now - since).toBeGreaterThanOrEqual(500);
          [level, since] = [watch.overload.level, watch.now];
        }
      }),
    );
  });

  it('tells a bounded number a second that they are refused', () => {
    const { overload } = new Watch();
    let told = 0;
    for (let ms = 0; ms < 3000; ms++) for (let i = 0; i < 20; i++) if (overload.mayRefuse(5000 + ms)) told++;
    expect(told).toBeLessThanOrEqual(1000 + 3000);
  });
});
