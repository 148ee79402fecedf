import { describe, expect, it } from 'vitest';
import {
  claim,
  ELECTION_TIMES,
  isHeld,
  type LeaseRecord,
  mayClaim,
  microTime,
  observe,
  release,
  untilNextLook,
} from '../../../operator/kube/election.ts';

const RECORD: LeaseRecord = {
  holder: 'one',
  leaseSeconds: 15,
  acquiredAt: '2026-11-25T06:00:00.000000Z',
  renewedAt: '2026-11-25T06:40:01.123000Z',
  transitions: 4,
};

const seen = observe(undefined, RECORD, '7', 1000);
const NOW = '2026-11-25T07:00:00.000000Z';

describe('what is observed', () => {
  it('is as old as before where nothing has changed', () => {
    expect(observe(seen, { ...RECORD }, '7', 9000)).toBe(seen);
  });

  it.each<[string, Partial<LeaseRecord>, string]>([
    ['a renewal', { renewedAt: NOW }, '7'],
    ['another holder', { holder: 'two' }, '7'],
    ['a transition', { transitions: 5 }, '7'],
    ['a version', {}, '8'],
  ])('is new with %s', (_what, change, version) => {
    expect(observe(seen, { ...RECORD, ...change }, version, 9000).since).toBe(9000);
  });
});

describe('who may claim the lease', () => {
  it.each<[string, Partial<LeaseRecord>, string, number, boolean]>([
    ['its holder, at any time', {}, 'one', 1000, true],
    ['anybody, where nobody holds it', { holder: '' }, 'two', 1000, true],
    ['nobody else as long as it runs', {}, 'two', 15_999, false],
    ['anybody, once it was not renewed for so long', {}, 'two', 16_000, true],
    ['anybody, once it has run as long as its leader wrote', { leaseSeconds: 40 }, 'two', 40_999, false],
    ['anybody, after our own time where the record tells none', { leaseSeconds: 0 }, 'two', 15_999, false],
  ])('%s', (_who, change, identity, now, may) => {
    const other = observe(undefined, { ...RECORD, ...change }, '7', 1000);
    expect(mayClaim(other, identity, ELECTION_TIMES, now)).toBe(may);
  });

  it('anybody, where there is none', () => {
    expect(mayClaim(undefined, 'two', ELECTION_TIMES, 0)).toBe(true);
  });

  it('holds it for less time than others wait', () => {
    expect(isHeld(1000, ELECTION_TIMES, 10_999)).toBe(true);
    expect(isHeld(1000, ELECTION_TIMES, 11_000)).toBe(false);
    expect(isHeld(undefined, ELECTION_TIMES, 0)).toBe(false);
  });
});

describe('the next look', () => {
  const look = (identity: string, begun: number, now: number, chance: number): number =>
    untilNextLook(seen, identity, ELECTION_TIMES, { begun, now, chance });

  it('comes every 2 s for the leader, however long the last one took', () => {
    expect(look('one', 5000, 5000, 0.5)).toBe(2000);
    expect(look('one', 5000, 6500, 0.5)).toBe(500);
    expect(look('one', 5000, 11_000, 0.5)).toBe(0);
  });

  it('comes a little sooner for the others, by chance', () => {
    expect(look('two', 5000, 5000, 0)).toBe(2000);
    expect(look('two', 5000, 5000, 0.999)).toBeCloseTo(2000 / 1.2, 0);
  });

  it('comes at the moment when the lease runs out', () => {
    expect(look('two', 15_500, 15_500, 0)).toBe(500);
    expect(look('two', 15_999.5, 15_999.5, 0)).toBe(1);
  });

  it('does not come at once again where a lease that has run out could not be claimed', () => {
    expect(look('two', 16_000, 16_000, 0)).toBe(2000);
  });
});

describe('the record', () => {
  it('tells the first leader', () => {
    expect(claim(undefined, 'one', ELECTION_TIMES, NOW)).toEqual({
      holder: 'one',
      leaseSeconds: 15,
      acquiredAt: NOW,
      renewedAt: NOW,
      transitions: 0,
    });
  });

  it('keeps of a renewal when the leader began', () => {
    expect(claim(RECORD, 'one', ELECTION_TIMES, NOW)).toEqual({ ...RECORD, renewedAt: NOW });
  });

  it.each(['one', ''])('counts the change from %j to another', (holder) => {
    const next = claim({ ...RECORD, holder }, 'two', ELECTION_TIMES, NOW);
    expect(next).toEqual({ ...RECORD, holder: 'two', acquiredAt: NOW, renewedAt: NOW, transitions: 5 });
  });

  it('changes with every renewal, also while the wall clock stands still', () => {
    const first = claim(RECORD, 'one', ELECTION_TIMES, NOW);
    const second = claim(first, 'one', ELECTION_TIMES, NOW);
    const third = claim(second, 'one', ELECTION_TIMES, NOW);
    expect(second.renewedAt).toBe('2026-11-25T07:00:00.000001Z');
    expect(third.renewedAt).toBe(NOW);
  });

  it('names nobody and runs out at once after a release', () => {
    expect(release(RECORD, NOW)).toEqual({ ...RECORD, holder: '', leaseSeconds: 1, renewedAt: NOW });
  });

  it('has times with six digits of a second', () => {
    expect(microTime(Date.UTC(2026, 10, 25, 6, 40, 1, 123))).toBe('2026-11-25T06:40:01.123000Z');
  });
});
