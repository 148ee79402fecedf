import { describe, expect, it } from 'vitest';
import { sources } from './sources.ts';

const MAX_LINES = 300;
const GENERATED = ['crds/midregistrar.ts'];
/** Put together here so that this file is not itself found. */
const UNFINISHED = new RegExp(
  ['TO', 'FIX', 'HA', 'X'].map((start, i) => start + ['DO', 'ME', 'CK', 'XX'][i]).join('|'),
);
const LEFT_OUT = /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:only|skip|todo)\b/;

const written = sources().filter(({ path }) => !GENERATED.includes(path));
const pathsOf = (pattern: RegExp): string[] =>
  written.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

describe('a source file', () => {
  it(`has at most ${MAX_LINES} lines`, () => {
    const long = written.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
    expect(long.filter(({ lines }) => lines > MAX_LINES)).toEqual([]);
  });

  it('holds no note of unfinished work', () => {
    expect(pathsOf(UNFINISHED)).toEqual([]);
  });

  it('leaves out no test and singles out none', () => {
    expect(pathsOf(LEFT_OUT)).toEqual([]);
  });

  it('is not named for being shared', () => {
    const catchAll = /(^|\/)(utils?|helpers?|common|misc|shared)(\.|\/)/;
    expect(written.map(({ path }) => path).filter((path) => catchAll.test(path))).toEqual([]);
  });
});
