import { mkdirSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Histogram } from '../counters.ts';
import type { Ticket } from '../effect.ts';
import type { Location } from '../registrar/location.ts';
import type { Stored } from '../registrar/stored.ts';
import type { Journal, LoadReport, Reading, Written } from './journal.ts';
import { lineOf } from './journal-line.ts';
import { readSegments } from './journal-reader.ts';
import { type FormerSegment, LogCleaner } from './log-cleaner.ts';
import { blockOf, Segment, segmentNumbers, segmentPath } from './segment.ts';
import type { Surroundings } from './surroundings.ts';

const NOBODY: readonly Ticket[] = [];

const joined = (tickets: readonly Ticket[], ticket: Ticket): readonly Ticket[] =>
  tickets.length === 0 ? [ticket] : [...tickets, ticket];

/** Under load, that is where so many wait when a block is written, the next gathers for a while: less work for 2 ms. */
const BUSY_FROM = 8;
const GATHER_MS = 2;

/** AoRs in one block. */
const MAX_BATCH = 10_000;

/** How soon the disk is tried again after it has refused. */
const RETRY_MS = 2000;

/** The most that a loss of power takes. */
const SYNC_MS = 1000;

/** How large a segment grows. */
const SEGMENT_BYTES = 16 << 20;

/** How long a line is, as long as none has been written. */
const LINE_BYTES = 300;

/** How much the next block counts in the mean. */
const MEAN_SHARE = 0.1;

/** How much larger the log is than what counts in it before its oldest segment goes. */
const SLACK = 2;

/** Each start makes one, however little it writes. */
const MOST_SEGMENTS = 200;

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The location's copy on the disk, as a log: each change of an AoR is a line, of which the newest counts. Lines are
 * appended in blocks, one under way at a time; what is asked for meanwhile goes into the next one, so that its price is
 * shared. A ticket is answered when its block is written: from then on a `kill -9` can't undo it, and a second later a loss
 * of power can't either. The log is cut into segments; the oldest goes once what counts of it has been written again.
 */
export class DurableJournal implements Journal {
  /** Seconds from the start of a write until it is done. */
  readonly commitSeconds = new Histogram([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]);
  readonly #directory: string;
  readonly #around: Surroundings;
  readonly #location: Location;
  readonly #written: Written;
  readonly #cleaner: LogCleaner;
  /** The AoRs that are to be written, and who waits for it. */
  #unwritten = new Map<string, readonly Ticket[]>();
  #isScheduled = false;
  #retry: NodeJS.Timeout | undefined;
  #sync: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;
  /** The oldest first. */
  #former: FormerSegment[] = [];
  #current: Segment | undefined;
  #number = 0;
  #lineBytes = LINE_BYTES;

  private constructor(directory: string, around: Surroundings, location: Location, written: Written) {
    this.#directory = directory;
    this.#around = around;
    this.#location = location;
    this.#written = written;
    this.#cleaner = new LogCleaner(location);
  }

  /** Opens the log in a data directory; an error's text where it can't be. `location` is what it is a copy of. */
  static open(
    dataDir: string,
    around: Surroundings,
    location: Location,
    written: Written,
  ): DurableJournal | string {
    const directory = join(dataDir, 'journal');
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      return `cannot keep bindings in ${directory} (${textOf(error)}): move away what is in its place and start again`;
    }
    return new DurableJournal(directory, around, location, written);
  }

  get isFailing(): boolean {
    return this.#retry !== undefined;
  }

  async load(take: Reading): Promise<LoadReport> {
    const numbers = await segmentNumbers(this.#directory);
    // What is written while this still reads goes into a segment of its own.
    for (const number of numbers) {
      const { size } = await stat(segmentPath(this.#directory, number));
      this.#former.push({ number, size });
      this.#number = number;
    }
    const isHere = (aor: string): boolean => this.#location.storedOf(aor) !== undefined;
    const report = await readSegments(this.#directory, numbers, take, isHere);
    if (report.corrupt > 0) {
      const reason = `${report.corrupt} entries in ${this.#directory} could not be understood and are left out`;
      this.#around.note({ level: 'error', event: 'corrupt bindings', reason });
    }
    return report;
  }

  write(aor: string, ticket: Ticket | undefined): void {
    // Nobody is kept waiting for a disk that is full; the set is written when it takes it again.
    const isKeptWaiting = ticket !== undefined && !this.isFailing;
    const before = this.#unwritten.get(aor) ?? NOBODY;
    this.#unwritten.set(aor, isKeptWaiting ? joined(before, ticket) : before);
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
    const isClean = this.#clean();
    const batch = this.#takeBatch();
    const startedAt = performance.now();
    const fault = await this.#put(batch, isClean);
    this.commitSeconds.observe((performance.now() - startedAt) / 1000);
    this.#underWay = undefined;
    if (fault === undefined) this.#succeeded();
    else this.#failed(batch, fault);
    for (const tickets of batch.values())
      for (const ticket of tickets) this.#written(ticket, fault === undefined ? 'ok' : 'failed');
    if (this.isFailing || this.#unwritten.size === 0) return;
    this.#isScheduled = true;
    if (this.#unwritten.size < BUSY_FROM) setImmediate(this.#commit);
    else setTimeout(this.#commit, GATHER_MS);
  }

  /** Whether the oldest segment may go; what stands in its way is put among what is to be written. */
  #clean(): boolean {
    const [oldest] = this.#former;
    if (oldest === undefined) return false;
    const all = this.#former.reduce((sum, { size }) => sum + size, 0);
    const isSlack = all > SLACK * this.#lineBytes * this.#location.aorCount;
    if (!isSlack && this.#former.length <= MOST_SEGMENTS) {
      this.#cleaner.rest();
      return false;
    }
    return this.#cleaner.step(oldest.number, this.#writeAgain);
  }

  readonly #writeAgain = ({ aor }: Stored): void => {
    if (!this.#unwritten.has(aor)) this.#unwritten.set(aor, NOBODY);
  };

  #takeBatch(): Map<string, readonly Ticket[]> {
    const batch = new Map<string, readonly Ticket[]>();
    if (this.#unwritten.size <= MAX_BATCH) {
      const all = this.#unwritten;
      this.#unwritten = batch;
      return all;
    }
    for (const [aor, tickets] of this.#unwritten) {
      batch.set(aor, tickets);
      this.#unwritten.delete(aor);
      if (batch.size === MAX_BATCH) break;
    }
    return batch;
  }

  /** Appends one block. The fault's text where it could not be written. */
  async #put(batch: ReadonlyMap<string, readonly Ticket[]>, isClean: boolean): Promise<string | undefined> {
    try {
      let lines = '';
      const written: Stored[] = [];
      const { isCrowded } = this.#location;
      for (const aor of batch.keys()) {
        const stored = this.#location.storedOf(aor);
        const text = isCrowded ? stored?.keepText() : stored?.text;
        lines += lineOf({ aor, text: text ?? '' });
        if (stored !== undefined) written.push(stored);
      }
      this.#lineBytes += (lines.length / batch.size - this.#lineBytes) * MEAN_SHARE;
      const segment = await this.#segment();
      await segment.append(blockOf(lines));
      for (const stored of written) stored.keptIn = segment.number;
      this.#sync ??= setTimeout(this.#syncNow, SYNC_MS);
      if (isClean) await this.#removeOldest(segment);
      return undefined;
    } catch (error) {
      return textOf(error);
    }
  }

  /** The segment to append to: a new one at first, and where the last is full. */
  async #segment(): Promise<Segment> {
    const last = this.#current;
    if (last !== undefined && last.size < SEGMENT_BYTES) return last;
    const next = await Segment.create(this.#directory, this.#number + 1);
    this.#number = next.number;
    this.#current = next;
    if (last === undefined) return next;
    this.#former.push({ number: last.number, size: last.size });
    await last.sync();
    await last.close();
    return next;
  }

  /** What was written again must outlive a loss of power before the place goes where it was. */
  async #removeOldest(current: Segment): Promise<void> {
    const oldest = this.#former.shift();
    if (oldest === undefined) return;
    await current.sync();
    await rm(segmentPath(this.#directory, oldest.number), { force: true });
  }

  readonly #syncNow = (): void => {
    this.#sync = undefined;
    this.#current?.sync().catch((error: unknown) => this.#disk(error));
  };

  #disk(error: unknown): void {
    this.#around.tally.event('journal_failures');
    this.#around.note({ level: 'error', event: 'disk can not be synced', reason: textOf(error) });
  }

  #succeeded(): void {
    if (this.#retry === undefined) return;
    this.#retry = undefined;
    this.#around.note({ level: 'info', event: 'disk writes again' });
  }

  /** What was refused is kept, less what is newer; those who wait for that are not kept waiting either. */
  #failed(batch: ReadonlyMap<string, readonly Ticket[]>, reason: string): void {
    this.#around.tally.event('journal_failures');
    this.#around.note({ level: 'error', event: 'disk refuses writes', reason });
    this.#retry = setTimeout(this.#commit, RETRY_MS);
    const newer = [...this.#unwritten];
    for (const aor of batch.keys()) this.#unwritten.set(aor, NOBODY);
    for (const [aor, tickets] of newer) {
      this.#unwritten.set(aor, NOBODY);
      for (const ticket of tickets) this.#written(ticket, 'failed');
    }
  }

  async close(): Promise<void> {
    do {
      this.#commit();
      await this.#underWay;
    } while (this.#unwritten.size > 0 && !this.isFailing);
    clearTimeout(this.#retry);
    clearTimeout(this.#sync);
    await this.#current?.sync().catch((error: unknown) => this.#disk(error));
    await this.#current?.close();
  }
}
