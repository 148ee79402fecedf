import { describe, expect, it } from 'vitest';
import type { Phase } from './measure.ts';
import { median, ratesToMeasure, summarise } from './summary.ts';

const phase = (given: Partial<Phase>): Phase => ({
  system: 'relay',
  round: 1,
  rate: 0,
  cpuSeconds: 1,
  phase: 'register',
  asked: 100,
  sent: 100,
  answered: 100,
  ok: 100,
  lost: 0,
  retransmitted: 0,
  reached: 100,
  atPbx: 0,
  repeated: 0,
  misrouted: 0,
  wrongContact: 0,
  unrouted: 0,
  unacknowledged: 0,
  strangersAtPbx: 0,
  flooded: 0,
  late: 0,
  garbage: 0,
  seconds: 1,
  perSecond: 100,
  p50Ms: 1,
  p99Ms: 2,
  p999Ms: 3,
  maxMs: 4,
  generatorCpuSeconds: 0.5,
  codes: { 200: 100 },
  ...given,
});

describe('the summary of a benchmark', () => {
  it('takes the middle value, or the mean of the two middle ones', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  it('sets each system in relation to the medians of the others under the same load', () => {
    const phases = [
      phase({ perSecond: 80 }),
      phase({ perSecond: 100, round: 2 }),
      phase({ perSecond: 300, round: 3 }),
      phase({ system: 'kamailio', perSecond: 10 }),
      phase({ system: 'midreg', perSecond: 50 }),
      phase({ system: 'kamailio', phase: 'message', perSecond: 1 }),
    ];
    const midreg = summarise(phases).find((line) => line.system === 'midreg');
    expect(midreg).toMatchObject({
      timesRelay: 0.5,
      timesKamailio: 5,
      timesKamailioTuned: undefined,
      timesOpensips: undefined,
    });
  });

  it('adds up over the rounds what must be zero, instead of hiding it in a median', () => {
    const [line] = summarise([phase({}), phase({ lost: 7 }), phase({ answered: 100, ok: 96, misrouted: 2 })]);
    expect(line).toMatchObject({ lost: 7, errors: 6 });
  });

  it('does not let a 2xx pass for a delivery that did not happen', () => {
    const message = { phase: 'message', system: 'midreg' } as const;
    expect(summarise([phase({ ...message, reached: 90 })])[0]?.errors).toBe(10);
    expect(summarise([phase({ ...message, atPbx: 100 })])[0]?.errors).toBe(100);
    expect(summarise([phase({ ...message, system: 'relay', atPbx: 100 })])[0]?.errors).toBe(0);
  });

  it('wants a proxy in every dialog, and every 200 acknowledged', () => {
    const call = { phase: 'call', atPbx: 100, unrouted: 2 } as const;
    expect(summarise([phase({ ...call, system: 'midreg' })])[0]?.errors).toBe(2);
    expect(summarise([phase({ ...call, system: 'relay' })])[0]?.errors).toBe(0);
    expect(summarise([phase({ phase: 'call', unacknowledged: 3 })])[0]?.errors).toBe(3);
  });

  it('charges CPU time to the round trips that succeeded', () => {
    expect(summarise([phase({ cpuSeconds: 0.5, ok: 50 })])[0]?.cpuMicros).toBe(10_000);
  });

  it('adds a rate that every system sustains where the asked one is too much for the slowest', () => {
    const lines = summarise([phase({ perSecond: 40_000 }), phase({ system: 'kamailio', perSecond: 5_100 })]);
    expect(ratesToMeasure(8_000, lines)).toEqual([8_000, 3_000]);
    expect(ratesToMeasure(2_000, lines)).toEqual([2_000]);
  });
});
