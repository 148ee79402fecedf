import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
const FOLDERS = ['crds', 'sidecar', 'cli', 'demo', 'operator', 'charts', 'images', 'test', 'bin'];

/** One of our files: `path` is from the project's root, with `/`. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** One import of a file: `target` is a project path for our own files, else the specifier of a package or built-in. */
export interface Import {
  readonly from: string;
  readonly target: string;
  readonly own: boolean;
}

const filesIn = (folder: string): string[] =>
  existsSync(join(ROOT, folder))
    ? readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(folder, file).split(sep).join('/'),
      )
    : [];

/** Every TypeScript and JavaScript file of the project. */
export const sources = (): Source[] =>
  FOLDERS.flatMap(filesIn)
    .filter((path) => /\.(ts|mjs)$/.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

// The formatter puts each import and export at the start of a line, which is what makes reading them this way sound.
const STATIC = /^(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'/g;

/** What a file imports or re-exports: statically, dynamically, as types too. */
export function importsOf({ path, text }: Source): Import[] {
  return [STATIC, DYNAMIC].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, specifier = '']) => {
      const own = specifier.startsWith('.');
      const target = own
        ? normalize(join(dirname(path), specifier))
            .split(sep)
            .join('/')
        : specifier;
      return { from: path, target, own };
    }),
  );
}

/** Whether a path is `place` or lies in it; a place that ends in `*` is a prefix. */
export const isIn = (path: string, place: string): boolean =>
  place.endsWith('*') ? path.startsWith(place.slice(0, -1)) : path === place || path.startsWith(`${place}/`);

export const isInOneOf = (path: string, places: readonly string[]): boolean =>
  places.some((place) => isIn(path, place));
