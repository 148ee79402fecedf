import type { Input, Ticket } from '../effect.ts';
import type { Binding } from '../registrar/binding.ts';
import { decodeBindings, ofFormerProcess, summaryOf } from '../registrar/codec.ts';
import type { Location } from '../registrar/location.ts';
import type { Journal, LoadReport } from './journal.ts';
import type { Surroundings } from './surroundings.ts';

const SWEEP_MS = 1000;

/** Restored AoRs indexed before the event loop gets its turn. */
const INDEXED_IN_ONE_GO = 500;

/** AoRs swept before the event loop gets its turn. */
const SWEPT_IN_ONE_GO = 200;

/** The location in memory and the journal behind it, as one. */
export class Store {
  readonly location: Location;
  readonly #journal: Journal;
  readonly #around: Surroundings;
  readonly #give: (input: Input) => void;
  #sweep: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(location: Location, journal: Journal, around: Surroundings, give: (input: Input) => void) {
    this.location = location;
    this.#journal = journal;
    this.#around = around;
    this.#give = give;
  }

  /** Reads what an earlier process has left, less what has expired since. */
  async load(): Promise<LoadReport & { readonly expired: number; readonly leftOut: number }> {
    const now = this.#around.clock();
    let expired = 0;
    let leftOut = 0;
    const report = await this.#journal.load((aor, text, place) => {
      const summary = summaryOf(text);
      if (summary === undefined) return 'corrupt';
      // Mostly all of it is live, and none of it bound to a stream: then nothing has to be read but what is indexed.
      if (summary.earliest > now && !summary.hasStream) {
        if (this.location.restore(aor, text, summary, place) === 'ok') return 'kept';
        leftOut += summary.tokens.length;
        return 'left';
      }
      const bindings = decodeBindings(aor, text)?.map(ofFormerProcess);
      if (bindings === undefined) return 'corrupt';
      const live = bindings.filter(({ expiresAt }) => expiresAt > now);
      expired += bindings.length - live.length;
      if (live.length > 0 && this.location.replace(aor, live) === 'full') leftOut += live.length;
      else if (live.length < bindings.length) this.#journal.write(aor, undefined);
      const stored = this.location.storedOf(aor);
      if (stored === undefined) return 'left';
      stored.keptIn = place;
      return 'kept';
    });
    this.#sweepLater();
    this.#indexLater();
    return { ...report, expired, leftOut };
  }

  readonly #indexLater = (): void => {
    if (!this.#isClosed && this.location.indexSome(INDEXED_IN_ONE_GO)) setImmediate(this.#indexLater);
  };

  lookup(by: 'aor' | 'token', key: string): readonly Binding[] {
    if (by === 'aor') return this.location.find(key);
    const binding = this.location.findToken(key);
    return binding === undefined ? [] : [binding];
  }

  /** The AoR's whole new set; `remembered` is given when it is durable, or at once where there is no room for it. */
  remember(aor: string, bindings: readonly Binding[], ticket: Ticket | undefined): void {
    if (this.location.replace(aor, bindings) === 'full') {
      this.#around.tally.event('store_full');
      if (ticket !== undefined) this.#give({ kind: 'remembered', ticket, outcome: 'full' });
      return;
    }
    this.#journal.write(aor, ticket);
    this.#sweepLater();
  }

  #sweepLater(): void {
    if (this.#sweep !== undefined || this.#isClosed || this.location.bindingCount === 0) return;
    this.#sweep = setTimeout(this.#takeOutExpired, SWEEP_MS);
  }

  readonly #takeOutExpired = (): void => {
    const now = this.#around.clock();
    const aors = this.location.expired(now, SWEPT_IN_ONE_GO);
    for (const aor of aors) this.#takeOut(aor, now);
    const isMore = aors.length === SWEPT_IN_ONE_GO;
    this.#sweep = isMore ? setTimeout(this.#takeOutExpired, 1) : undefined;
    this.#sweepLater();
  };

  #takeOut(aor: string, now: number): void {
    const bindings = this.location.find(aor);
    const live = bindings.filter(({ expiresAt }) => expiresAt > now);
    if (live.length === bindings.length) return;
    this.location.replace(aor, live);
    this.#journal.write(aor, undefined);
    for (const binding of bindings) if (binding.expiresAt <= now) this.#noteExpired(binding);
  }

  #noteExpired({ aor, uri, callId, upstream }: Binding): void {
    this.#around.tally.event('binding_expired');
    this.#around.note({ level: 'info', event: 'binding expired', aor, contact: uri, callId, upstream });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#sweep);
    await this.#journal.close();
  }
}
