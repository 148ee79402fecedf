import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Schema } from '../../crds/schema.ts';
import { rules } from '../../sidecar/config/rules.ts';
import { formatProblem, readResource } from '../../sidecar/config.ts';

const ROOT = join(import.meta.dirname, '../..');
const crd = parse(readFileSync(join(ROOT, 'crds/midregistrar.yaml'), 'utf8'));
const [version, ...otherVersions] = crd.spec.versions;
const root: Schema = version.schema.openAPIV3Schema;

interface Part {
  readonly path: string;
  readonly schema: Schema;
}

function* partsOf(schema: Schema, path: string): Generator<Part> {
  yield { path, schema };
  for (const [name, field] of Object.entries(schema.properties ?? {}))
    yield* partsOf(field, `${path}.${name}`);
  if (schema.items !== undefined) yield* partsOf(schema.items, `${path}[]`);
  if (schema.additionalProperties !== undefined) yield* partsOf(schema.additionalProperties, `${path}{}`);
}

/** Rules between a value and its former one, which only the API server knows. */
const isTransition = ({ rule }: { readonly rule: string }): boolean => rule.includes('oldSelf');

const parts = [...partsOf(root.properties?.spec ?? {}, 'spec')];
const leaves = parts.filter(
  ({ path, schema }) => schema.properties === undefined && !/(\[\]|\{\})$/.test(path),
);
const pathsOf = (isWrong: (schema: Schema) => boolean): string[] =>
  parts.filter(({ schema }) => isWrong(schema)).map(({ path }) => path);

describe('the custom resource definition', () => {
  it('is the one that it is known as', () => {
    expect(crd).toMatchObject({
      apiVersion: 'apiextensions.k8s.io/v1',
      metadata: { name: 'midregistrars.midregistrar.dev' },
      spec: {
        group: 'midregistrar.dev',
        scope: 'Namespaced',
        names: {
          kind: 'MidRegistrar',
          plural: 'midregistrars',
          singular: 'midregistrar',
          shortNames: ['midreg'],
          categories: ['sip'],
        },
      },
    });
    expect(version).toMatchObject({ name: 'v1', served: true, storage: true });
    expect(otherVersions).toEqual([]);
  });

  it('describes every field', () => {
    const all = [...parts, ...partsOf(root.properties?.status ?? {}, 'status')];
    const silent = all.filter(
      ({ path, schema: { description = '' } }) => !description.endsWith('.') && !path.endsWith('{}'),
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('says of every field what a change of it does', () => {
    const says =
      /A change (is live|reopens this listener|closes the connections|opens, reopens or closes|needs a restart|rolls the pod|is refused|grows the claim|starts or ends the pod)/;
    // Of endpoints each field says it.
    const silent = leaves.filter(
      ({ schema, path }) => !says.test(schema.description ?? '') && path !== 'spec.upstream.endpoints',
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('says the default of every field as it is', () => {
    const wrong = leaves.filter(({ schema: { default: value, description = '' } }) => {
      if (value === undefined || Array.isArray(value))
        return value !== undefined && !description.includes('Default ');
      return !description.includes(`Default ${value}.`) && !description.includes(`Default "${value}".`);
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('says the unit of every number', () => {
    const unit = /in seconds|in milliseconds|in bytes|in MiB|How many|how many|port\b|lowest number|share of/;
    expect(pathsOf(({ type, description = '' }) => type === 'integer' && !unit.test(description))).toEqual(
      [],
    );
  });

  it('bounds every list, text and number', () => {
    expect(pathsOf(({ type, maxItems }) => type === 'array' && maxItems === undefined)).toEqual([]);
    expect(
      pathsOf((each) => each.type === 'string' && each.enum === undefined && each.maxLength === undefined),
    ).toEqual([]);
    expect(
      pathsOf(
        (each) => each.type === 'integer' && (each.minimum === undefined || each.maximum === undefined),
      ),
    ).toEqual([]);
  });

  it('says in words what a text may be', () => {
    expect(
      pathsOf((each) => each.type === 'string' && each.enum === undefined && each.title === undefined),
    ).toEqual([]);
  });

  it('keys every list of maps by name, and makes every other list a set', () => {
    const odd = pathsOf((each) => {
      if (each.type !== 'array') return false;
      // As Kubernetes has it: tolerations have no name.
      if (each['x-kubernetes-list-type'] === 'atomic') return !each.description?.includes('as in Kubernetes');
      if (each.items?.type !== 'object') return each['x-kubernetes-list-type'] !== 'set';
      return (
        each['x-kubernetes-list-type'] !== 'map' || each['x-kubernetes-list-map-keys']?.join() !== 'name'
      );
    });
    expect(odd).toEqual([]);
  });

  it('has each of its rules held by the sidecar too', () => {
    const messages = [...partsOf(root, '')].flatMap(({ schema }) =>
      (schema['x-kubernetes-validations'] ?? [])
        .filter((each) => !isTransition(each))
        .map(({ message }) => message),
    );
    expect([...new Set(messages)].sort()).toEqual(rules.map(({ message }) => message).sort());
  });

  it('is what the generated types, schema and field reference were made from', () => {
    execFileSync(process.execPath, ['crds/generate.ts', '--check'], { cwd: ROOT, stdio: 'pipe' });
  });
});

describe('the examples', () => {
  const examples = readdirSync(join(ROOT, 'examples')).filter((file) => file.endsWith('.yaml'));

  it.each(examples)('%s is sound', (file) => {
    const result = readResource(readFileSync(join(ROOT, 'examples', file), 'utf8'), file);
    expect('problems' in result ? result.problems.map(formatProblem) : []).toEqual([]);
  });

  it('have names of their own', () => {
    const names = examples.map(
      (file) => parse(readFileSync(join(ROOT, 'examples', file), 'utf8')).metadata.name,
    );
    expect(names).toEqual(examples.map((file) => file.replace('.yaml', '')));
  });
});
