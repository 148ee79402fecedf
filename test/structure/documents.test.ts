import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './sources.ts';

/** Documents that name files of ours in backticks. Other ones name files of others too. */
const ABOUT_FILES = ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md'];
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pathsIn('docs')].filter((path) =>
  path.endsWith('.md'),
);

/** What is made, and may not be there yet. */
const MADE = ['dist/'];

function pathsIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
    join(folder, path).replaceAll('\\', '/'),
  );
}

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const isMade = (name: string): boolean => MADE.some((folder) => name.startsWith(folder));

const FOLDERS = [
  'bin',
  'charts',
  'cli',
  'crds',
  'demo',
  'docs',
  'examples',
  'images',
  'operator',
  'sidecar',
  'test',
];
const paths = [...readdirSync(ROOT), ...FOLDERS.flatMap(pathsIn)].map((path) => `/${path}`);

/** Names of files (by their ending) and of folders (`sidecar/io`, `engine/`) between backticks. */
const namesIn = (text: string): string[] =>
  [...text.matchAll(/`([\w./-]+)`/g)]
    .map(([, name = '']) => name)
    .filter((name) => /^\w/.test(name) && (/\w\.(ts|mjs|md|ya?ml|json|c)$/.test(name) || isFolder(name)));

const isFolder = (name: string): boolean =>
  name.endsWith('/') || FOLDERS.some((folder) => name.startsWith(`${folder}/`));

/** A name may leave out what is around it: `engine/hall.ts`, `main.ts`. */
const isThere = (name: string): boolean =>
  paths.some((path) => path.endsWith(`/${name.replace(/\/$/, '')}`)) || isMade(name);

const linksIn = (text: string): string[] =>
  [...text.matchAll(/\]\(([^)#\s]+)[^)\s]*\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => /^[./\w-]+$/.test(target) && /[./]/.test(target));

describe('the documents', () => {
  it('are read for names of files and folders, and nothing else', () => {
    const text = 'a `sidecar/io`, `engine/`, `engine/hall.ts`, `/livez`, `Hall.fork`, `.ts`, `n / m.ts`';
    expect(namesIn(text)).toEqual(['sidecar/io', 'engine/', 'engine/hall.ts']);
    expect(linksIn('[a](../b.md#c) ![d](e.svg) [f](https://g.test/h) <sip:u1@pbx.test>')).toEqual([
      '../b.md',
      'e.svg',
    ]);
    expect(['engine/hall.ts', 'main.ts', 'sidecar/io', 'all.ts', 'io/no.ts'].map(isThere)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it.each(ABOUT_FILES)('%s names files and folders that exist', (document) => {
    const names = namesIn(textOf(document));
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !isThere(name))).toEqual([]);
  });

  it.each(DOCUMENTS)('%s links to files that exist', (document) => {
    const missing = linksIn(textOf(document)).filter(
      (target) => !existsSync(join(ROOT, dirname(document), target)),
    );
    expect(missing).toEqual([]);
  });
});
