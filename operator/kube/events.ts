import { ApiError, type Kube } from './call.ts';
import { microTime } from './election.ts';
import { Limiter } from './limiter.ts';
import type { KubeObject } from './object.ts';
import { pathOf } from './path.ts';
import { type After, afterMs } from './pause.ts';

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
  /** An event that was left out, or a count that was not written. */
  readonly onDropped: () => void;
  /** That events can't be written at all; told once. */
  readonly onDisabled: (reason: string) => void;
  /** Node's timers where none is named. */
  readonly after?: After;
}

/** client-go's bounds: what an object may have at once, and how soon it may have another one. */
const BURST = 25;
const PER_SECOND = 1 / 300;

/** The same is counted and not told again within this time. */
const SERIES_MS = 6 * 60_000;

/** Counts that have grown are written so often. */
const COUNT_EVERY_MS = 30_000;

const MAX_WAITING = 1000;
const MAX_SERIES = 5000;
const TIMEOUT_MS = 10_000;

/** How often an event is tried, with the next counts, before it is left out. */
const MAX_ATTEMPTS = 3;

/** What the API server takes: bytes of a note, characters of a name and of the shorter fields. */
const MAX_NOTE = 1024;
const MAX_NAME = 253;
const MAX_FIELD = 128;

/** An event, and how often it has happened. */
interface Series {
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly body: object;
  /** Whether the API server has it. */
  isMade: boolean;
  count: number;
  /** The count that the API server knows. */
  written: number;
  /** Attempts to write it since the last that succeeded. */
  failures: number;
  lastAt: number;
}

/** Writes events without ever holding up or failing who records them; repeats are counted in the first one. */
export class EventRecorder {
  readonly #options: RecorderOptions;
  readonly #after: After;
  readonly #series = new Map<string, Series>();
  readonly #limits = new Map<string, Limiter>();
  /** Those to be written, in the order of their coming. */
  readonly #waiting = new Set<Series>();
  #writing: Promise<void> | undefined;
  /** Rings when counts that have grown are to be written. */
  #cancelAlarm: (() => void) | undefined;
  readonly #aborter = new AbortController();
  #isDisabled = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#after = options.after ?? afterMs;
  }

  record(happening: Happening): void {
    if (this.#isDisabled) return;
    const now = this.#options.now();
    const { regarding, type, reason, note } = happening;
    const { uid = '', namespace = '', name } = regarding.metadata;
    const object = `${uid} ${namespace} ${name}`;
    const id = `${object} ${type} ${reason} ${note}`;
    const series = this.#series.get(id);
    if (series !== undefined && now - series.lastAt < SERIES_MS) {
      series.count++;
      series.lastAt = now;
      this.#setAlarm();
      return;
    }
    if (!this.#mayTell(object, now)) {
      this.#options.onDropped();
      return;
    }
    const begun = this.#begin(id, happening, now);
    if (!this.#write(begun)) return;
    this.#series.delete(id);
    this.#series.set(id, begun);
    trim(this.#series, MAX_SERIES);
  }

  /** Writes what waits, for at most `ms`, and no more then. Never rejects. */
  async close(ms: number): Promise<void> {
    this.#ring();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#after(ms, resolve);
    await Promise.race([this.#writing, promise]);
    cancel();
    this.#disable();
  }

  #disable(): void {
    this.#isDisabled = true;
    this.#cancelAlarm?.();
    this.#aborter.abort(new Error('the recorder is closed'));
    this.#waiting.clear();
    this.#series.clear();
  }

  #mayTell(object: string, now: number): boolean {
    const limit = this.#limits.get(object) ?? new Limiter(PER_SECOND, BURST);
    this.#limits.delete(object);
    this.#limits.set(object, limit);
    trim(this.#limits, MAX_SERIES);
    return limit.tryTake(now);
  }

  #begin(id: string, happening: Happening, now: number): Series {
    const { metadata } = happening.regarding;
    const namespace = metadata.namespace ?? 'default';
    const name = nameOf(metadata.name, this.#options.random);
    const path = pathOf({ apiVersion: 'events.k8s.io/v1', plural: 'events', namespace });
    const body = eventOf(happening, { name, namespace }, this.#options, now);
    return { id, path, name, body, isMade: false, count: 1, written: 0, failures: 0, lastAt: now };
  }

  #setAlarm(): void {
    this.#cancelAlarm ??= this.#after(COUNT_EVERY_MS, () => this.#ring());
  }

  /** Writes the counts that have grown, and forgets what has not happened for long. */
  #ring(): void {
    this.#cancelAlarm?.();
    this.#cancelAlarm = undefined;
    const now = this.#options.now();
    for (const [id, series] of this.#series) {
      if (now - series.lastAt >= SERIES_MS) this.#series.delete(id);
      if (series.count > series.written && !this.#write(series)) this.#setAlarm();
    }
  }

  /** False where too many wait. */
  #write(series: Series): boolean {
    if (!this.#waiting.has(series) && this.#waiting.size >= MAX_WAITING) {
      this.#options.onDropped();
      return false;
    }
    this.#waiting.add(series);
    this.#writing ??= this.#drain();
    return true;
  }

  async #drain(): Promise<void> {
    for (const series of this.#waiting) {
      this.#waiting.delete(series);
      const { count } = series;
      if (count === series.written) continue;
      try {
        await this.#send(series);
        Object.assign(series, { isMade: true, written: count, failures: 0 });
      } catch (error) {
        this.#hear(series, error);
      }
    }
    this.#writing = undefined;
  }

  async #send({ path, name, body, isMade, count, lastAt }: Series): Promise<void> {
    const common = { timeoutMs: TIMEOUT_MS, signal: this.#aborter.signal };
    const repeats = count > 1 && { series: { count, lastObservedTime: microTime(lastAt) } };
    await this.#options.kube.send(
      isMade
        ? {
            ...common,
            method: 'PATCH',
            path: `${path}/${name}`,
            contentType: 'application/merge-patch+json',
            body: repeats,
          }
        : { ...common, method: 'POST', path, body: { ...body, ...repeats } },
    );
  }

  #hear(series: Series, error: unknown): void {
    if (this.#isDisabled) return;
    const status = error instanceof ApiError ? error.status : 0;
    if (status === 409) {
      // An answer was lost: the event is there.
      Object.assign(series, { isMade: true, written: 1 });
      if (series.count > 1) this.#setAlarm();
      return;
    }
    const isPassing = status === 0 || status === 429 || status >= 500;
    if (isPassing && ++series.failures < MAX_ATTEMPTS) {
      this.#setAlarm();
      return;
    }
    // Also where the event has expired (404): its next repeat is told anew.
    if (this.#series.get(series.id) === series) this.#series.delete(series.id);
    this.#options.onDropped();
    if (!(error instanceof ApiError) || status !== 403) return;
    // 403 also says that a namespace is going away, and that is no news.
    if (error.message.includes('being terminated')) return;
    this.#disable();
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

/** `office.3f09c1d27ab4`: the object's name, as far as there is room, and a mark by chance. */
function nameOf(object: string, random: () => number): string {
  const mark = Math.floor(random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0');
  const kept = object.slice(0, MAX_NAME - mark.length - 1).replace(/[-.]+$/, '');
  return `${kept}.${mark}`;
}

function eventOf(
  { regarding, type, reason, action, note }: Happening,
  metadata: { readonly name: string; readonly namespace: string },
  { controller, instance }: RecorderOptions,
  now: number,
): object {
  const { apiVersion, kind } = regarding;
  const { name, namespace, uid, resourceVersion } = regarding.metadata;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata,
    eventTime: microTime(now),
    reportingController: controller,
    reportingInstance: instance.slice(0, MAX_FIELD),
    type,
    reason: reason.slice(0, MAX_FIELD),
    action: action.slice(0, MAX_FIELD),
    note: shortened(note),
    regarding: { apiVersion, kind, name, namespace, uid, resourceVersion },
  };
}

/** At most `MAX_NOTE` bytes of UTF-8, with no character cut in half. */
function shortened(note: string): string {
  const bytes = Buffer.from(note, 'utf8');
  if (bytes.length <= MAX_NOTE) return note;
  let end = MAX_NOTE - Buffer.byteLength(ELLIPSIS);
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}${ELLIPSIS}`;
}

const ELLIPSIS = '…';
