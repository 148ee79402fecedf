import { DEAD_CONNECTION } from '../wire/flow.ts';
import type { Binding } from './binding.ts';
import { type DueItem, DueQueue, NOT_QUEUED } from './due.ts';

/** One AoR and all its bindings, as whoever keeps a copy of them looks at it. */
export interface Stored {
  readonly aor: string;
  readonly bindings: readonly Binding[];
  /** Where the copy is; the keeper's own, 0 at first. */
  keptIn: number;
}

interface Entry extends DueItem, Stored {
  bindings: readonly Binding[];
}

const NONE: readonly Binding[] = [];

/** Who is where (RFC 3261 §10): bindings by AoR, by the token that the PBX knows, by connection, and by when they end. */
export class Location {
  /** The most bindings that it takes; it may be changed. */
  capacity: number;
  readonly #entries = new Map<string, Entry>();
  readonly #byToken = new Map<string, Entry>();
  readonly #byConnection = new Map<number, Set<Entry>>();
  readonly #due = new DueQueue<Entry>();
  #count = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get bindingCount(): number {
    return this.#count;
  }

  get aorCount(): number {
    return this.#entries.size;
  }

  /** Every AoR with its bindings, expired ones that are not swept yet among them. */
  *entries(): Iterable<readonly [string, readonly Binding[]]> {
    for (const [aor, { bindings }] of this.#entries) yield [aor, bindings];
  }

  /** The same, for whoever keeps a copy. */
  stored(): IterableIterator<Stored> {
    return this.#entries.values();
  }

  /** One AoR for whoever keeps a copy; undefined where it has no bindings. */
  storedOf(aor: string): Stored | undefined {
    return this.#entries.get(aor);
  }

  /** None for an AoR that has none; some may have expired. */
  find(aor: string): readonly Binding[] {
    return this.#entries.get(aor)?.bindings ?? NONE;
  }

  findToken(token: string): Binding | undefined {
    return this.#byToken.get(token)?.bindings.find((binding) => binding.token === token);
  }

  /** Makes `bindings` all that the AoR has. `full`: there is no room for more, and nothing is changed. */
  replace(aor: string, bindings: readonly Binding[]): 'ok' | 'full' {
    const known = this.#entries.get(aor);
    const before = known?.bindings ?? NONE;
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

  #add(aor: string): Entry {
    const entry: Entry = { aor, bindings: NONE, second: NOT_QUEUED, keptIn: 0 };
    this.#entries.set(aor, entry);
    return entry;
  }

  #remove(entry: Entry): void {
    this.#index(entry, entry.bindings, NONE);
    this.#due.remove(entry);
    this.#entries.delete(entry.aor);
  }

  /** A refresh, which keeps token and connection, changes no index. */
  #index(entry: Entry, before: readonly Binding[], after: readonly Binding[]): void {
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

  #link(entry: Entry, connection: number): void {
    const entries = this.#byConnection.get(connection);
    if (entries === undefined) this.#byConnection.set(connection, new Set([entry]));
    else entries.add(entry);
  }

  #unlink(entry: Entry, connection: number): void {
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
      entry.bindings = entry.bindings.map((one) => withoutConnection(one, connection));
  }

  /** At most `limit` AoRs of which a binding has expired by `now` (ms); each is to be replaced before the next call. */
  expired(now: number, limit: number): string[] {
    const aors: string[] = [];
    while (aors.length < limit) {
      const entry = this.#due.next(now);
      if (entry === undefined) break;
      const earliest = earliestEnd(entry.bindings);
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
