import { Ajv, type ErrorObject } from 'ajv';
import { allowed } from '../../crds/field-words.ts';
import { type MidRegistrar, SCHEMA } from '../../crds/midregistrar.ts';
import type { Schema } from '../../crds/schema.ts';
import { isCidr, isIp6 } from './formats.ts';
import { nearest } from './nearest.ts';
import { foundValue, type Path, quoted } from './problem.ts';

/** What is wrong with the shape of a resource; `isName` where it is about the field itself rather than its value. */
export interface ShapeFault {
  readonly path: Path;
  readonly isName: boolean;
  readonly found: string;
  readonly allowed: string;
  readonly hint: string;
}

export interface Shape {
  readonly resource: MidRegistrar;
  readonly faults: readonly ShapeFault[];
}

const API_VERSION = 'midregistrar.dev/v1';
const KIND = 'MidRegistrar';

const labels: Schema = { type: 'object' };
/** Kubernetes' own part: what `kubectl get -o yaml` writes there is let pass. */
const METADATA: Schema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', title: 'a DNS label of at most 48 characters' },
    namespace: { type: 'string' },
    labels,
    annotations: labels,
    uid: {},
    resourceVersion: {},
    generation: {},
    creationTimestamp: {},
    managedFields: {},
    finalizers: {},
    ownerReferences: {},
  },
};

const ROOT: Schema = {
  ...SCHEMA,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { type: 'string', enum: [API_VERSION] },
    kind: { type: 'string', enum: [KIND] },
    metadata: METADATA,
    spec: SCHEMA.properties?.spec ?? {},
    status: {},
  },
};

/** The API server drops fields that it does not know; here they are refused, for nobody would see that they do nothing. */
function closed(schema: Schema): object {
  const properties = Object.entries(schema.properties ?? {}).map(([name, field]) => [name, closed(field)]);
  return {
    ...schema,
    ...(schema.items === undefined ? {} : { items: closed(schema.items) }),
    ...(schema.properties === undefined
      ? {}
      : { properties: Object.fromEntries(properties), additionalProperties: false }),
  };
}

const ajv = new Ajv({ allErrors: true, useDefaults: true, strictTypes: false, ownProperties: true });
ajv.addVocabulary(['x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-validations']);
ajv.addFormat('ipv6', isIp6);
ajv.addFormat('cidr', isCidr);
const validate = ajv.compile(closed(ROOT));

/**
 * Fills in the defaults and tells every fault of shape. The resource is one as far as there are no faults: each part
 * of it that has none is whole.
 */
export function checkShape(value: unknown): Shape {
  const filled = withoutNulls(ROOT, value);
  const faults = validate(filled) ? [] : (validate.errors ?? []).map((error) => faultOf(error, filled));
  return { resource: filled as MidRegistrar, faults: [...onceEach(faults), ...repeated(ROOT, filled, [])] };
}

/** A field without a value has its default, as the API server reads it. */
function withoutNulls(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(schema.items ?? {}, item));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).flatMap(([name, field]) => {
    const known = schemaOf(schema, name);
    return field === null && known?.default !== undefined ? [] : [[name, withoutNulls(known ?? {}, field)]];
  });
  return Object.fromEntries(kept);
}

const schemaOf = (schema: Schema, name: string): Schema | undefined =>
  schema.properties !== undefined && Object.hasOwn(schema.properties, name)
    ? schema.properties[name]
    : schema.additionalProperties;

/** One fault a place: the words about it tell all that is allowed there. */
function onceEach(faults: readonly ShapeFault[]): ShapeFault[] {
  return [...new Map(faults.map((fault) => [JSON.stringify([fault.path, fault.isName]), fault])).values()];
}

function faultOf(error: ErrorObject, root: unknown): ShapeFault {
  const path = pathOf(error.instancePath, root);
  if (error.keyword === 'required') return missing([...path, error.params.missingProperty]);
  if (error.keyword === 'additionalProperties') return unknownField(path, error.params.additionalProperty);
  const schema = schemaAt(path);
  const value = valueAt(path, root);
  const meant = typeof value === 'string' ? nearest(value, schema.enum ?? []) : undefined;
  return {
    path,
    isName: false,
    found: foundValue(value),
    allowed: wordsFor(schema, value),
    hint: meant === undefined ? '' : `did you mean ${meant}?`,
  };
}

const missing = (path: Path): ShapeFault => ({
  path,
  isName: false,
  found: 'nothing',
  allowed: allowed(schemaAt(path)),
  hint: 'the field is required',
});

function unknownField(around: Path, name: string): ShapeFault {
  const known = Object.keys(schemaAt(around).properties ?? {});
  const meant = nearest(name, known) ?? elsewhere(ROOT, '', name);
  return {
    path: [...around, name],
    isName: true,
    found: `the unknown field ${quoted(name)}`,
    allowed: known.join(', '),
    hint: meant === undefined ? '' : `did you mean '${meant}'?`,
  };
}

/** Where a field of that name is known, for one that stands in the wrong place. */
function elsewhere(schema: Schema, path: string, name: string): string | undefined {
  for (const [each, field] of Object.entries(schema.properties ?? {})) {
    const at = path === '' ? each : `${path}.${each}`;
    const inside = elsewhere(field.items ?? field, field.items === undefined ? at : `${at}[]`, name);
    if (each === name || inside !== undefined) return each === name ? at : inside;
  }
  return undefined;
}

function wordsFor(schema: Schema, value: unknown): string {
  const isTooLong = typeof value === 'string' && value.length > (schema.maxLength ?? Infinity);
  return isTooLong ? `${allowed(schema)}, of at most ${schema.maxLength} characters` : allowed(schema);
}

/** Items of a list that are to differ (`set`: as a whole, `map`: in their keys) but do not. */
function repeated(schema: Schema, value: unknown, path: Path): ShapeFault[] {
  if (Array.isArray(value)) {
    const keys = schema['x-kubernetes-list-map-keys'] ?? [];
    const isKeyed = schema['x-kubernetes-list-type'] !== undefined;
    const seen = new Set<string>();
    return value.flatMap((item, index) => {
      const key = keys.length === 0 ? item : item?.[keys[0] as string];
      const isAgain = isKeyed && typeof key === 'string' && seen.has(key);
      if (typeof key === 'string') seen.add(key);
      const at = keys.length === 0 ? [...path, index] : [...path, index, keys[0] as string];
      return [...(isAgain ? [again(at, key)] : []), ...repeated(schema.items ?? {}, item, [...path, index])];
    });
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) =>
    repeated(schemaOf(schema, name) ?? {}, field, [...path, name]),
  );
}

const again = (path: Path, key: string): ShapeFault => ({
  path,
  isName: false,
  found: `${quoted(key)} a second time`,
  allowed: 'each only once in the list',
  hint: '',
});

function pathOf(pointer: string, root: unknown): Path {
  const path: (string | number)[] = [];
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(valueAt(path, root)) ? Number(name) : name);
  }
  return path;
}

const valueAt = (path: Path, root: unknown): unknown =>
  path.reduce<unknown>(
    (value, step) => (value as Record<string | number, unknown> | undefined)?.[step],
    root,
  );

const schemaAt = (path: Path): Schema =>
  path.reduce<Schema>(
    (schema, step) => (typeof step === 'number' ? schema.items : schemaOf(schema, step)) ?? {},
    ROOT,
  );
