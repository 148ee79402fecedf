import { DEAD_CONNECTION } from '../wire/flow.ts';
import { type Binding, detached } from './binding.ts';
import { type Summary, summaryOf } from './codec.ts';
import { DueQueue } from './due.ts';
import { Stored } from './stored.ts';
import { Warm } from './warm.ts';

const NONE: readonly Binding[] = [];

/** As many as a busy minute asks for. */
const MOST_WARM = 32_768;

/** Who is where (RFC 3261 §10): bindings by AoR, by the token that the PBX knows, by connection, and by when they end. */
export class Location {
  /** The most bindings that it takes; it may be changed. */
  capacity: number;
  readonly #entries = new Map<string, Stored>();
  readonly #byToken = new Map<string, Stored>();
  readonly #byConnection = new Map<number, Set<Stored>>();
  readonly #due = new DueQueue<Stored>();
  readonly #warm: Warm;
  /** Restored, and known by AoR alone as yet. */
  #unindexed: Stored[] = [];
  #count = 0;

  /** `mostWarm`: how many AoRs are kept as objects, where the others are text. */
  constructor(capacity: number, mostWarm = MOST_WARM) {
    this.capacity = capacity;
    this.#warm = new Warm(mostWarm);
  }

  get bindingCount(): number {
    return this.#count;
  }

  get aorCount(): number {
    return this.#entries.size;
  }

  /** Whether AoRs become text again soon after they were asked for. */
  get isCrowded(): boolean {
    return this.#warm.isFull;
  }

  /** Every AoR. */
  aors(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Every AoR with its bindings, for whoever keeps a copy. */
  stored(): IterableIterator<Stored> {
    return this.#entries.values();
  }

  /** One AoR for whoever keeps a copy; undefined where it has no bindings. */
  storedOf(aor: string): Stored | undefined {
    return this.#entries.get(aor);
  }

  /** None for an AoR that has none; some may have expired. */
  find(aor: string): readonly Binding[] {
    const entry = this.#entries.get(aor);
    return entry === undefined ? NONE : this.#bindingsOf(entry);
  }

  findToken(token: string): Binding | undefined {
    let entry = this.#byToken.get(token);
    if (entry === undefined && this.#unindexed.length > 0) {
      this.indexSome(Number.POSITIVE_INFINITY);
      entry = this.#byToken.get(token);
    }
    return entry && this.#bindingsOf(entry).find((binding) => binding.token === token);
  }

  #bindingsOf(entry: Stored): readonly Binding[] {
    if (!entry.isWarm) this.#warm.add(entry);
    return entry.bindings;
  }

  /**
   * Takes over the text of an AoR that is not here yet, without reading more of it than its summary: no binding in it is
   * bound to a stream. `full`: there is no room for it. `indexSome` is to follow, until it has done all.
   */
  restore(aor: string, text: string, { tokens }: Summary, keptIn = 0): 'ok' | 'full' {
    if (this.#count + tokens.length > this.capacity) return 'full';
    this.#count += tokens.length;
    const entry = new Stored(aor);
    entry.restore(text);
    entry.keptIn = keptIn;
    this.#entries.set(aor, entry);
    this.#unindexed.push(entry);
    return 'ok';
  }

  /**
   * Makes so many of those restored known by token and by when they end, which is half of the work and can wait until a restarted
   * proxy serves: who asks for a token that is not known has all of it done at once. False when nothing is left to do.
   */
  indexSome(count: number): boolean {
    for (let done = 0; done < count; done++) {
      const entry = this.#unindexed.pop();
      if (entry === undefined) {
        this.#unindexed = [];
        return false;
      }
      if (this.#entries.get(entry.aor) === entry) this.#indexRestored(entry);
    }
    return true;
  }

  #indexRestored(entry: Stored): void {
    const summary = summaryOf(entry.text);
    if (summary === undefined) return;
    for (const token of summary.tokens) if (token !== '') this.#byToken.set(detached(token), entry);
    this.#due.put(entry, summary.earliest);
  }

  /** Makes `bindings` all that the AoR has. `full`: there is no room for more, and nothing is changed. */
  replace(aor: string, bindings: readonly Binding[]): 'ok' | 'full' {
    const known = this.#entries.get(aor);
    const before = known === undefined ? NONE : this.#bindingsOf(known);
    const growth = bindings.length - before.length;
    if (growth > 0 && this.#count + growth > this.capacity) return 'full';
    this.#count += growth;
    if (bindings.length === 0) {
      if (known !== undefined) this.#remove(known);
      return 'ok';
    }
    const entry = known ?? this.#add(bindings[0]?.aor ?? aor);
    entry.bindings = bindings;
    this.#index(entry, before, bindings);
    this.#due.put(entry, earliestEnd(bindings));
    return 'ok';
  }

  #add(aor: string): Stored {
    const entry = new Stored(aor);
    this.#entries.set(aor, entry);
    this.#warm.add(entry);
    return entry;
  }

  #remove(entry: Stored): void {
    this.#index(entry, this.#bindingsOf(entry), NONE);
    this.#due.remove(entry);
    this.#entries.delete(entry.aor);
  }

  /** A refresh, which keeps token and connection, changes no index. */
  #index(entry: Stored, before: readonly Binding[], after: readonly Binding[]): void {
    for (const old of before) {
      if (!after.some(({ token }) => token === old.token)) this.#byToken.delete(old.token);
      const connection = connectionOf(old);
      if (connection > 0 && !after.some((one) => connectionOf(one) === connection))
        this.#unlink(entry, connection);
    }
    for (const one of after) {
      if (one.token !== '' && this.#byToken.get(one.token) !== entry) this.#byToken.set(one.token, entry);
      const connection = connectionOf(one);
      if (connection > 0) this.#link(entry, connection);
    }
  }

  #link(entry: Stored, connection: number): void {
    const entries = this.#byConnection.get(connection);
    if (entries === undefined) this.#byConnection.set(connection, new Set([entry]));
    else entries.add(entry);
  }

  #unlink(entry: Stored, connection: number): void {
    const entries = this.#byConnection.get(connection);
    if (entries?.delete(entry) && entries.size === 0) this.#byConnection.delete(connection);
  }

  /**
   * A connection is closed: what was registered over it is out of reach (RFC 5626 §5.3), yet stays, for the PBX still
   * holds it and the phone may come back.
   */
  closeConnection(connection: number): void {
    const entries = this.#byConnection.get(connection);
    if (entries === undefined) return;
    this.#byConnection.delete(connection);
    for (const entry of entries)
      entry.bindings = this.#bindingsOf(entry).map((one) => withoutConnection(one, connection));
  }

  /** At most `limit` AoRs of which a binding has expired by `now` (ms); each is to be replaced before the next call. */
  expired(now: number, limit: number): string[] {
    const aors: string[] = [];
    while (aors.length < limit) {
      const entry = this.#due.next(now);
      if (entry === undefined) break;
      const earliest = earliestEnd(this.#bindingsOf(entry));
      if (earliest <= now) aors.push(entry.aor);
      else this.#due.put(entry, earliest);
    }
    return aors;
  }
}

/** When the first of them ends, in ms. */
function earliestEnd(bindings: readonly Binding[]): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const { expiresAt } of bindings) if (expiresAt < earliest) earliest = expiresAt;
  return earliest;
}

const connectionOf = ({ flow }: Binding): number => flow?.connection ?? 0;

const withoutConnection = (binding: Binding, connection: number): Binding =>
  binding.flow?.connection === connection
    ? { ...binding, flow: { ...binding.flow, connection: DEAD_CONNECTION } }
    : binding;
