import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAlias, parse, parseDocument, visit } from 'yaml';
import { accept } from '../../operator/accept.ts';
import type { KubeObject } from '../../operator/kube/object.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const chart = parse(read('charts/midregistrar/Chart.yaml'));
const values = parse(read('charts/midregistrar/values.yaml'));
const schema: Schema = JSON.parse(read('charts/midregistrar/values.schema.json'));

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
}

function* partsOf(part: Schema, path: string): Generator<readonly [path: string, part: Schema]> {
  yield [path, part];
  for (const [name, field] of Object.entries(part.properties ?? {})) yield* partsOf(field, `${path}.${name}`);
  if (part.items !== undefined) yield* partsOf(part.items, `${path}[]`);
}

const parts = [...partsOf(schema, '')];

/** The values of the chart by their paths, as far as the schema knows what lies below. */
function pathsOf(value: unknown, part: Schema | undefined, path: string): string[] {
  if (part?.properties === undefined || typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, field]) =>
    pathsOf(field, part.properties?.[name], `${path}.${name}`),
  );
}

describe('the chart', () => {
  it('carries what it is made from (`npm run generate`)', () => {
    execFileSync('sh', [join(ROOT, 'bin/project-node'), join(ROOT, 'charts/generate.ts'), '--check']);
  });

  it('carries the definition without anchors, which not every tool knows', () => {
    const document = parseDocument(read('charts/midregistrar/files/crd-spec.yaml'));
    const found: string[] = [];
    visit(document, (_, node) => {
      if (isAlias(node) || (node as { anchor?: string } | null)?.anchor !== undefined)
        found.push(String(node));
    });
    expect(found).toEqual([]);
    expect(document.toJS()).toEqual(parse(read('crds/midregistrar.yaml')).spec);
  });

  it('has the version of the package', () => {
    const { version } = JSON.parse(read('package.json'));
    expect(chart).toMatchObject({ apiVersion: 'v2', version, appVersion: version });
    const [image, ...others] = parse(chart.annotations['artifacthub.io/images']);
    expect([image, others]).toEqual([{ name: 'midregistrar', image: `midregistrar:${version}` }, []]);
  });

  it('shows examples of the resource that are taken', () => {
    const examples = parse(chart.annotations['artifacthub.io/crdsExamples']) as KubeObject[];
    expect(examples).not.toEqual([]);
    for (const example of examples) expect(accept(example).faults).toEqual([]);
  });
});

describe('the schema of the values', () => {
  it('knows each value that there is, and no other', () => {
    const leaves = parts
      .filter(([path, part]) => !path.includes('[]') && part.properties === undefined)
      .map(([path]) => path);
    const inside = ['.operator.affinity.', '.operator.resources.'];
    const known = leaves.filter(
      (path) => !inside.some((place) => path.startsWith(place)) && path !== '.global',
    );
    const there = pathsOf(values, schema, '').filter(
      (path) => !inside.some((place) => path.startsWith(place)) && path !== '.operator.affinity',
    );
    expect(known.sort()).toEqual(there.sort());
  });

  it('is closed wherever it says what there may be', () => {
    const open = parts.filter(
      ([, part]) => part.properties !== undefined && part.additionalProperties !== false,
    );
    expect(open.map(([path]) => path)).toEqual([]);
  });

  it('leaves open only what is Kubernetes’ own, and what parent charts hand down', () => {
    const open = parts.filter(
      ([, part]) =>
        part.type === 'object' && part.properties === undefined && part.additionalProperties === undefined,
    );
    expect(open.map(([path]) => path)).toEqual([
      '.operator.affinity.nodeAffinity',
      '.operator.affinity.podAffinity',
      '.operator.affinity.podAntiAffinity',
      '.operator.topologySpreadConstraints[].labelSelector',
      '.extraObjects[]',
      '.global',
    ]);
  });

  it('describes each value in the chart’s README', () => {
    const readme = read('charts/midregistrar/README.md');
    const undescribed = pathsOf(values, schema, '').filter(
      (path) => !readme.includes(`\`${path.slice(1)}\``) && !path.startsWith('.operator.resources.'),
    );
    expect(undescribed).toEqual([]);
  });
});
