import { createHash } from 'node:crypto';

/** A value as JSON whose maps are in the order of their keys, so that equal values have equal texts. */
export const canonicalJson = (value: unknown): string => JSON.stringify(inOrder(value));

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The value with its maps in the order of their keys, without what is undefined. */
export function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, field]) => [name, inOrder(field)]));
}
