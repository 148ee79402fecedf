import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { judgeObject, readResource } from '../../../sidecar/config.ts';
import type { Chance } from '../chance.ts';
import { must } from '../target.ts';
import { textTarget } from '../text/text-target.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples');

const examples = readdirSync(EXAMPLES)
  .filter((file) => file.endsWith('.yaml'))
  .sort()
  .map((file) => readFileSync(join(EXAMPLES, file), 'utf8'));

const resources: readonly unknown[] = examples
  .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as unknown))
  .filter(
    (value) => typeof value === 'object' && value !== null && Reflect.get(value, 'kind') === 'MidRegistrar',
  );

const FIELDS: readonly string[] = [
  ...new Set(
    resources.flatMap((resource) =>
      [...JSON.stringify(resource).matchAll(/"(\w+)":/g)].map(([, name]) => name ?? ''),
    ),
  ),
  '__proto__',
  'constructor',
  'toString',
  '',
  'a.b[0]',
];
const VALUES: readonly unknown[] = [
  null,
  0,
  -1,
  1,
  65_536,
  2 ** 53,
  1.5,
  true,
  '',
  'x',
  'UDP',
  'Durable',
  '0.0.0.0',
  '::',
  '10.0.0.0/99',
  'ä\u0000',
  'x'.repeat(5_000),
  [],
  {},
  [[]],
  [null],
  new Array(300).fill('a.test'),
];

type Json = Record<string, unknown>;

/** One value somewhere below becomes another, is taken away, doubled, or has its field renamed. */
function changed(value: unknown, chance: Chance): unknown {
  if (typeof value !== 'object' || value === null || chance.once(8)) return chance.of(VALUES);
  if (Array.isArray(value)) {
    const items: unknown[] = [...value];
    const at = chance.below(items.length);
    if (items.length === 0 || chance.once(4)) items.push(items[at] ?? chance.of(VALUES));
    else if (chance.once(6)) items.splice(at, 1);
    else items[at] = changed(items[at], chance);
    return items;
  }
  const fields = Object.entries(value as Json);
  const at = chance.below(fields.length);
  const [name, field] = fields[at] ?? [chance.of(FIELDS), chance.of(VALUES)];
  const way = fields.length === 0 ? 0 : chance.below(8);
  if (way === 0) fields.push([chance.of(FIELDS), chance.of(VALUES)]);
  else if (way === 1) fields.splice(at, 1);
  else fields[at] = way === 2 ? [chance.of(FIELDS), field] : [name, changed(field, chance)];
  return Object.fromEntries(fields);
}

function generate(chance: Chance): string {
  let resource = chance.of(resources);
  for (let count = 1 + chance.few(3); count > 0; count--) resource = changed(resource, chance);
  return JSON.stringify(resource, null, chance.once(2) ? 1 : undefined) ?? 'null';
}

function objectOf(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** A resource is taken whole, or every mistake is told with its place. */
export function check(text: string): void {
  const result = readResource(text, 'fuzz.yaml');
  const lines = text.split('\n').length + 1;
  const object = objectOf(text);
  if ('problems' in result) {
    must(result.problems.length > 0, 'refused without a problem');
    for (const { line, column, path, message, found } of result.problems) {
      must(line >= 1 && line <= lines && column >= 1, `a problem at line ${line}, column ${column}`);
      must(message !== '' && !message.includes('undefined'), `a problem without words: ${message}`);
      // Sixty characters at most, of which each may be six when it is written as an escape.
      must(found.length < 400, 'a problem that shows all of a long value');
      const isOurs = object?.kind === 'MidRegistrar' && object.apiVersion === 'midregistrar.dev/v1';
      // Where it is no YAML nothing has been found; JSON may have line ends where YAML has none.
      must(path !== '' || found === '' || !isOurs, `a problem without a path: ${message}`);
    }
  } else {
    must(result.config.listeners.length > 0, 'a configuration without a listener');
    must(result.config.upstream.endpoints.length > 0, 'a configuration without an endpoint');
    must(result.config.domains.size > 0, 'a configuration without a domain');
  }
  if (object === undefined) return;
  const judged = judgeObject(object);
  must(judged.problems === undefined || judged.problems.length > 0, 'judged wrong without a problem');
}

export const configTarget = () =>
  textTarget({
    name: 'config',
    weight: 0.7,
    seeds: [...examples, ...resources.map((resource) => JSON.stringify(resource))],
    generate,
    check,
  });
