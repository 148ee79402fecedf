import { describe, expect, it } from 'vitest';
import { type Attempt, type FailureLimit, Failures } from '../../../sidecar/guard/failures.ts';

const LIMIT: FailureLimit = {
  perAorAndSourcePerMinute: 5,
  perAorPerMinute: 20,
  perSourcePerMinute: 40,
  blockedMs: 30_000,
};

const attempt = (aor: string, source: string, isHome = false): Attempt => ({ aor, source, isHome });
const ALICE = 'alice@pbx.test';

const fail = (failures: Failures, tried: Attempt, times: number, now = 0): void => {
  for (let i = 0; i < times; i++) failures.failed(tried, now);
};

describe('failures of one user from one source', () => {
  it('block it for a time, and neither that user elsewhere nor others there', () => {
    const failures = new Failures(LIMIT);
    const tried = attempt(ALICE, 'thief');
    fail(failures, tried, 5);
    expect(failures.blockedFor(tried, 0)).toBe(0);
    fail(failures, tried, 1);
    expect(failures.blockedFor(tried, 0)).toBe(30_000);
    expect(failures.blockedFor(attempt(ALICE, 'office'), 0)).toBe(0);
    expect(failures.blockedFor(attempt('bob@pbx.test', 'thief'), 0)).toBe(0);
    expect(failures.blockedFor(tried, 29_999)).toBe(1);
    expect(failures.blockedFor(tried, 30_000)).toBe(0);
  });

  it('may come for ever at the rate that is allowed', () => {
    const failures = new Failures(LIMIT);
    const tried = attempt(ALICE, 'office');
    for (let now = 0; now < 3_600_000; now += 12_000) fail(failures, tried, 1, now);
    expect(failures.isActive(3_600_000)).toBe(false);
  });

  it('are forgiven by a success, in all counts', () => {
    const failures = new Failures(LIMIT);
    // An office whose phones all begin each refresh with a nonce that has grown old.
    for (let i = 0; i < 500; i++) {
      const phone = attempt(`u${i}@pbx.test`, 'office', true);
      fail(failures, phone, 1, 1000);
      failures.succeeded(phone);
    }
    expect(failures.isActive(1000)).toBe(false);
    fail(failures, attempt(ALICE, 'office'), 5, 1000);
    expect(failures.blockedFor(attempt('bob@pbx.test', 'office'), 1000)).toBe(0);
  });

  it('are not forgiven by the success of another user from there', () => {
    const failures = new Failures(LIMIT);
    fail(failures, attempt(ALICE, 'thief'), 5);
    failures.succeeded(attempt('own@pbx.test', 'thief'));
    fail(failures, attempt(ALICE, 'thief'), 1);
    expect(failures.blockedFor(attempt(ALICE, 'thief'), 0)).toBeGreaterThan(0);
  });
});

it('a user that many sources try is closed to all of them but those where somebody is registered', () => {
  const failures = new Failures(LIMIT);
  for (let i = 0; i < 21; i++) fail(failures, attempt(ALICE, `bot${i}`), 1);
  expect(failures.blockedFor(attempt(ALICE, 'bot99'), 0)).toBe(30_000);
  expect(failures.blockedFor(attempt(ALICE, 'home', true), 0)).toBe(0);
});

it('a source that tries many users is closed to all of them', () => {
  const failures = new Failures(LIMIT);
  for (let i = 0; i < 41; i++) fail(failures, attempt(`u${i}@pbx.test`, 'thief'), 1);
  expect(failures.blockedFor(attempt('new@pbx.test', 'thief'), 0)).toBe(30_000);
  expect(failures.blockedFor(attempt('new@pbx.test', 'office'), 0)).toBe(0);
});

it('no bound of 0 is one, and a changed one is live', () => {
  const failures = new Failures({
    ...LIMIT,
    perAorAndSourcePerMinute: 0,
    perAorPerMinute: 0,
    perSourcePerMinute: 0,
  });
  fail(failures, attempt(ALICE, 'thief'), 1000);
  expect(failures.isActive(0)).toBe(false);
  failures.limit(LIMIT);
  fail(failures, attempt(ALICE, 'thief'), 6);
  expect(failures.isActive(0)).toBe(true);
});

it('a thief who tries ever new users is remembered, and memory is bounded', () => {
  const failures = new Failures(LIMIT);
  for (let i = 0; i < 100_000; i++) fail(failures, attempt(`u${i}@pbx.test`, 'thief'), 1);
  expect(failures.size).toBeLessThanOrEqual(3 * 40_000);
  expect(failures.blockedFor(attempt(ALICE, 'thief'), 0)).toBeGreaterThan(0);
});
