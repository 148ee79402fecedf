import { Backoff } from './backoff.ts';
import { ApiError, type Kube } from './call.ts';
import { pagesOf, type Selection } from './list.ts';
import type { KubeObject } from './object.ts';
import { pause } from './pause.ts';
import { Expired, type WatchEvent, watchFrom } from './watch.ts';

/** An object that has come, changed or gone. */
export interface Delta {
  readonly object: KubeObject;
  /** What is remembered of it as it was before: its metadata's names, version and labels; undefined where it is new. */
  readonly old: KubeObject | undefined;
  readonly isGone: boolean;
}

export interface ReflectorOptions extends Selection {
  readonly kube: Kube;
  /** What is kept of an object. */
  readonly lean?: (object: KubeObject) => KubeObject;
  readonly heard: (delta: Delta) => void;
  readonly tally: ReflectorTally;
  readonly random: () => number;
  /** In milliseconds since 1970. */
  readonly now: () => number;
  readonly times?: Partial<Times>;
}

/** What is told of a watch: ends of all kinds, and what only a new list has shown. */
export interface ReflectorTally {
  restarted(kind: string, error: unknown): void;
  missed(kind: string, count: number): void;
  /** A handler of ours has thrown. */
  failed(kind: string, error: unknown): void;
}

export interface Times {
  /** How long the server is asked to keep a watch, in seconds; up to a tenth more by chance. */
  readonly watchSeconds: number;
  /** A watch that is silent for longer is dead: servers send a bookmark a minute. */
  readonly silenceMs: number;
  /** A watch that has lasted for so long is well, also if nothing happened; one that ends before, by then, is not. */
  readonly settledMs: number;
  readonly firstBackoffMs: number;
  readonly longestBackoffMs: number;
  /** How long a server that is busy may ask us to stay away. */
  readonly longestAwayMs: number;
}

const TIMES: Times = {
  watchSeconds: 290,
  silenceMs: 90_000,
  settledMs: 1000,
  firstBackoffMs: 800,
  longestBackoffMs: 30_000,
  longestAwayMs: 60_000,
};

/**
 * Mirrors all objects of one kind: lists them, watches from there on, and begins anew whatever happens, until it is
 * stopped. What went unseen meanwhile is found by comparing, and told like everything else.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #times: Times;
  readonly #known = new Map<string, KubeObject>();
  readonly #stopped = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #done: Promise<void> = Promise.resolve();
  #isSynced = false;
  /** From which it goes on; undefined where only a list helps. */
  #version: string | undefined;
  #lastHeard: number | undefined;
  /** Why it could not list or watch last; undefined while it can. */
  #trouble: unknown;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
  }

  get kind(): string {
    return this.#options.kind;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Resolves when the first list has been told. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** When the server was heard of last, in milliseconds since 1970. */
  get lastHeard(): number | undefined {
    return this.#lastHeard;
  }

  get trouble(): unknown {
    return this.#trouble;
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Nothing is told any more once it has resolved. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the watch was stopped'));
    await this.#done;
  }

  async #run(): Promise<void> {
    const { random, tally } = this.#options;
    const { firstBackoffMs, longestBackoffMs } = this.#times;
    const backoff = new Backoff(firstBackoffMs, longestBackoffMs, random);
    while (!this.#stopped.signal.aborted) {
      let error: unknown;
      try {
        this.#version ??= await this.#list();
        this.#trouble = undefined;
        await this.#watch(this.#version, backoff);
      } catch (thrown) {
        if (this.#stopped.signal.aborted) return;
        if (thrown instanceof Expired) this.#version = undefined;
        error = thrown instanceof Expired ? thrown.cause : thrown;
        this.#trouble = error;
      }
      if (this.#stopped.signal.aborted) return;
      tally.restarted(this.kind, error);
      // Where all is well a little by chance, so that watches that began together do not end so for ever.
      await this.#rest(
        error === undefined
          ? firstBackoffMs * random() * 0.1
          : Math.max(backoff.next(), this.#awayFor(error)),
      );
    }
  }

  /** Takes in all objects; the version that they are of. */
  async #list(): Promise<string> {
    const { kube, tally } = this.#options;
    const seen = new Map<string, KubeObject>();
    let version = '';
    for await (const page of pagesOf(kube, this.#options, this.#stopped.signal)) {
      this.#heardNow();
      version = page.version;
      for (const object of page.objects) seen.set(keyOf(object), this.#lean(object));
    }
    const missed = this.#compare(seen);
    if (this.#isSynced && missed > 0) tally.missed(this.kind, missed);
    this.#isSynced = true;
    this.#synced.resolve();
    return version;
  }

  /** Tells what is gone, new or changed, for nobody has told us; how much that is. */
  #compare(seen: ReadonlyMap<string, KubeObject>): number {
    let missed = 0;
    for (const [key, old] of [...this.#known]) {
      const now = seen.get(key);
      // One of the same name may be another one.
      if (now !== undefined && now.metadata.uid === old.metadata.uid) continue;
      missed++;
      this.#tell(old, true);
    }
    for (const [key, object] of seen) {
      if (this.#known.get(key)?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
      missed++;
      this.#tell(object, false);
    }
    return missed;
  }

  /** Follows the changes from a version on until the server ends the watch. */
  async #watch(from: string, backoff: Backoff): Promise<void> {
    const { kube, random } = this.#options;
    const { watchSeconds, silenceMs, settledMs } = this.#times;
    const times = { seconds: Math.round(watchSeconds * (1 + random() * 0.1)), silenceMs };
    let isWell = false;
    const settle = (): void => {
      isWell = true;
      backoff.reset();
    };
    const timer = setTimeout(settle, settledMs);
    try {
      for await (const event of watchFrom(kube, this.#options, from, times, this.#stopped.signal)) {
        this.#heardNow();
        this.#take(event);
        settle();
      }
    } finally {
      clearTimeout(timer);
    }
    // A server that ends each watch at once must not be asked without end.
    if (!isWell) throw new Error('the watch was ended at once');
  }

  #take({ type, object }: WatchEvent): void {
    const { resourceVersion } = object.metadata;
    if (type === 'DELETED') this.#tell(object, true);
    else if (type !== 'BOOKMARK') this.#tell(this.#lean(object), false);
    this.#version = resourceVersion ?? this.#version;
  }

  /** What is kept of an object: all of it where a bug of ours keeps it from being made lean. */
  #lean(object: KubeObject): KubeObject {
    const { lean, tally } = this.#options;
    try {
      return lean === undefined ? object : lean(object);
    } catch (error) {
      tally.failed(this.kind, error);
      return object;
    }
  }

  #tell(object: KubeObject, isGone: boolean): void {
    if (this.#stopped.signal.aborted) return;
    const key = keyOf(object);
    const old = this.#known.get(key);
    if (isGone) this.#known.delete(key);
    else this.#known.set(key, identityOf(object));
    try {
      this.#options.heard({ object, old, isGone });
    } catch (error) {
      this.#options.tally.failed(this.kind, error);
    }
  }

  #heardNow(): void {
    this.#lastHeard = this.#options.now();
  }

  #awayFor(error: unknown): number {
    const ms = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    return Math.min(ms, this.#times.longestAwayMs);
  }

  /** Ends with the watch where that is stopped. */
  #rest(ms: number): Promise<void> {
    return pause(ms, this.#stopped.signal).catch(() => {});
  }
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** What is needed to tell that an object has changed, or gone, and whose it was. */
function identityOf({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, labels } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(labels !== undefined && { labels }),
    },
  };
}
