import { Generations } from './generations.ts';
import { Source } from './source.ts';
import { sourceKey } from './source-key.ts';

/** Homes looked at, for each registration that comes, to see whether somebody is still registered there. */
const SWEPT_AT_ONCE = 2;

/**
 * All sources that are known. Those from where phones are registered, and those that are banned, stay as long as that
 * holds, however many strangers come; strangers are forgotten when too many others have come after them.
 */
export class Sources {
  readonly #kept = new Map<string, Source>();
  readonly #strangers: Generations<Source>;
  readonly #isKept: (source: Source, now: number) => boolean;
  #broom: Iterator<[string, Source]> | undefined;
  /** Who was asked about last: one message is several questions. */
  #lastAddress = '';
  #last: Source | undefined;

  /** `isKept`: whether there is still a reason to keep a source. Of strangers twice as many as `strangers` are held at most. */
  constructor(strangers: number, isKept: (source: Source, now: number) => boolean) {
    this.#strangers = new Generations(strangers);
    this.#isKept = isKept;
  }

  get size(): number {
    return this.#kept.size + this.#strangers.size;
  }

  find(address: string): Source | undefined {
    return this.#get(sourceKey(address));
  }

  #get(key: string): Source | undefined {
    return this.#kept.get(key) ?? this.#strangers.get(key);
  }

  /** That of an address, as a stranger where it was not known. */
  open(address: string): Source {
    if (this.#last !== undefined && address === this.#lastAddress) return this.#last;
    const key = sourceKey(address);
    let source = this.#get(key);
    if (source === undefined) {
      source = new Source();
      this.#strangers.set(key, source);
    }
    this.#lastAddress = address;
    this.#last = source;
    return source;
  }

  /** Keeps it for as long as there is a reason to. */
  keep(address: string, source: Source, now: number): void {
    this.#sweepSome(now);
    const key = sourceKey(address);
    if (this.#kept.has(key)) return;
    this.#strangers.delete(key);
    this.#kept.set(key, source);
  }

  /** What is added costs a look at what has been there for longer, so that all is looked at in time and never at once. */
  #sweepSome(now: number): void {
    for (let i = 0; i < SWEPT_AT_ONCE; i++) {
      this.#broom ??= this.#kept.entries();
      const next = this.#broom.next();
      if (next.done === true) {
        this.#broom = undefined;
        return;
      }
      const [key, source] = next.value;
      source.sweep(now);
      if (this.#isKept(source, now)) continue;
      this.#kept.delete(key);
      this.#strangers.set(key, source);
    }
  }
}
