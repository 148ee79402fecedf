import { Backoff } from './backoff.ts';
import { ApiError, type Kube } from './call.ts';
import type { KubeObject } from './object.ts';
import { type PathParts, pathOf } from './path.ts';

/** An object that has come, changed or gone. */
export interface Delta {
  readonly object: KubeObject;
  /** What is remembered of it as it was before: its metadata's names, version and labels; undefined where it is new. */
  readonly old: KubeObject | undefined;
  readonly isGone: boolean;
}

export interface ReflectorOptions {
  readonly kube: Kube;
  readonly kind: string;
  readonly of: PathParts;
  /** `key=value` or `key`, as the API server's labelSelector. */
  readonly labelSelector?: string;
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
  readonly firstBackoffMs: number;
  readonly longestBackoffMs: number;
}

const TIMES: Times = { watchSeconds: 290, silenceMs: 90_000, firstBackoffMs: 800, longestBackoffMs: 30_000 };

/** Objects a list answers at a time. */
const PAGE = 500;

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
    const backoff = new Backoff(this.#times.firstBackoffMs, this.#times.longestBackoffMs, random);
    let version: string | undefined;
    while (!this.#stopped.signal.aborted) {
      try {
        version ??= await this.#list();
        this.#trouble = undefined;
        version = await this.#watch(version, () => backoff.reset());
        tally.restarted(this.kind, undefined);
        // A server that ends each watch at once must not be asked without end.
        await this.#rest(this.#times.firstBackoffMs * random() * 0.1);
      } catch (error) {
        if (this.#stopped.signal.aborted) return;
        this.#trouble = error;
        tally.restarted(this.kind, error);
        if (error instanceof Lost) version = error.version;
        await this.#rest(backoff.next());
      }
    }
  }

  /** Takes in all objects; the version that they are of. */
  async #list(): Promise<string> {
    const { kube, of, labelSelector, tally } = this.#options;
    const seen = new Map<string, KubeObject>();
    let version = '';
    let next = '';
    do {
      const answer = (await kube.send({
        method: 'GET',
        path: pathOf(of),
        query: {
          limit: String(PAGE),
          ...(labelSelector && { labelSelector }),
          ...(next && { continue: next }),
        },
        signal: this.#stopped.signal,
      })) as ListAnswer;
      this.#stopped.signal.throwIfAborted();
      this.#heardNow();
      for (const item of answer.items ?? []) {
        // The items of a list do not say what they are.
        const object = { ...item, apiVersion: of.apiVersion, kind: this.kind };
        seen.set(keyOf(object), object);
      }
      version = answer.metadata?.resourceVersion ?? '';
      next = answer.metadata?.continue ?? '';
    } while (next !== '');
    let missed = 0;
    for (const [key, old] of [...this.#known])
      if (!seen.has(key)) {
        missed++;
        this.#tell({ object: old, old, isGone: true });
      }
    for (const object of seen.values()) {
      const old = this.#known.get(keyOf(object));
      if (old?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
      missed++;
      this.#tell({ object, old, isGone: false });
    }
    if (this.#isSynced && missed > 0) tally.missed(this.kind, missed);
    this.#isSynced = true;
    this.#synced.resolve();
    return version;
  }

  /** Follows the changes from a version on until the server ends the watch; the version that was reached. */
  async #watch(from: string, isHealthy: () => void): Promise<string> {
    const { kube, of, labelSelector, random } = this.#options;
    const silent = new AbortController();
    const seconds = Math.round(this.#times.watchSeconds * (1 + random() * 0.1));
    let version = from;
    let timer = this.#listenFor(silent);
    try {
      const lines = kube.lines({
        method: 'GET',
        path: pathOf(of),
        query: {
          watch: 'true',
          allowWatchBookmarks: 'true',
          resourceVersion: from,
          timeoutSeconds: String(seconds),
          ...(labelSelector && { labelSelector }),
        },
        signal: AbortSignal.any([this.#stopped.signal, silent.signal]),
      });
      for await (const line of lines) {
        this.#stopped.signal.throwIfAborted();
        clearTimeout(timer);
        timer = this.#listenFor(silent);
        this.#heardNow();
        version = this.#take(JSON.parse(line) as WatchEvent) ?? version;
        isHealthy();
      }
      return version;
    } catch (error) {
      const isExpired = error instanceof ApiError && (error.status === 410 || error.reason === 'Expired');
      throw new Lost(error, isExpired ? undefined : version);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The version that an event brings; throws where the server says that it can't go on. */
  #take({ type, object }: WatchEvent): string | undefined {
    if (type === 'ERROR') {
      const { code = 0, reason = '', message = 'the watch failed' } = object as unknown as StatusAnswer;
      throw new ApiError(code, reason, message);
    }
    if (type !== 'BOOKMARK') {
      const old = this.#known.get(keyOf(object));
      this.#tell({ object, old, isGone: type === 'DELETED' });
    }
    return object.metadata.resourceVersion;
  }

  #tell({ object, old, isGone }: Delta): void {
    const kept = isGone ? object : (this.#options.lean?.(object) ?? object);
    if (isGone) this.#known.delete(keyOf(object));
    else this.#known.set(keyOf(object), identityOf(object));
    try {
      this.#options.heard({ object: kept, old, isGone });
    } catch (error) {
      this.#options.tally.failed(this.kind, error);
    }
  }

  #heardNow(): void {
    this.#lastHeard = this.#options.now();
  }

  #listenFor(silent: AbortController): NodeJS.Timeout {
    const error = new Error(`the watch was silent for ${this.#times.silenceMs / 1000} s`);
    return setTimeout(() => silent.abort(error), this.#times.silenceMs);
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#stopped.signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#stopped.signal.addEventListener('abort', end);
      if (this.#stopped.signal.aborted) end();
    });
  }
}

interface ListAnswer {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubeObject[];
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject;
}

interface StatusAnswer {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
}

/** A watch that has ended before its time, and from where it can go on; undefined where only a new list helps. */
class Lost extends Error {
  readonly version: string | undefined;

  constructor(cause: unknown, version: string | undefined) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.version = version;
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
