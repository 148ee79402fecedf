import { canonicalJson, sha256 } from './canonical.ts';
import { covers } from './covers.ts';
import type { KubeObject } from './kube/object.ts';
import { lean } from './lean.ts';
import { APPLIED_HASH } from './names.ts';
import { nameOf } from './plan.ts';

/** An object that was written, and when. */
interface Fresh {
  readonly object: KubeObject;
  readonly at: number;
}

/**
 * So long a write is believed over the watch: of an object that goes again before the answer to its write is read, or
 * between two lists, the watch tells too early or never.
 */
const FRESH_MS = 120_000;

/**
 * What we have written and the watch has not told yet, so that a look at the cache just after a write does not write
 * again; and what the API server makes of our wishes where it always makes something else of them. Both are small: an
 * entry goes when the watch tells of its object, by its age, or with its front. Times are in milliseconds since 1970.
 */
export class Written {
  readonly #fresh = new Map<string, Map<string, Fresh>>();
  readonly #settled = new Map<string, Map<string, string>>();
  readonly #fronts = new Map<string, KubeObject>();

  /** Notes what the API server answered to a write of `wished`. */
  note(front: string, wished: KubeObject, answer: KubeObject, now: number): void {
    entry(this.#fresh, front).set(nameOf(answer), { object: lean(answer), at: now });
    const settled = entry(this.#settled, front);
    if (covers(answer, wished)) settled.delete(nameOf(answer));
    else settled.set(nameOf(answer), shape(answer));
  }

  /** Whether `live` is what the API server made of our last wish, though that is not what we wished. */
  isSettled(front: string, live: KubeObject): boolean {
    return this.#settled.get(front)?.get(nameOf(live)) === shape(live);
  }

  /** The watch has told of an object, or that it is gone. */
  heard(front: string, object: KubeObject, isGone: boolean): void {
    const fresh = this.#fresh.get(front);
    const ours = fresh?.get(nameOf(object));
    if (ours !== undefined && (isGone || !isNewer(ours.object, object))) fresh?.delete(nameOf(object));
  }

  /** The cached objects of a front with our newer writes over them. */
  over(front: string, cached: readonly KubeObject[], now: number): readonly KubeObject[] {
    const fresh = this.#fresh.get(front);
    if (fresh === undefined || fresh.size === 0) return cached;
    const byName = new Map(cached.map((object) => [nameOf(object), object]));
    for (const [name, { object: ours, at }] of fresh) {
      if (now - at >= FRESH_MS) {
        fresh.delete(name);
        continue;
      }
      const theirs = byName.get(name);
      if (theirs === undefined || isNewer(ours, theirs)) byName.set(name, ours);
    }
    return [...byName.values()];
  }

  /** Notes what the API server answered to a write of a front's status. */
  noteFront(front: string, answer: KubeObject): void {
    this.#fronts.set(front, lean(answer));
  }

  /** The front with the status that we wrote last, where the watch has not told of it yet. */
  front(front: string, cached: KubeObject): KubeObject {
    const ours = this.#fronts.get(front);
    if (ours === undefined) return cached;
    if (ours.metadata.uid === cached.metadata.uid && isNewer(ours, cached)) return ours;
    this.#fronts.delete(front);
    return cached;
  }

  forget(front: string): void {
    this.#fronts.delete(front);
    this.#fresh.delete(front);
    this.#settled.delete(front);
  }
}

function entry<T>(map: Map<string, Map<string, T>>, front: string): Map<string, T> {
  const found = map.get(front) ?? new Map<string, T>();
  map.set(front, found);
  return found;
}

/** Versions of one object are decimal numbers that grow; of an equal length the text's order is theirs. */
function isNewer(one: KubeObject, other: KubeObject): boolean {
  const [a, b] = [one.metadata.resourceVersion ?? '', other.metadata.resourceVersion ?? ''];
  return a.length === b.length ? a > b : a.length > b.length;
}

/** All but what changes by itself. */
function shape({ metadata, ...object }: KubeObject): string {
  const { labels, annotations, ownerReferences } = metadata;
  const { status: _, ...body } = object as Record<string, unknown>;
  return sha256(canonicalJson({ labels, ownerReferences, hash: annotations?.[APPLIED_HASH], body }));
}
