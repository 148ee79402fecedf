import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { Histogram } from '../counters.ts';
import type { Ticket } from '../effect.ts';
import type { Binding } from '../registrar/binding.ts';
import type { Journal, LoadReport, Written } from './journal.ts';
import type { Surroundings } from './surroundings.ts';

/** How an AoR's bindings become bytes and come back; undefined (or an exception) for bytes that make no sense. */
export interface BindingCodec {
  encode(bindings: readonly Binding[]): Uint8Array;
  decode(bytes: Uint8Array): readonly Binding[] | undefined;
}

/** What is to be written of one AoR (undefined: to be removed), and who waits for it. */
interface Entry {
  readonly bytes: Buffer | undefined;
  readonly tickets: readonly Ticket[];
}

const NOBODY: readonly Ticket[] = [];

/** AoRs in one transaction; from many more on LMDB would stop this thread until they are written. */
const MAX_BATCH = 10_000;

/** How soon the disk is tried again after it has refused. */
const RETRY_MS = 2000;

/**
 * All puts of a turn make one transaction, started after it. LMDB's own way to that (`eventTurnBatching`) leaves a promise
 * behind that nobody can wait for, and whose rejection on a full disk would end the process.
 */
const BATCHING = { eventTurnBatching: false, txnStartThreshold: Number.MAX_SAFE_INTEGER };

const MAGIC = 0xbeef_c0de;

/** Entries read before the event loop gets its turn. */
const LOADED_IN_ONE_GO = 2000;

/** Longer ones than LMDB takes as a key stand under their digest; the entry itself knows its AoR. */
const MAX_KEY_BYTES = 1000;

/**
 * Bindings in LMDB. One transaction is under way at a time; what is asked for meanwhile goes into the next, so that
 * its price is shared by all that wait. A ticket is answered when its transaction is committed: from then on a `kill -9`
 * can't undo it, and it is synced to the disk right after, so that a loss of power can't damage what is older.
 */
export class DurableJournal implements Journal {
  /** Seconds from the start of a transaction until it is committed. */
  readonly commitSeconds = new Histogram([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]);
  readonly #db: RootDatabase<Buffer, Buffer>;
  readonly #codec: BindingCodec;
  readonly #around: Surroundings;
  readonly #written: Written;
  /** What is to be written, the newest set of each AoR: no more than there are AoRs. */
  readonly #unwritten = new Map<string, Entry>();
  #isScheduled = false;
  #retry: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;

  private constructor(
    db: RootDatabase<Buffer, Buffer>,
    codec: BindingCodec,
    around: Surroundings,
    written: Written,
  ) {
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
    const path = join(dataDir, 'bindings');
    try {
      if (!isLmdb(join(path, 'data.mdb'))) return damaged(path, 'data.mdb is no LMDB file');
      const db = open<Buffer, Buffer>({
        path,
        encoding: 'binary',
        keyEncoding: 'binary',
        ...BATCHING,
      });
      return new DurableJournal(db, codec, around, written);
    } catch (error) {
      return damaged(path, textOf(error));
    }
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
    const bytes = bindings.length === 0 ? undefined : Buffer.from(this.#codec.encode(bindings));
    // Nobody is kept waiting for a disk that is full; the set is written when it takes it again.
    const isKeptWaiting = ticket !== undefined && !this.isFailing;
    const before = this.#unwritten.get(aor)?.tickets ?? NOBODY;
    this.#unwritten.set(aor, { bytes, tickets: isKeptWaiting ? [...before, ticket] : before });
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
    if (!this.isFailing) this.#commit();
  }

  #takeBatch(): Map<string, Entry> {
    const batch = new Map<string, Entry>();
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
    await this.#underWay;
    clearTimeout(this.#retry);
    this.#commit();
    await this.#underWay;
    clearTimeout(this.#retry);
    await this.#db.close();
  }
}

const damaged = (path: string, why: string): string =>
  `cannot open the bindings in ${path} (${why}): move that directory away and start again; phones come back as they re-register`;

/** Whether a file is new or begins as LMDB's do (its magic number after the page header); others would crash the process. */
function isLmdb(file: string): boolean {
  if (!existsSync(file) || statSync(file).size === 0) return true;
  const start = Buffer.alloc(32);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, start);
  } finally {
    closeSync(fd);
  }
  return [16, 24].some((at) => start.readUInt32LE(at) === MAGIC || start.readUInt32BE(at) === MAGIC);
}

/** The AoR byte for byte (it is latin1 text), or its digest. */
function keyOf(aor: string): Buffer {
  if (aor.length <= MAX_KEY_BYTES) return Buffer.from(aor, 'latin1');
  return Buffer.from(`#${createHash('sha256').update(aor, 'latin1').digest('hex')}`, 'latin1');
}

/** LMDB gives the cause as a promise of its own, which nobody else would wait for. */
async function commitFault(reason: unknown): Promise<string> {
  const cause = (reason as { commitError?: Promise<never> }).commitError;
  if (cause === undefined) return textOf(reason);
  return cause.then(
    () => textOf(reason),
    (error: unknown) => textOf(error),
  );
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
