import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseUri } from '../../sidecar/wire/uri.ts';
import { Chance } from './chance.ts';
import { Coverage, Profiler } from './coverage.ts';
import { keep, readCase } from './found.ts';
import { faultOf } from './minimise.ts';
import { TargetRun } from './run.ts';
import { must } from './target.ts';
import { textTarget } from './text/text-target.ts';

/** A target with a mistake that is known: a quoted pair within angle brackets. */
const mistaken = textTarget({
  name: 'mistaken',
  weight: 1,
  seeds: ['<sip:a@b>;tag="x"', 'plain text of no meaning'],
  generate: (chance) => 'x'.repeat(chance.below(40)),
  check: (text) => must(!/<[^>]*\\"/.test(text), `it has a quoted pair: ${text.length}`),
});

let profiler: Profiler;
beforeAll(() => {
  profiler = new Profiler('/sidecar/');
});
afterAll(() => profiler.close());

/** Counts calls instead of the time, so that a run is as long on any machine. */
const ticking = (): (() => number) => {
  let now = 0;
  return () => now++;
};
const runOf = (seed: number): TargetRun => {
  const run = new TargetRun(mistaken, seed, profiler, true);
  for (let i = 0; i < 40 && run.failures.length === 0; i++) run.runFor(1, ticking());
  return run;
};

describe('a run', () => {
  it('finds a mistake, and the least input that shows it', { timeout: 60_000 }, () => {
    const [failure, ...more] = runOf(1).failures;
    expect(failure?.fault).toBe('Violation: it has a quoted pair: 3');
    expect(failure?.input).toBe('<\\"');
    expect(more).toEqual([]);
  });

  it('is the same for the same seed, and another for another', { timeout: 60_000 }, () => {
    const [first, again, other] = [runOf(2), runOf(2), runOf(3)];
    expect(again.executions).toBe(first.executions);
    expect(again.failures).toEqual(first.failures);
    expect(other.executions).not.toBe(first.executions);
  });
});

describe('a case that is kept', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fuzz-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is run again from its file', () => {
    const path = join(import.meta.dirname, '../..', keep('mistaken', 'why', 7, 'a<\\"', directory));
    const { target, input } = readCase(path, [mistaken]);
    expect(faultOf(target, input)).toBe('Violation: it has a quoted pair: 4');
  });

  it('is refused where it is of no target, or its input is none of it', () => {
    const path = join(import.meta.dirname, '../..', keep('mistaken', 'why', 7, { no: 'text' }, directory));
    expect(() => readCase(path, [])).toThrow('no target is called mistaken');
    expect(() => readCase(path, [mistaken])).toThrow('its input is none');
  });
});

describe('the coverage', () => {
  it('tells each block once, when it is reached', () => {
    const coverage = new Coverage();
    const fresh = (text: string): number => {
      profiler.take();
      parseUri(text);
      return coverage.add(profiler.take()).length;
    };
    expect(fresh('sip:a@b.test')).toBeGreaterThan(0);
    expect(fresh('sip:a@b.test')).toBe(0);
    expect(fresh('sip:a@[::1]')).toBeGreaterThan(0);
    expect(coverage.names).toHaveLength(coverage.reached);
  });
});

describe('chance', () => {
  it('gives the same draws for the same seed and name, spread over all that may come', () => {
    const draws = (seed: number, name: string): number[] => {
      const chance = new Chance(seed, name);
      return Array.from({ length: 1_000 }, () => chance.below(10));
    };
    expect(draws(1, 'a')).toEqual(draws(1, 'a'));
    expect(draws(1, 'a')).not.toEqual(draws(1, 'b'));
    expect(draws(1, 'a')).not.toEqual(draws(2, 'a'));
    for (let value = 0; value < 10; value++)
      expect(draws(1, 'a').filter((draw) => draw === value).length).toBeGreaterThan(60);
  });
});
