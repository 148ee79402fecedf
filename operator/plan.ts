import { canonicalJson, sha256 } from './canonical.ts';
import { covers } from './covers.ts';
import type { KubeObject } from './kube/object.ts';
import { APPLIED_HASH } from './names.ts';

/** Why an object is written. */
export type Cause = 'Created' | 'Updated' | 'DriftCorrected';

export interface Step {
  readonly cause: Cause;
  /** With the hash by which the next look knows it. */
  readonly object: KubeObject;
}

export interface Plan {
  readonly apply: readonly Step[];
  /** Ours, but not wished for any more. */
  readonly remove: readonly KubeObject[];
  /** Names that we need and somebody else has, as `Kind/name`. */
  readonly taken: readonly string[];
}

/**
 * What is to be done so that the world is as wished. `live` is what bears the front's label; what of it another
 * resource owns (`uid` is the front's own) is never touched. `settled` says of an object that the API server makes
 * something else of our wish, each time: that is no drift.
 */
export function plan(
  wished: readonly KubeObject[],
  live: readonly KubeObject[],
  uid: string,
  settled: (live: KubeObject) => boolean,
): Plan {
  const byName = new Map(live.map((object) => [nameOf(object), object]));
  const taken = wished.map(nameOf).filter((name) => {
    const there = byName.get(name);
    return there !== undefined && isOthers(there, uid);
  });
  const apply = wished
    .filter((object) => !taken.includes(nameOf(object)))
    .flatMap((object): Step[] => {
      const marked = withHash(object);
      const hash = marked.metadata.annotations?.[APPLIED_HASH] ?? '';
      const cause = causeOf(marked, hash, byName.get(nameOf(object)), settled);
      return cause === undefined ? [] : [{ cause, object: marked }];
    });
  const names = new Set(wished.map(nameOf));
  const remove = live.filter(
    (object) =>
      !names.has(nameOf(object)) && isOwnedBy(object, uid) && object.metadata.deletionTimestamp === undefined,
  );
  return { apply, remove, taken };
}

function causeOf(
  wished: KubeObject,
  hash: string,
  live: KubeObject | undefined,
  settled: (live: KubeObject) => boolean,
): Cause | undefined {
  if (live === undefined) return 'Created';
  // It goes; the watch tells when it is gone, and then it is created anew.
  if (live.metadata.deletionTimestamp !== undefined) return undefined;
  if (live.metadata.annotations?.[APPLIED_HASH] !== hash) return 'Updated';
  return covers(live, wished) || settled(live) ? undefined : 'DriftCorrected';
}

/** `Service/office-midreg-udp`, within a namespace. */
export const nameOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;

export const isOwnedBy = ({ metadata }: KubeObject, uid: string): boolean =>
  metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;

/** Whether an object is none that we have written for the front with that uid, or for a former one of its name. */
export const isOthers = (object: KubeObject, uid: string): boolean =>
  !isOwnedBy(object, uid) && object.metadata.annotations?.[APPLIED_HASH] === undefined;

function withHash(object: KubeObject): KubeObject {
  const { metadata } = object;
  const annotations = { ...metadata.annotations, [APPLIED_HASH]: sha256(canonicalJson(object)).slice(0, 32) };
  return { ...object, metadata: { ...metadata, annotations } };
}
