import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './sources.ts';

/** One row of a table in docs/conformance.md, its cells as they stand there. */
interface Row {
  readonly rfc: string;
  readonly section: string;
  readonly what: string;
  readonly verdict: string;
  readonly where: string;
  readonly test: string;
}

/** A test file that a row names, and the titles that it quotes. */
interface Cited {
  readonly file: string;
  readonly titles: readonly string[];
}

const HEAD = '| section | what | verdict | where | test |';
const VERDICT = /^(?:done|(?:by choice|not done): \S.*)$/;
const SECTION = /^§[A-Z0-9][\w.–-]*(?:, §[A-Z0-9][\w.–-]*)*$/;
/** Shorter ones are found in many a title. */
const SHORTEST_TITLE = 10;

const document = readFileSync(join(ROOT, 'docs/conformance.md'), 'utf8');

/** The rows of every table; a line of a table that has another number of cells comes back as a row without section. */
function rowsOf(text: string): Row[] {
  let rfc = '';
  return text.split('\n').flatMap((line) => {
    rfc = /^## (RFC \d+): /.exec(line)?.[1] ?? rfc;
    if (!line.startsWith('|') || line === HEAD || /^\|[-|]+\|$/.test(line)) return [];
    const cells = line.slice(1, -1).split('|');
    const [section = '', what = '', verdict = '', where = '', test = ''] =
      cells.length === 5 ? cells.map((cell) => cell.trim()) : ['', line];
    return [{ rfc, section, what, verdict, where, test }];
  });
}

/** The files that a cell names in backticks. */
const filesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

/** The test files of a cell with their titles; undefined where it is written otherwise. */
function citedIn(cell: string): Cited[] | undefined {
  const parts = cell.split(/;\s*(?=`)/).map((part) => {
    const [, file, quoted] = /^`([^`]+\.test\.ts)` ("[^"]+"(?:, "[^"]+")*)$/.exec(part) ?? [];
    if (file === undefined || quoted === undefined) return undefined;
    return { file, titles: quoted.slice(1, -1).split('", "') };
  });
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

/** The titles of the tests and groups in a test file, as they are written. */
const titlesIn = (source: string): string[] =>
  [...source.matchAll(/\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)\s*,/g)].map(
    ([, single, double, template]) => (single ?? double ?? template ?? '').replaceAll("\\'", "'"),
  );

const isThere = (path: string): boolean => existsSync(join(ROOT, path));

/** What is wrong with a row, in words; nothing for a right one. */
function faultsOf({ section, what, verdict, where, test }: Row): string[] {
  if (section === '') return ['has not five cells'];
  const faults: string[] = [];
  if (!SECTION.test(section)) faults.push(`"${section}" is no section`);
  if (what === '') faults.push('says not what');
  if (!VERDICT.test(verdict)) faults.push(`"${verdict}" is no verdict`);
  const isOpen = verdict.startsWith('not done');
  if (!(isOpen && where === '-')) {
    if (filesIn(where).length === 0) faults.push('names no file');
    for (const file of filesIn(where))
      if (!isThere(`sidecar/${file}`) && !isThere(file)) faults.push(`there is no ${file}`);
  }
  return isOpen && test === '-' ? faults : [...faults, ...testFaults(test)];
}

function testFaults(cell: string): string[] {
  const cited = citedIn(cell);
  if (cited === undefined) return [`its test is not written as "\`file\` "title"": ${cell}`];
  return cited.flatMap(({ file, titles }) => {
    if (!isThere(`test/${file}`)) return [`there is no test/${file}`];
    const known = titlesIn(readFileSync(join(ROOT, 'test', file), 'utf8'));
    const isKnown = (title: string): boolean =>
      title.length >= SHORTEST_TITLE && known.some((name) => name.includes(title));
    return titles.filter((title) => !isKnown(title)).map((title) => `test/${file} has no test "${title}"`);
  });
}

const good: Row = {
  rfc: 'RFC 1',
  section: '§16.3, §20.22',
  what: 'a',
  verdict: 'done',
  where: '`proxy/check.ts`',
  test: '`structure/conformance.test.ts` "name files and tests that exist", "rows of the table"',
};

describe('the rows of the table of conformance', () => {
  it('name files and tests that exist, and give a verdict', () => {
    const faults = rowsOf(document).flatMap((row) =>
      faultsOf(row).map((fault) => `${row.rfc} ${row.section}: ${fault}`),
    );
    expect(faults).toEqual([]);
  });

  it('are read cell by cell, below the heading of their RFC', () => {
    const text = `## RFC 9: x\n\n${HEAD}\n|---|---|---|---|---|\n| §1 | w | done | \`a\` | \`b\` "c" |\n| §2 | short |`;
    expect(rowsOf(text).map(({ rfc, section, what }) => [rfc, section, what])).toEqual([
      ['RFC 9', '§1', 'w'],
      ['RFC 9', '', '| §2 | short |'],
    ]);
  });

  it.each<[string, Partial<Row>]>([
    ['a section without its sign', { section: '16.3' }],
    ['no words', { what: '' }],
    ['a verdict of its own', { verdict: 'mostly' }],
    ['a choice without a reason', { verdict: 'by choice' }],
    ['a file that is not there', { where: '`proxy/chick.ts`' }],
    ['no file', { where: '-' }],
    ['a test file that is not there', { test: '`structure/none.test.ts` "rows of the table"' }],
    ['a test that is not there', { test: '`structure/conformance.test.ts` "such a title is nowhere"' }],
    ['too little of a title', { test: '`structure/conformance.test.ts` "rows of"' }],
    ['no test', { test: '-' }],
    ['a test without its title', { test: '`structure/conformance.test.ts`' }],
  ])('may not have %s', (_, change) => {
    expect(faultsOf(good)).toEqual([]);
    expect(faultsOf({ ...good, ...change })).toHaveLength(1);
  });

  it('may leave file and test out only of what is not done', () => {
    expect(faultsOf({ ...good, verdict: 'not done: why', where: '-', test: '-' })).toEqual([]);
  });
});
