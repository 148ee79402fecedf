/** What is to become of a key that was worked on: nothing, another look in so many milliseconds, or another try. */
export type Next =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly ms: number }
  | { readonly kind: 'retry' };

export interface QueueOptions {
  /** How many keys are worked on at a time; never one key twice. */
  readonly workers: number;
  /** A rejection counts as `retry`. */
  readonly work: (key: string) => Promise<Next>;
  /** Monotonic, in milliseconds. */
  readonly clock: () => number;
  /** Calls back once, after so many milliseconds; the function it gives takes that back. */
  readonly after: (ms: number, call: () => void) => () => void;
  readonly tally: QueueTally;
}

export interface QueueTally {
  queued(): void;
  retried(): void;
  /** How long a key has waited, in seconds. */
  waited(seconds: number): void;
  failed(key: string, error: unknown): void;
}

const FIRST_RETRY_MS = 5;
const LONGEST_RETRY_MS = 300_000;

/** Node's timers can't be longer; one that rings too early is set anew. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Names of what needs a look, each once, however often it is named. Who is named while it is being looked at is looked
 * at again. It holds as many names as there are things to look at.
 */
export class Queue {
  readonly #options: QueueOptions;
  /** Waiting for a worker, with the time since when. In the order of a Map, which is that of their coming. */
  readonly #waiting = new Map<string, number>();
  readonly #working = new Set<string>();
  /** Named again while they are worked on. */
  readonly #dirty = new Set<string>();
  /** To be named at a time; the earliest counts. */
  readonly #later = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  #alarm: { readonly at: number; readonly cancel: () => void } | undefined;
  #isOpen = false;
  #isClosed = false;
  readonly #idle: (() => void)[] = [];

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** How many wait for a worker. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** From now on there are workers; what was named before has waited for them. */
  open(): void {
    this.#isOpen = true;
    this.#dispatch();
  }

  add(key: string): void {
    if (this.#isClosed) return;
    this.#later.delete(key);
    if (this.#working.has(key)) {
      this.#dirty.add(key);
      return;
    }
    if (this.#waiting.has(key)) return;
    this.#waiting.set(key, this.#options.clock());
    this.#options.tally.queued();
    this.#dispatch();
  }

  /** Names the key in `ms`, unless it is named before. */
  addAfter(key: string, ms: number): void {
    if (this.#isClosed) return;
    const at = this.#options.clock() + ms;
    if ((this.#later.get(key) ?? Infinity) <= at) return;
    this.#later.set(key, at);
    this.#setAlarm(at);
  }

  /** Takes no more names; resolves when those that are worked on are done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting.clear();
    this.#later.clear();
    this.#dirty.clear();
    this.#alarm?.cancel();
    if (this.#working.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #dispatch(): void {
    if (!this.#isOpen) return;
    for (const [key, since] of this.#waiting) {
      if (this.#working.size >= this.#options.workers) return;
      this.#waiting.delete(key);
      this.#working.add(key);
      this.#options.tally.waited((this.#options.clock() - since) / 1000);
      void this.#work(key);
    }
  }

  async #work(key: string): Promise<void> {
    const { work, tally } = this.#options;
    let next: Next;
    try {
      next = await work(key);
    } catch (error) {
      tally.failed(key, error);
      next = { kind: 'retry' };
    }
    this.#working.delete(key);
    if (this.#isClosed) {
      if (this.#working.size === 0) for (const resolve of this.#idle) resolve();
      return;
    }
    this.#follow(key, next);
    if (this.#dirty.delete(key)) this.add(key);
    this.#dispatch();
  }

  #follow(key: string, next: Next): void {
    if (next.kind !== 'retry') {
      this.#failures.delete(key);
      if (next.kind === 'again') this.addAfter(key, next.ms);
      return;
    }
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#options.tally.retried();
    this.addAfter(key, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 30)));
  }

  /** One alarm, for the earliest. */
  #setAlarm(at: number): void {
    const { clock, after } = this.#options;
    if (this.#isClosed || at >= (this.#alarm?.at ?? Infinity)) return;
    this.#alarm?.cancel();
    const ms = Math.min(LONGEST_TIMER_MS, Math.max(0, at - clock()));
    this.#alarm = { at, cancel: after(ms, () => this.#ring()) };
  }

  #ring(): void {
    this.#alarm = undefined;
    const now = this.#options.clock();
    let next = Infinity;
    for (const [key, at] of [...this.#later])
      if (at <= now) this.add(key);
      else if (at < next) next = at;
    this.#setAlarm(next);
  }
}
