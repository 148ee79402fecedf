import { describe, expect, it } from 'vitest';
import { exitCode, type Outcome, render, summarise } from './run-summary.ts';

const passed: Outcome = { state: 'passed' };
const failed: Outcome = { state: 'failed' };
const skipped = (note?: string): Outcome => ({ state: 'skipped', name: 'a test', note });
const asterisk = { what: 'Asterisk 22', how: 'run as root' };

describe('the summary of a test run', () => {
  it('ends with one line of figures', () => {
    expect(render(summarise([passed, passed, failed], 0, []))).toEqual(['2 passed, 1 failed, 0 skipped']);
  });

  it('counts what broke outside a test as failed', () => {
    expect(summarise([passed], 2, []).failed).toBe(2);
  });

  it('tells each reason to skip once, however many tests share it', () => {
    const summary = summarise([skipped('Asterisk 22: run as root'), skipped('Asterisk 22: run as root')], 0, [
      asterisk,
    ]);
    expect(render(summary)).toEqual(['skipped: Asterisk 22: run as root', '0 passed, 0 failed, 2 skipped']);
  });

  it('names a skipped test that gives no reason', () => {
    expect(summarise([skipped()], 0, []).reasons).toEqual(['a test: it gives no reason']);
  });
});

describe('the exit code of a test run', () => {
  it.each([
    ['all passed', [passed], 0, [], false, 0],
    ['one failed', [passed, failed], 0, [], false, 1],
    ['a file did not load', [passed], 1, [], false, 1],
    ['there was nothing to run', [], 0, [], false, 1],
    ['one was skipped', [passed, skipped('x: y')], 0, [], false, 0],
    ['one was skipped where skips are forbidden', [passed, skipped('x: y')], 0, [], true, 1],
    ['a peer was missing where skips are forbidden', [passed], 0, [asterisk], true, 1],
    ['all passed where skips are forbidden', [passed], 0, [], true, 0],
  ] as const)('when %s', (_, outcomes, faults, missing, forbidden, code) => {
    expect(exitCode(summarise(outcomes, faults, missing), forbidden)).toBe(code);
  });
});
