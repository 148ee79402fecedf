import type { Schema } from './schema.ts';

/** What a value of a schema may be, in words that fit after "allowed". */
export function allowed(schema: Schema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.enum !== undefined)
    return schema.enum.length === 1 ? `${schema.enum[0]}` : `one of ${schema.enum.join(', ')}`;
  switch (schema.type) {
    case 'integer':
      return `an integer from ${schema.minimum} to ${schema.maximum}`;
    case 'array':
      return schema.minItems === schema.maxItems
        ? `a list of ${schema.maxItems}`
        : `a list of ${schema.minItems ?? 0} to ${schema.maxItems}`;
    case 'object':
      return `a map of ${Object.keys(schema.properties ?? {}).join(', ')}`;
    default:
      return 'a text';
  }
}
