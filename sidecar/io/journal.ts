import type { RememberOutcome, Ticket } from '../effect.ts';

/** What was found when a journal was read. */
export interface LoadReport {
  /** AoRs read. */
  readonly loaded: number;
  /** Entries that could not be understood: left out, and on the disk until their AoR is written again. */
  readonly corrupt: number;
}

/** Tells that what belongs to a ticket is written, or that the disk refused it. */
export type Written = (ticket: Ticket, outcome: RememberOutcome) => void;

/** What has become of an AoR that was read: it is in the location, or nothing of it counts any more, or its text makes no sense. */
export type Taken = 'kept' | 'left' | 'corrupt';

/**
 * Takes over an AoR with the text that `encodeBindings` has made of its bindings; `place` is for `Stored.keptIn`. May throw
 * where the text makes no sense.
 */
export type Reading = (aor: string, text: string, place: number) => Taken;

/** Where bindings outlive the process, by AoR. */
export interface Journal {
  /** Hands over every AoR with the text of its bindings; before anything is written. */
  load(each: Reading): Promise<LoadReport>;
  /** What the AoR has in the location is to be written. The ticket's outcome is told when it is. */
  write(aor: string, ticket: Ticket | undefined): void;
  /** Whether the disk refuses what is written at present. */
  readonly isFailing: boolean;
  /** Writes what is still to be written, as far as the disk lets it. */
  close(): Promise<void>;
}

/** Keeps nothing: for `store.type: Memory`. Answers within the same turn. */
export class MemoryJournal implements Journal {
  readonly isFailing = false;
  readonly #written: Written;

  constructor(written: Written) {
    this.#written = written;
  }

  load(): Promise<LoadReport> {
    return Promise.resolve({ loaded: 0, corrupt: 0 });
  }

  write(_aor: string, ticket: Ticket | undefined): void {
    if (ticket !== undefined) this.#written(ticket, 'ok');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
