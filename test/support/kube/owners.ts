import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../../../operator/kube/call.ts';
import type { KubeObject, ManagedFields } from '../../../operator/kube/object.ts';
import {
  elementsOn,
  fieldAt,
  fieldsV1,
  isBelow,
  leavesOf,
  orderElements,
  type Path,
  pathOfText,
  removeField,
  setField,
} from './fields.ts';

/** Who writes, how, and through which door. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource: string | undefined;
}

interface Owner extends Writer {
  readonly paths: ReadonlySet<string>;
}

/** An object, and who has set which of its fields. */
export interface Owned {
  readonly object: KubeObject;
  readonly owners: readonly Owner[];
}

const isSame = (one: Writer, other: Writer): boolean =>
  one.manager === other.manager && one.operation === other.operation && one.subresource === other.subresource;

const without = (owner: Owner, isGone: (path: string) => boolean): Owner => ({
  ...owner,
  paths: new Set([...owner.paths].filter((path) => !isGone(path))),
});

/**
 * Server-side apply: fields of the wish become so, fields that this writer had wished before and nobody else has set go,
 * all others stay. What others have set otherwise is a conflict, or taken from them by force.
 */
export function applyOver(live: Owned, wished: KubeObject, writer: Writer, force: boolean): Owned {
  const wish = leavesOf(wished, writer.subresource === 'status');
  const others = live.owners.filter((owner) => !isSame(owner, writer));
  const differs = (path: string): boolean =>
    !isDeepStrictEqual(fieldAt(live.object, pathOfText(path)), wish.get(path));
  const isContested = (path: string): boolean => wish.has(path) && differs(path);
  const conflicts = others.flatMap(({ manager, paths }) =>
    [...paths].filter(isContested).map((path) => `conflict with "${manager}": ${path}`),
  );
  if (conflicts.length > 0 && !force)
    throw new ApiError(
      409,
      'Conflict',
      `Apply failed with ${conflicts.length} conflict: ${conflicts.join('; ')}`,
    );
  const object = structuredClone(live.object);
  const rest = others.map((owner) => without(owner, isContested));
  const former = live.owners.find((owner) => isSame(owner, writer))?.paths ?? new Set<string>();
  const kept = [...wish.keys(), ...rest.flatMap(({ paths }) => [...paths])];
  for (const text of former) if (!kept.includes(text)) drop(object, pathOfText(text), kept);
  for (const [text, value] of wish) setField(object, pathOfText(text), structuredClone(value));
  orderAs(object, [...wish.keys()].map(pathOfText));
  return { object, owners: owning(rest, { ...writer, paths: new Set(wish.keys()) }) };
}

/** The order of the wish counts in each list that it names elements of. */
function orderAs(object: KubeObject, wish: readonly Path[]): void {
  const orders = new Map<string, Path[number][]>();
  for (const element of wish.flatMap(elementsOn)) {
    const list = JSON.stringify(element.slice(0, -1));
    const order = orders.get(list) ?? [];
    const last = element.at(-1);
    if (last !== undefined && !order.some((each) => isDeepStrictEqual(each, last))) order.push(last);
    orders.set(list, order);
  }
  for (const [list, order] of orders) orderElements(fieldAt(object, pathOfText(list)) as unknown[], order);
}

/** Drops a field; and all of an element of a list, defaults too, of which nobody owns anything any more. */
function drop(object: KubeObject, path: Path, kept: readonly string[]): void {
  const forsaken = elementsOn(path).find((element) => !kept.some((text) => isBelow(text, element)));
  removeField(object, forsaken ?? path);
}

/** A write of the whole object: who changes a field owns it from then on, and alone. */
export function updateOver(live: Owned, object: KubeObject, writer: Writer): Owned {
  const isStatus = writer.subresource === 'status';
  const [before, after] = [leavesOf(live.object, isStatus), leavesOf(object, isStatus)];
  const isChanged = (path: string): boolean => !isDeepStrictEqual(before.get(path), after.get(path));
  const changed = [...after.keys()].filter(isChanged);
  const others = live.owners.map((owner) => without(owner, isChanged));
  const mine = others.find((owner) => isSame(owner, writer))?.paths ?? [];
  const rest = others.filter((owner) => !isSame(owner, writer));
  return { object, owners: owning(rest, { ...writer, paths: new Set([...mine, ...changed]) }) };
}

const owning = (others: readonly Owner[], mine: Owner): readonly Owner[] =>
  [...others, mine].filter(({ paths }) => paths.size > 0);

export const managedFields = (owners: readonly Owner[]): readonly ManagedFields[] =>
  owners.map(({ manager, operation, subresource, paths }) => ({
    manager,
    operation,
    ...(subresource !== undefined && { subresource }),
    fieldsV1: fieldsV1(paths),
  }));
