import { expect, it } from 'vitest';
import { Merges } from '../../../sidecar/guard/merges.ts';
import { read, requestText } from '../../support/sip-text.ts';

const options = (callId: string, to = 'sip:203.0.113.5', tag = 'f'): ReturnType<typeof read> =>
  read(requestText({ method: 'OPTIONS', callId, to }).replace(/tag=f\d+/, `tag=${tag}`));

it('finds a request that is under way already, by From tag, Call-ID and CSeq', () => {
  const merges = new Merges();
  expect(merges.isMerged(options('c1'), 0)).toBe(false);
  expect(merges.isMerged(options('c1'), 31_999)).toBe(true);
  expect(merges.isMerged(options('c2'), 0)).toBe(false);
  expect(merges.isMerged(options('c1', undefined, 'other'), 0)).toBe(false);
});

it('forgets it when it can be under way no more', () => {
  const merges = new Merges();
  merges.isMerged(options('c1'), 0);
  expect(merges.isMerged(options('c1'), 32_000)).toBe(false);
  expect(merges.isMerged(options('c1'), 33_000)).toBe(true);
});

it('does not ask about requests within a dialog', () => {
  const merges = new Merges();
  const inDialog = options('c1', '<sip:203.0.113.5>;tag=t');
  expect([merges.isMerged(inDialog, 0), merges.isMerged(inDialog, 0)]).toEqual([false, false]);
});
