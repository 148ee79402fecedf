import { join } from 'node:path';
import { Histogram } from '../counters.ts';
import type { Ticket } from '../effect.ts';
import type { Binding } from '../registrar/binding.ts';
import type { Journal, LoadReport, Written } from './journal.ts';
import { commitFault, keyOf, type Lmdb, openLmdb, textOf } from './lmdb.ts';
import type { Surroundings } from './surroundings.ts';

/** How an AoR's bindings become bytes and come back; undefined (or an exception) for bytes that make no sense. */
export interface BindingCodec {
  encode(bindings: readonly Binding[]): Buffer;
  decode(bytes: Uint8Array): readonly Binding[] | undefined;
}

/** What is to be written of one AoR (undefined: to be removed), and who waits for it. */
interface Entry {
  readonly bytes: Buffer | undefined;
  readonly tickets: readonly Ticket[];
}

const NOBODY: readonly Ticket[] = [];

const joined = (tickets: readonly Ticket[], ticket: Ticket): readonly Ticket[] =>
  tickets.length === 0 ? [ticket] : [...tickets, ticket];

/** Under load, that is where so many wait when a transaction is done, the next gathers for a while: half the work for 5 ms. */
const BUSY_FROM = 8;
const GATHER_MS = 5;

/** AoRs in one transaction; from many more on LMDB would stop this thread until they are written. */
const MAX_BATCH = 10_000;

/** How soon the disk is tried again after it has refused. */
const RETRY_MS = 2000;

/** Entries read before the event loop gets its turn. */
const LOADED_IN_ONE_GO = 2000;

/**
 * Bindings in LMDB. One transaction is under way at a time; what is asked for meanwhile goes into the next, so that
 * its price is shared by all that wait. A ticket is answered when its transaction is committed: from then on a `kill -9`
 * can't undo it, and it is synced to the disk right after, so that a loss of power can't damage what is older.
 */
export class DurableJournal implements Journal {
  /** Seconds from the start of a transaction until it is committed. */
  readonly commitSeconds = new Histogram([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]);
  readonly #db: Lmdb;
  readonly #codec: BindingCodec;
  readonly #around: Surroundings;
  readonly #written: Written;
  /** What is to be written, the newest set of each AoR: no more than there are AoRs. */
  #unwritten = new Map<string, Entry>();
  #isScheduled = false;
  #retry: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;

  private constructor(db: Lmdb, codec: BindingCodec, around: Surroundings, written: Written) {
    this.#db = db;
    this.#codec = codec;
    this.#around = around;
    this.#written = written;
  }

  /** Opens the database in a data directory; an error's text where it can't be. */
  static open(
    dataDir: string,
    codec: BindingCodec,
    around: Surroundings,
    written: Written,
  ): DurableJournal | string {
    const db = openLmdb(join(dataDir, 'bindings'));
    return typeof db === 'string' ? db : new DurableJournal(db, codec, around, written);
  }

  get isFailing(): boolean {
    return this.#retry !== undefined;
  }

  async load(each: (aor: string, bindings: readonly Binding[]) => void): Promise<LoadReport> {
    let loaded = 0;
    let corrupt = 0;
    let start: Buffer | undefined;
    for (;;) {
      const from = start === undefined ? {} : { start, exclusiveStart: true };
      const entries = [...this.#db.getRange({ ...from, limit: LOADED_IN_ONE_GO })];
      for (const { key, value } of entries) {
        start = key;
        const bindings = this.#decode(value);
        const aor = bindings?.[0]?.aor;
        if (bindings === undefined || aor === undefined) corrupt++;
        else {
          loaded++;
          each(aor, bindings);
        }
      }
      if (entries.length < LOADED_IN_ONE_GO) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (corrupt > 0) {
      const reason = `${corrupt} entries in the data directory could not be understood and are left out`;
      this.#around.note({ level: 'error', event: 'corrupt bindings', reason });
    }
    return { loaded, corrupt };
  }

  #decode(bytes: Uint8Array): readonly Binding[] | undefined {
    try {
      return this.#codec.decode(bytes);
    } catch {
      return undefined;
    }
  }

  write(aor: string, bindings: readonly Binding[], ticket: Ticket | undefined): void {
    const bytes = bindings.length === 0 ? undefined : this.#codec.encode(bindings);
    // Nobody is kept waiting for a disk that is full; the set is written when it takes it again.
    const isKeptWaiting = ticket !== undefined && !this.isFailing;
    const before = this.#unwritten.get(aor)?.tickets ?? NOBODY;
    this.#unwritten.set(aor, { bytes, tickets: isKeptWaiting ? joined(before, ticket) : before });
    if (ticket !== undefined && !isKeptWaiting) this.#written(ticket, 'failed');
    if (this.isFailing || this.#isScheduled || this.#underWay !== undefined) return;
    this.#isScheduled = true;
    setImmediate(this.#commit);
  }

  readonly #commit = (): void => {
    this.#isScheduled = false;
    if (this.#unwritten.size > 0) this.#underWay ??= this.#transact();
  };

  async #transact(): Promise<void> {
    const batch = this.#takeBatch();
    const startedAt = performance.now();
    const fault = await this.#put(batch);
    this.commitSeconds.observe((performance.now() - startedAt) / 1000);
    this.#underWay = undefined;
    if (fault === undefined) this.#succeeded();
    else this.#failed(batch, fault);
    for (const { tickets } of batch.values())
      for (const ticket of tickets) this.#written(ticket, fault === undefined ? 'ok' : 'failed');
    if (this.isFailing || this.#unwritten.size === 0) return;
    this.#isScheduled = true;
    if (this.#unwritten.size < BUSY_FROM) setImmediate(this.#commit);
    else setTimeout(this.#commit, GATHER_MS);
  }

  #takeBatch(): Map<string, Entry> {
    const batch = new Map<string, Entry>();
    if (this.#unwritten.size <= MAX_BATCH) {
      const all = this.#unwritten;
      this.#unwritten = batch;
      return all;
    }
    for (const [aor, entry] of this.#unwritten) {
      batch.set(aor, entry);
      this.#unwritten.delete(aor);
      if (batch.size === MAX_BATCH) break;
    }
    return batch;
  }

  /** One transaction, for LMDB puts together what comes in one turn. The fault's text where it could not be committed. */
  async #put(batch: ReadonlyMap<string, Entry>): Promise<string | undefined> {
    const commits = new Set<Promise<boolean>>();
    try {
      for (const [aor, { bytes }] of batch) {
        const key = keyOf(aor);
        commits.add(bytes === undefined ? this.#db.remove(key) : this.#db.put(key, bytes));
      }
    } catch (error) {
      await Promise.allSettled(commits);
      return textOf(error);
    }
    const refused = (await Promise.allSettled(commits)).find(({ status }) => status === 'rejected');
    return refused === undefined ? undefined : commitFault((refused as PromiseRejectedResult).reason);
  }

  #succeeded(): void {
    if (this.#retry === undefined) return;
    this.#retry = undefined;
    this.#around.note({ level: 'info', event: 'disk writes again' });
  }

  /** What was refused is kept, less what is newer; those who wait for that are not kept waiting either. */
  #failed(batch: ReadonlyMap<string, Entry>, reason: string): void {
    this.#around.tally.event('journal_failures');
    this.#around.note({ level: 'error', event: 'disk refuses writes', reason });
    this.#retry = setTimeout(this.#commit, RETRY_MS);
    const newer = [...this.#unwritten];
    for (const [aor, { bytes }] of batch) this.#unwritten.set(aor, { bytes, tickets: NOBODY });
    for (const [aor, { bytes, tickets }] of newer) {
      this.#unwritten.set(aor, { bytes, tickets: NOBODY });
      for (const ticket of tickets) this.#written(ticket, 'failed');
    }
  }

  async close(): Promise<void> {
    do {
      this.#commit();
      await this.#underWay;
    } while (this.#unwritten.size > 0 && !this.isFailing);
    clearTimeout(this.#retry);
    await this.#db.close();
  }
}
