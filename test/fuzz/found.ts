import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { AnyTarget } from './target.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Where inputs are kept that once broke a law. */
export const FOUND = join(import.meta.dirname, 'found');

/** An input that broke a law, and how it was come by. */
export interface Case {
  readonly target: string;
  readonly fault: string;
  readonly seed: number;
  readonly replay: string;
  readonly input: unknown;
}

/** Writes a case where `npm test` runs it from then on; its path from the project's root is returned. */
export function keep(
  target: string,
  fault: string,
  seed: number,
  input: unknown,
  directory: string = FOUND,
): string {
  const hash = createHash('sha256').update(JSON.stringify(input)).digest('hex').slice(0, 8);
  const path = join(directory, `${target}-${hash}.json`);
  const name = relative(ROOT, path);
  const found: Case = { target, fault, seed, replay: `npm run fuzz -- --case ${name}`, input };
  mkdirSync(directory, { recursive: true });
  writeFileSync(path, `${JSON.stringify(found, null, 2)}\n`);
  return name;
}

export const foundFiles = (): string[] =>
  readdirSync(FOUND)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => join(FOUND, file));

/** Reads a case and finds its target; throws where it is none. */
export function readCase(path: string, targets: readonly AnyTarget[]): { target: AnyTarget; input: unknown } {
  const { target: name, input } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Case>;
  const target = targets.find((each) => each.name === name);
  if (target === undefined) throw new Error(`${path}: no target is called ${name}`);
  if (!target.isInput(input)) throw new Error(`${path}: its input is none of the target ${name}`);
  return { target, input };
}
