import type { MidRegistrar } from '../../crds/midregistrar.ts';
import { judge } from './judge.ts';
import { printPath } from './problem.ts';

/** What `judgeObject` has read, or what is wrong with it, each as `path: sentence`. */
export type JudgedObject =
  | { readonly resource: MidRegistrar; readonly problems?: undefined }
  | { readonly problems: readonly string[] };

/** Checks a resource that comes as a value, from the API server and not from a file, and fills in defaults. Never throws. */
export function judgeObject(value: unknown): JudgedObject {
  const nowhere = (): number => 0;
  const { resource, mistakes } = judge({ value, nameAt: nowhere, valueAt: nowhere });
  if (mistakes.length === 0) return { resource };
  return { problems: mistakes.map(({ path, message }) => `${printPath(path)}: ${message}`) };
}
