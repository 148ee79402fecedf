import { ApiError, type Kube } from './call.ts';
import { microTime } from './election.ts';
import { Limiter } from './limiter.ts';
import type { KubeObject } from './object.ts';
import { pathOf } from './path.ts';

/** What has happened to an object, for people to read. */
export interface Happening {
  readonly regarding: KubeObject;
  readonly type: 'Normal' | 'Warning';
  /** Why, one word in CamelCase. */
  readonly reason: string;
  /** What was done or seen, one word in CamelCase. */
  readonly action: string;
  /** A sentence. */
  readonly note: string;
}

export interface RecorderOptions {
  readonly kube: Kube;
  /** `midregistrar.dev/operator`. */
  readonly controller: string;
  /** The pod. */
  readonly instance: string;
  /** In milliseconds since 1970. */
  readonly now: () => number;
  readonly random: () => number;
  /** An event that was left out, with how many there are of them. */
  readonly onDropped: () => void;
  /** That events can't be written at all; told once. */
  readonly onDisabled: (reason: string) => void;
}

/** client-go's bounds: what an object may have at once, and how soon it may have another one. */
const BURST = 25;
const PER_SECOND = 1 / 300;

/** The same is counted and not told again within this time. */
const SERIES_MS = 6 * 60_000;

/** A count that grows is written so often. */
const COUNT_EVERY_MS = 30_000;

const MAX_WAITING = 1000;
const MAX_SERIES = 5000;
/** In bytes. */
const MAX_NOTE = 1024;

interface Series {
  readonly path: string;
  readonly namespace: string;
  readonly name: string;
  /** Settled once the event has been made. */
  isMade: boolean;
  count: number;
  lastAt: number;
  writtenAt: number;
}

/** Writes events without ever holding up or failing who records them; repeats are counted in the first one. */
export class EventRecorder {
  readonly #options: RecorderOptions;
  readonly #series = new Map<string, Series>();
  readonly #limits = new Map<string, Limiter>();
  readonly #waiting: (() => Promise<void>)[] = [];
  #writing: Promise<void> | undefined;
  #isDisabled = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  record(happening: Happening): void {
    if (this.#isDisabled) return;
    const now = this.#options.now();
    const { regarding, type, reason, note } = happening;
    const id = `${regarding.metadata.uid} ${type} ${reason} ${note}`;
    const series = this.#series.get(id);
    if (series !== undefined && now - series.lastAt < SERIES_MS) {
      this.#countUp(series, now);
      return;
    }
    if (!this.#mayTell(regarding.metadata.uid ?? '', now)) {
      this.#options.onDropped();
      return;
    }
    const begun = this.#begin(happening, now);
    this.#series.delete(id);
    this.#series.set(id, begun);
    trim(this.#series, MAX_SERIES);
    this.#later(async () => {
      await this.#options.kube.send({
        method: 'POST',
        path: begun.path,
        body: eventOf(happening, begun, this.#options, now),
      });
      begun.isMade = true;
    });
  }

  /** Writes what waits, for at most `ms`. */
  async close(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    await Promise.race([this.#writing, promise]);
    clearTimeout(timer);
    this.#isDisabled = true;
  }

  #mayTell(uid: string, now: number): boolean {
    const limit = this.#limits.get(uid) ?? new Limiter(PER_SECOND, BURST);
    this.#limits.delete(uid);
    this.#limits.set(uid, limit);
    trim(this.#limits, MAX_SERIES);
    return limit.tryTake(now);
  }

  #begin({ regarding }: Happening, now: number): Series {
    const namespace = regarding.metadata.namespace ?? 'default';
    const mark = Math.floor(this.#options.random() * 2 ** 48)
      .toString(16)
      .padStart(12, '0');
    const path = pathOf({ apiVersion: 'events.k8s.io/v1', plural: 'events', namespace });
    const name = `${regarding.metadata.name}.${mark}`;
    return { path, namespace, name, isMade: false, count: 1, lastAt: now, writtenAt: now };
  }

  #countUp(series: Series, now: number): void {
    series.count++;
    series.lastAt = now;
    if (now - series.writtenAt < COUNT_EVERY_MS) return;
    series.writtenAt = now;
    this.#later(async () => {
      if (!series.isMade) return;
      await this.#options.kube.send({
        method: 'PATCH',
        path: `${series.path}/${series.name}`,
        contentType: 'application/merge-patch+json',
        body: { series: { count: series.count, lastObservedTime: microTime(series.lastAt) } },
      });
    });
  }

  #later(write: () => Promise<void>): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#options.onDropped();
      return;
    }
    this.#waiting.push(write);
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
    });
  }

  async #drain(): Promise<void> {
    for (let write = this.#waiting.shift(); write !== undefined; write = this.#waiting.shift()) {
      try {
        await write();
      } catch (error) {
        this.#hear(error);
      }
    }
  }

  #hear(error: unknown): void {
    this.#options.onDropped();
    // 403 also says that a namespace is going away, and that is no news.
    if (!(error instanceof ApiError) || error.status !== 403 || error.message.includes('being terminated'))
      return;
    this.#isDisabled = true;
    this.#waiting.length = 0;
    this.#options.onDisabled(
      `${error.message}; the operator needs create and patch on events (events.k8s.io)`,
    );
  }
}

/** Forgets the oldest. */
function trim(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

function eventOf(
  { regarding, type, reason, action, note }: Happening,
  { name, namespace }: Series,
  { controller, instance }: RecorderOptions,
  now: number,
): object {
  const { apiVersion, kind, metadata } = regarding;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name, namespace },
    eventTime: microTime(now),
    reportingController: controller,
    reportingInstance: instance.slice(0, 128),
    type,
    reason,
    action,
    note: shortened(note),
    regarding: {
      apiVersion,
      kind,
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
    },
  };
}

function shortened(note: string): string {
  const bytes = Buffer.from(note, 'utf8');
  if (bytes.length <= MAX_NOTE) return note;
  const cut = bytes.subarray(0, MAX_NOTE - 3).toString('utf8');
  // A character that was cut in half shows as the replacement character.
  return `${cut.replace(/\uFFFD$/, '')}…`.slice(0, MAX_NOTE - 3);
}
