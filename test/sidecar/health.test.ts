import { expect, it } from 'vitest';
import { afterAnswer, afterFailure, unknownSince } from '../../sidecar/health.ts';

it('is unknown until a probe has told', () => {
  expect(unknownSince(5)).toEqual({ state: 'Unknown', since: 5, failures: 0 });
});

it('is up after one answer, since the first of them', () => {
  const first = afterAnswer(unknownSince(5), 10);
  expect(first).toEqual({ state: 'Up', since: 10, failures: 0 });
  expect(afterAnswer(first, 20)).toEqual(first);
});

it('is down after as many failures in a row as are allowed, and stays what it was before', () => {
  const up = afterAnswer(unknownSince(5), 10);
  const [one, two] = [afterFailure(up, 2, 20), afterFailure(afterFailure(up, 2, 20), 2, 30)];
  expect(one).toEqual({ state: 'Up', since: 10, failures: 1 });
  expect(two).toEqual({ state: 'Down', since: 30, failures: 2 });
  expect(afterFailure(two, 2, 40)).toEqual({ state: 'Down', since: 30, failures: 3 });
});

it('forgets failures with an answer', () => {
  const once = afterFailure(afterAnswer(unknownSince(0), 1), 2, 2);
  expect(afterFailure(afterAnswer(once, 3), 2, 4).state).toBe('Up');
});
