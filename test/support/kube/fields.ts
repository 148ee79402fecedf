import { isDeepStrictEqual } from 'node:util';

/** A step into an object: the name of a map's field, or the keys of an element of a list of named things. */
export type Step = string | Readonly<Record<string, unknown>>;

export type Path = readonly Step[];

type Fields = Record<string, unknown>;

const isMap = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** By what the elements of a list are told apart, by the list's field; the first set that all elements have. Others are one value. */
const LIST_KEYS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  ownerReferences: [['uid']],
  conditions: [['type']],
  containers: [['name']],
  initContainers: [['name']],
  volumes: [['name']],
  volumeMounts: [['mountPath']],
  env: [['name']],
  imagePullSecrets: [['name']],
  listeners: [['name']],
  addresses: [['listener', 'side']],
  endpoints: [['name']],
  ports: [
    ['containerPort', 'protocol'],
    ['port', 'protocol'],
  ],
};

/** Maps that are one value. */
const ATOMIC = new Set(['selector', 'podSelector', 'nodeSelector']);

/** Metadata that nobody owns. */
const SYSTEM = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'managedFields',
]);

const keysOf = (field: string, list: readonly unknown[]): readonly string[] | undefined =>
  LIST_KEYS[field]?.find((keys) =>
    list.every((element) => isMap(element) && keys.every((key) => element[key] !== undefined)),
  );

/** The fields of an object that a writer owns, by their paths as texts: those of its status, or all others. */
export function leavesOf(object: object, isStatus: boolean): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  const walk = (value: unknown, path: Path): void => {
    const field = path.at(-1);
    const name = typeof field === 'string' ? field : '';
    if (isMap(value) && Object.keys(value).length > 0 && !ATOMIC.has(name)) {
      for (const [each, inner] of Object.entries(value)) walk(inner, [...path, each]);
      return;
    }
    const keys = Array.isArray(value) && value.length > 0 ? keysOf(name, value) : undefined;
    if (keys === undefined) leaves.set(JSON.stringify(path), value);
    else
      for (const element of value as Fields[])
        walk(element, [...path, Object.fromEntries(keys.map((key) => [key, element[key]]))]);
  };
  for (const [name, value] of Object.entries(object))
    if (name === 'metadata' && !isStatus) {
      for (const [field, inner] of Object.entries(value as Fields))
        if (!SYSTEM.has(field)) walk(inner, [name, field]);
    } else if (
      name !== 'metadata' &&
      name !== 'apiVersion' &&
      name !== 'kind' &&
      (name === 'status') === isStatus
    )
      walk(value, [name]);
  return leaves;
}

const isElement = (keys: Readonly<Record<string, unknown>>) => (element: unknown) =>
  isMap(element) && Object.entries(keys).every(([key, value]) => element[key] === value);

/** What stands at a path; undefined for nothing. */
export function fieldAt(object: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof step === 'string') return isMap(value) ? value[step] : undefined;
    return Array.isArray(value) ? value.find(isElement(step)) : undefined;
  }, object);
}

/** Puts a value at a path, in place, with all that leads to it. */
export function setField(object: object, path: Path, value: unknown): void {
  let at: unknown = object;
  path.forEach((step, i) => {
    const next = path[i + 1];
    if (typeof step === 'string') {
      const map = at as Fields;
      if (next === undefined) map[step] = value;
      else if (typeof next === 'string') map[step] = isMap(map[step]) ? map[step] : {};
      else map[step] = Array.isArray(map[step]) ? map[step] : [];
      at = map[step];
      return;
    }
    const list = at as unknown[];
    if (!list.some(isElement(step))) list.push({ ...step });
    at = list.find(isElement(step));
  });
}

/** Brings the elements of a list, in place, into the order in which they are named; others stay at their places. */
export function orderElements(list: unknown[], order: readonly Step[]): void {
  const isNamed = (element: unknown): boolean =>
    order.some((keys) => typeof keys !== 'string' && isElement(keys)(element));
  const places = list.flatMap((element, i) => (isNamed(element) ? [i] : []));
  const named = order.flatMap((keys) =>
    typeof keys === 'string' ? [] : list.filter(isElement(keys)).slice(0, 1),
  );
  for (const [i, element] of named.entries()) list[places[i] ?? list.length] = element;
}

/** Takes away what stands at a path, in place, and the maps and lists that it leaves empty. */
export function removeField(object: object, path: Path): void {
  const [step, parent] = [path.at(-1), fieldAt(object, path.slice(0, -1))];
  if (step === undefined) return;
  if (typeof step === 'string' && isMap(parent)) delete parent[step];
  else if (typeof step !== 'string' && Array.isArray(parent)) {
    const place = parent.findIndex(isElement(step));
    if (place >= 0) parent.splice(place, 1);
  } else return;
  const isEmpty = Array.isArray(parent) ? parent.length === 0 : Object.keys(parent as Fields).length === 0;
  if (isEmpty && path.length > 1) removeField(object, path.slice(0, -1));
}

/** The elements of lists that a path leads through, the outermost first. */
export const elementsOn = (path: Path): readonly Path[] =>
  path.flatMap((step, i) => (typeof step === 'string' ? [] : [path.slice(0, i + 1)]));

export const pathOfText = (text: string): Path => JSON.parse(text) as Path;

/** Whether the path that a text tells leads through another. */
export const isBelow = (text: string, path: Path): boolean =>
  isDeepStrictEqual(pathOfText(text).slice(0, path.length), path);

/** Paths as `metadata.managedFields[].fieldsV1` has them. */
export function fieldsV1(paths: Iterable<string>): object {
  const root: Fields = {};
  for (const text of paths) {
    let at = root;
    for (const step of pathOfText(text)) {
      const name = typeof step === 'string' ? `f:${step}` : `k:${JSON.stringify(step)}`;
      at[name] ??= {};
      at = at[name] as Fields;
    }
  }
  return root;
}

/** RFC 7396. */
export function mergePatch(value: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const merged: Fields = isMap(value) ? { ...value } : {};
  for (const [name, field] of Object.entries(patch))
    if (field === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], field);
  return merged;
}
