import { allowed } from './field-words.ts';
import type { Schema } from './schema.ts';

interface Field {
  readonly path: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

function* fieldsOf(schema: Schema, path: string): Generator<Field> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const at = `${path}.${name}`;
    yield { path: at, schema: field, isRequired: schema.required?.includes(name) ?? false };
    yield* fieldsOf(field, at);
    if (field.items !== undefined) yield* fieldsOf(field.items, `${at}[]`);
  }
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/(\w+\/\*|\*\/\*)/g, '`$1`');

const values = (schema: Schema): string => {
  const items = schema.type === 'array' && schema.items?.type !== 'object' ? schema.items : undefined;
  return items === undefined ? allowed(schema) : `${allowed(schema)}, each ${allowed(items)}`;
};

const defaultOf = ({ schema, isRequired }: Field): string => {
  if (isRequired) return 'required';
  if (schema.default === undefined || schema.type === 'object') return '';
  return `\`${JSON.stringify(schema.default)}\``;
};

const row = (field: Field): string =>
  `| \`${field.path.slice(1)}\` | ${cell(values(field.schema))} | ${defaultOf(field)} | ${cell(field.schema.description ?? '')} |`;

function* rulesOf(schema: Schema): Generator<string> {
  for (const { message } of schema['x-kubernetes-validations'] ?? []) yield message;
  for (const field of Object.values(schema.properties ?? {})) yield* rulesOf(field);
  if (schema.items !== undefined) yield* rulesOf(schema.items);
}

/** The reference of all fields, as Markdown. */
export function fieldReference(schema: Schema): string {
  const spec = schema.properties?.spec ?? {};
  const rules = [...new Set(rulesOf(schema))];
  return `# Fields of a MidRegistrar

Made from \`crds/midregistrar.yaml\` by \`npm run generate\`; edit that file, not this one.
A field that is not named here is refused, and so is a value that is not allowed; \`midreg validate FILE\` says where and why.

| field | allowed | default | meaning |
|---|---|---|---|
${[...fieldsOf(spec, '.spec')].map(row).join('\n')}

## Where fields depend on each other

${rules.map((rule) => `- ${rule[0]?.toUpperCase()}${rule.slice(1)}.`).join('\n')}
`;
}
