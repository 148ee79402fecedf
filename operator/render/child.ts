import type { Front } from '../front.ts';
import { type ChildKind, childKind } from '../kinds.ts';
import type { KubeObject } from '../kube/object.ts';
import { labelsOf, ownerOf } from '../names.ts';

/** An object of a front: its kind and name, who owns it, and `body`, without what is undefined or an empty map. */
export function child(
  front: Front,
  kind: ChildKind,
  name: string,
  body: Readonly<Record<string, unknown>>,
  annotations: Readonly<Record<string, string>> = {},
): KubeObject {
  const metadata = {
    name,
    namespace: front.namespace,
    labels: labelsOf(front),
    annotations,
    ownerReferences: [ownerOf(front, front.uid)],
  };
  return withoutEmpty({ apiVersion: childKind(kind).apiVersion, kind, metadata, ...body }) as KubeObject;
}

/** The maps that mean something although they are empty. */
const MEANINGFUL = new Set(['emptyDir', 'namespaceSelector']);

/** The API server forgets empty maps and lists, so that they would look like drift. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value)
    .map(([name, field]) => [name, withoutEmpty(field)] as const)
    .filter(([name, field]) => field !== undefined && (MEANINGFUL.has(name) || !isEmpty(field)));
  return Object.fromEntries(kept);
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;
