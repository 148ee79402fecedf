import type { KubeObject } from '../../../operator/kube/object.ts';
import type { Answer } from './answer.ts';

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly version: number;
}

/** What is asked of a new object; the shelf gives it uid and version. */
export interface Wish {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
}

const EXPIRED = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };

/** The objects of one kind, and what has become of them: listed in pages, watched from any version that is remembered. */
export class Shelf {
  readonly #nextVersion: () => number;
  readonly #objects = new Map<string, KubeObject>();
  readonly #watchers = new Set<{ readonly answer: Answer; readonly wantsBookmarks: boolean }>();
  #history: Change[] = [];
  #version = 0;
  #oldest = 0;

  constructor(nextVersion: () => number) {
    this.#nextVersion = nextVersion;
  }

  get watchers(): readonly Answer[] {
    return [...this.#watchers].map(({ answer }) => answer);
  }

  /** `NAMESPACE/NAME` of all that is there, with its version. */
  get versions(): ReadonlyMap<string, string | undefined> {
    return new Map([...this.#objects].map(([key, { metadata }]) => [key, metadata.resourceVersion]));
  }

  put({ name, namespace = 'default', labels, data }: Wish): void {
    const key = `${namespace}/${name}`;
    const old = this.#objects.get(key);
    const version = this.#nextVersion();
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        namespace,
        uid: old?.metadata.uid ?? `uid-${version}`,
        resourceVersion: String(version),
        ...(labels !== undefined && { labels }),
        managedFields: [{ manager: 'test', operation: 'Apply' }],
      },
      ...(data !== undefined && { data }),
    };
    this.#objects.set(key, object);
    this.#change({ type: old === undefined ? 'ADDED' : 'MODIFIED', object, version });
  }

  remove(name: string, namespace = 'default'): void {
    const key = `${namespace}/${name}`;
    const old = this.#objects.get(key);
    if (old === undefined) throw new Error(`there is no ${key}`);
    this.#objects.delete(key);
    const version = this.#nextVersion();
    const object = { ...old, metadata: { ...old.metadata, resourceVersion: String(version) } };
    this.#change({ type: 'DELETED', object, version });
  }

  /** Forgets how it came to be so: earlier versions, and lists begun before, can't be gone on with. */
  compact(): void {
    this.#version = this.#nextVersion();
    this.#oldest = this.#version;
    this.#history = [];
  }

  /** Tells those who want it which version they have come to. */
  async bookmark(): Promise<void> {
    this.#version = this.#nextVersion();
    const resourceVersion = String(this.#version);
    for (const { answer, wantsBookmarks } of this.#watchers)
      if (wantsBookmarks)
        await answer.event('BOOKMARK', {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { resourceVersion },
        });
  }

  /** Answers a GET of the whole. */
  serve(query: URLSearchParams, answer: Answer): void {
    if (query.get('watch') === 'true') this.#watch(query, answer);
    else this.#list(query, answer);
  }

  #list(query: URLSearchParams, answer: Answer): void {
    const limit = Number(query.get('limit') ?? Number.POSITIVE_INFINITY);
    const [version, from] = (query.get('continue') ?? `${this.#version}:0`).split(':').map(Number) as [
      number,
      number,
    ];
    if (version < this.#oldest) return answer.refuse(410, 'Expired');
    const all = [...this.#objects.values()];
    const page = all.slice(from, from + limit);
    const isLast = from + limit >= all.length;
    answer.json(200, {
      kind: 'ConfigMapList',
      metadata: {
        resourceVersion: String(version),
        ...(!isLast && { continue: `${version}:${from + limit}` }),
      },
      // As in truth, the items of a list do not say what they are.
      items: page.map(({ apiVersion: _, kind: __, ...item }) => item),
    });
  }

  #watch(query: URLSearchParams, answer: Answer): void {
    const from = Number(query.get('resourceVersion'));
    answer.head();
    if (from < this.#oldest) {
      void answer.event('ERROR', EXPIRED).then(() => answer.end());
      return;
    }
    const watcher = { answer, wantsBookmarks: query.get('allowWatchBookmarks') === 'true' };
    this.#watchers.add(watcher);
    answer.onClose(() => this.#watchers.delete(watcher));
    for (const { type, object, version } of this.#history)
      if (version > from) void answer.event(type, object);
  }

  #change(change: Change): void {
    this.#version = change.version;
    this.#history.push(change);
    for (const { answer } of this.#watchers) void answer.event(change.type, change.object);
  }
}
