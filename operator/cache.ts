import type { KubeObject } from './kube/object.ts';
import { FRONT_LABEL, type FrontName, KIND, keyOf } from './names.ts';
import { nameOf } from './plan.ts';
import type { Cache } from './reconcile.ts';

/** What a watch has told of an object. */
export interface Heard {
  readonly object: KubeObject;
  /** What is remembered of it as it was before; undefined where it is new. */
  readonly old: KubeObject | undefined;
  readonly isGone: boolean;
}

/**
 * All that the watches have told, by front. It holds what the cluster has of ours, and nothing else: as JSON, which takes
 * a fifth of what the objects would, for there are thousands of them and few are looked at at a time.
 */
export class FrontCache implements Cache {
  readonly #fronts = new Map<string, string>();
  readonly #children = new Map<string, Map<string, string>>();
  readonly #pods = new Map<string, Map<string, string>>();

  get size(): number {
    return this.#fronts.size;
  }

  keys(): Iterable<string> {
    return this.#fronts.keys();
  }

  front(name: FrontName): KubeObject | undefined {
    const text = this.#fronts.get(keyOf(name));
    return text === undefined ? undefined : unpacked(text);
  }

  children(name: FrontName): readonly KubeObject[] {
    return [...(this.#children.get(keyOf(name))?.values() ?? [])].map(unpacked);
  }

  pods(name: FrontName): readonly KubeObject[] {
    return [...(this.#pods.get(keyOf(name))?.values() ?? [])].map(unpacked);
  }

  /** Takes in what a watch has told; the keys of the fronts that it is about. */
  hear({ object, old, isGone }: Heard): readonly string[] {
    if (object.kind === KIND) {
      const key = frontKey(object);
      if (isGone) this.#fronts.delete(key);
      else this.#fronts.set(key, JSON.stringify(object));
      return [key];
    }
    const [now, before] = [ownerKey(object), old && ownerKey(old)];
    if (before !== undefined && (isGone || before !== now)) this.#drop(before, old as KubeObject);
    if (now !== undefined && isGone) this.#drop(now, object);
    if (now !== undefined && !isGone) this.#keep(now, object);
    return [...new Set([now, before])].filter((key) => key !== undefined);
  }

  #of(object: KubeObject): Map<string, Map<string, string>> {
    return object.kind === 'Pod' ? this.#pods : this.#children;
  }

  #keep(key: string, object: KubeObject): void {
    const all = this.#of(object);
    const mine = all.get(key) ?? new Map<string, string>();
    mine.set(nameOf(object), JSON.stringify(object));
    all.set(key, mine);
  }

  #drop(key: string, object: KubeObject): void {
    const all = this.#of(object);
    const mine = all.get(key);
    mine?.delete(nameOf(object));
    if (mine?.size === 0) all.delete(key);
  }
}

const unpacked = (text: string): KubeObject => JSON.parse(text) as KubeObject;

const frontKey = ({ metadata }: KubeObject): string =>
  keyOf({ namespace: metadata.namespace ?? '', name: metadata.name });

/** The front whose label an object bears. */
function ownerKey({ metadata }: KubeObject): string | undefined {
  const name = metadata.labels?.[FRONT_LABEL];
  return name === undefined ? undefined : keyOf({ namespace: metadata.namespace ?? '', name });
}
