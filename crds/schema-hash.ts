import { createHash } from 'node:crypto';

/** SHA-256 of what a schema asks for: the same whatever the order of its keys, its descriptions, and how a server writes it. */
export const schemaHash = (schema: object): string =>
  createHash('sha256')
    .update(JSON.stringify(essence(schema)))
    .digest('hex');

function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([name, field]) => !(name === 'description' && typeof field === 'string'),
  );
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, field]) => [name, essence(field)]));
}
