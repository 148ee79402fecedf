/** Remembers values for a while and up to a number, oldest forgotten first. Times are milliseconds given by the caller. */
export class Recent<Value> {
  readonly #entries = new Map<string, { value: Value; until: number }>();
  readonly #limit: number;
  readonly #lifetime: number;

  constructor(limit: number, lifetime: number) {
    this.#limit = limit;
    this.#lifetime = lifetime;
  }

  get(key: string, now: number): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.until > now ? entry.value : undefined;
  }

  set(key: string, value: Value, now: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: now + this.#lifetime });
    for (const [oldest, { until }] of this.#entries) {
      if (until > now && this.#entries.size <= this.#limit) break;
      this.#entries.delete(oldest);
    }
  }
}
