import { describe, expect, it } from 'vitest';
import { nearest } from '../../../sidecar/config/nearest.ts';

describe('the nearest name', () => {
  it.each([
    ['inserton', ['mode', 'insertion'], 'insertion'],
    ['insertoin', ['mode', 'insertion'], 'insertion'],
    ['udp', ['UDP', 'TCP'], 'UDP'],
    ['maxContactPerAOR', ['maxContactsPerAor', 'maxExpiresSeconds'], 'maxContactsPerAor'],
    ['port', ['name', 'port', 'host'], 'port'],
  ])('to %s among %j is %s', (text, candidates, found) => expect(nearest(text, candidates)).toBe(found));

  it('is none where all are far', () => {
    expect(nearest('transport', ['name', 'port'])).toBeUndefined();
    expect(nearest('x'.repeat(1_000), ['x'])).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
  });
});
