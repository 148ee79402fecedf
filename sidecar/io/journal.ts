import type { RememberOutcome, Ticket } from '../effect.ts';
import type { Binding } from '../registrar/binding.ts';

/** What was found when a journal was read. */
export interface LoadReport {
  /** AoRs read. */
  readonly loaded: number;
  /** Entries that could not be understood: left out, and on the disk until their AoR is written again. */
  readonly corrupt: number;
}

/** Tells that what belongs to a ticket is written, or that the disk refused it. */
export type Written = (ticket: Ticket, outcome: RememberOutcome) => void;

/** Where bindings outlive the process, by AoR. */
export interface Journal {
  /** Hands over every AoR with its bindings; before anything is written. */
  load(each: (aor: string, bindings: readonly Binding[]) => void): Promise<LoadReport>;
  /** The AoR's whole new set, none to remove it. The ticket's outcome is told when it is written. */
  write(aor: string, bindings: readonly Binding[], ticket: Ticket | undefined): void;
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

  write(_aor: string, _bindings: readonly Binding[], ticket: Ticket | undefined): void {
    if (ticket !== undefined) this.#written(ticket, 'ok');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
