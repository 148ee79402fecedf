import { allowed } from './field-words.ts';
import type { Schema } from './schema.ts';

/** A map of fields, by where it stands. */
interface Section {
  readonly path: string;
  readonly schema: Schema;
}

/** The map that a field holds, or each item of its list. */
const inside = (name: string, field: Schema): Section =>
  field.items === undefined ? { path: name, schema: field } : { path: `${name}[]`, schema: field.items };

function* sectionsOf(schema: Schema, path: string): Generator<Section> {
  yield { path, schema };
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const section = inside(`${path}.${name}`, field);
    if (section.schema.properties !== undefined) yield* sectionsOf(section.schema, section.path);
  }
}

// Content types with an asterisk would be read as emphasis.
const plain = (text: string): string => text.replaceAll(/(\w+|\*)\/\*/g, '`$&`');

const values = (field: Schema): string => {
  const { path, schema } = inside('', field);
  if (schema.properties !== undefined)
    return path === '' ? 'a map, see below' : `${allowed(field)}, see below`;
  return path === '' ? allowed(field) : `${allowed(field)}, each ${allowed(schema)}`;
};

function presence(field: Schema, isRequired: boolean): string {
  if (isRequired) return '; required';
  if (field.default === undefined || field.type === 'object') return '';
  return `; default \`${typeof field.default === 'string' ? field.default : JSON.stringify(field.default)}\``;
}

const fieldText = (name: string, field: Schema, isRequired: boolean): string =>
  `- \`${name}\` (${plain(values(field))}${presence(field, isRequired)}): ${plain(field.description ?? '')}`;

const sectionText = ({ path, schema }: Section): string =>
  `## \`${path}\`

${schema.description}

${Object.entries(schema.properties ?? {})
  .map(([name, field]) => fieldText(name, field, schema.required?.includes(name) ?? false))
  .join('\n')}
`;

function* rulesOf(schema: Schema): Generator<string> {
  for (const { message } of schema['x-kubernetes-validations'] ?? []) yield message;
  for (const field of Object.values(schema.properties ?? {})) yield* rulesOf(field);
  if (schema.items !== undefined) yield* rulesOf(schema.items);
}

/** The reference of all fields, as Markdown. */
export function fieldReference(schema: Schema): string {
  const sections = [...sectionsOf(schema.properties?.spec ?? {}, 'spec')];
  const rules = [...new Set(rulesOf(schema))];
  return `# Fields of a MidRegistrar

Made from \`crds/midregistrar.yaml\` by \`npm run generate\`; edit that file, not this one.
A field that is not named here is refused, and so is a value that is not allowed; \`midreg validate FILE\` says where and why.
What is said to be so "in Kubernetes" has no effect where \`midreg run\` is started by hand. Beside \`spec\` a resource has \`apiVersion: midregistrar.dev/v1\`, \`kind: MidRegistrar\` and \`metadata\` with a \`name\`.

${sections.map(sectionText).join('\n')}
## \`status\`

${schema.properties?.status?.description} \`kubectl explain midreg.status --recursive\` has every field of it.

${Object.entries(schema.properties?.status?.properties ?? {})
  .map(([name, { description }]) => `- \`${name}\`: ${description}`)
  .join('\n')}

## Where fields depend on each other

${rules.map((rule) => `- ${rule}.`).join('\n')}
`;
}
