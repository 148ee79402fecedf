import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Schema } from '../../crds/schema.ts';
import { resolveAddresses } from '../../operator/addresses.ts';
import type { Front } from '../../operator/front.ts';
import { proxyResource } from '../../operator/render/resource.ts';
import { ASSIGNED, BASES, rendered, templateOf } from './render-stage.ts';

type Path = readonly (string | number)[];

/** A field of the spec that has no fields of its own, and all that is said of it, the spec's own words first. */
interface Leaf {
  readonly path: Path;
  readonly schema: Schema;
  readonly descriptions: readonly string[];
}

function leavesOf(schema: Schema, path: Path, above: readonly string[]): readonly Leaf[] {
  const descriptions = [...above, schema.description ?? ''];
  const { properties, items } = schema;
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([name, each]) =>
      leavesOf(each, [...path, name], descriptions),
    );
  if (items?.properties !== undefined) return leavesOf(items, [...path, 0], descriptions);
  return [{ path, schema, descriptions }];
}

/** With its descriptions, which the operator itself does not carry. */
const DEFINITION = parse(readFileSync(join(import.meta.dirname, '../../crds/midregistrar.yaml'), 'utf8'));
const SPEC: Schema = DEFINITION.spec.versions[0].schema.openAPIV3Schema.properties.spec;

/** Those that can have one value only can't be changed. */
const leaves = leavesOf(SPEC, [], []).filter(({ schema }) => schema.enum?.length !== 1);

/** Another value than the one that stands; whether the resource as a whole still makes sense is another's matter. */
function another(schema: Schema, value: unknown): unknown {
  if (schema.enum !== undefined) return schema.enum.findLast((each) => each !== value);
  if (schema.type === 'integer') return Number(value ?? 0) + 1;
  if (schema.type === 'array') return [...((value ?? []) as readonly string[]), '203.0.113.0/24'];
  if (schema.additionalProperties !== undefined) return { ...(value as object | undefined), another: 'one' };
  return `${value ?? ''}9`;
}

/** The front with another value at a path. */
function changed(front: Front, { path, schema }: Leaf): Front {
  const spec = structuredClone(front.spec);
  let at = spec as unknown as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) {
    at[step] ??= {};
    at = at[step] as Record<string | number, unknown>;
  }
  const last = path.at(-1) as string | number;
  at[last] = another(schema, at[last]);
  return { ...front, spec };
}

const dotted = ({ path }: Leaf): string => path.join('.');

describe.each(leaves.map((leaf) => [dotted(leaf), leaf] as const))('a change of %s', (_name, leaf) => {
  const [front] = BASES as readonly [Front];
  const own = leaf.descriptions.at(-1) ?? '';

  it('rolls the pod, or does not, as its description says', () => {
    const isSaid = /rolls the pod|needs a restart/.test(own);
    const isDone = JSON.stringify(templateOf(changed(front, leaf))) !== JSON.stringify(templateOf(front));
    expect(isDone).toBe(isSaid);
  });

  it('is told the proxy, unless it is about Kubernetes', () => {
    const isOurs = leaf.descriptions.some((each) => each.startsWith('In Kubernetes'));
    const isTold = proxyResource(changed(front, leaf), []) !== proxyResource(front, []);
    expect(isTold).toBe(!isOurs);
  });

  it('changes something', () => {
    const all = (base: Front): string =>
      JSON.stringify([rendered(base), proxyResource(base, []), resolveAddresses(base.spec, ASSIGNED)]);
    const auto = (base: Front): Front => ({
      ...base,
      spec: {
        ...base.spec,
        listeners: base.spec.listeners.map(({ advertised: _, ...listener }) => listener),
      },
    });
    const bases = [...BASES, auto(front)];
    expect(bases.some((base) => all(changed(base, leaf)) !== all(base))).toBe(true);
  });
});

describe('the fields of the spec', () => {
  it('can all be changed but those that have one value only', () => {
    const all = leavesOf(SPEC, [], []);
    const changeable = leaves.map(dotted);
    expect(all.map(dotted).filter((name) => !changeable.includes(name))).toEqual([
      'registration.mode',
      'messaging.onUnregistered',
    ]);
    expect(all.length).toBeGreaterThan(60);
  });

  it('say in which way a change takes effect', () => {
    const ways = /A change (is live|rolls|needs|reopens|closes|opens|starts|grows|is refused)/;
    const silent = leaves.filter(({ descriptions }) => !ways.test(descriptions.at(-1) ?? ''));
    expect(silent.map(dotted)).toEqual([]);
  });
});
