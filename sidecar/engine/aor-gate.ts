import { KeyHash } from '../transaction/key-hash.ts';
import { KeyTable } from '../transaction/key-table.ts';

/**
 * One change at a time for each AoR: what is asked for while another is being written waits its turn, in order
 * (§10.3: "processed in the order that they are received", and each one whole or not at all).
 */
export class AorGate<Job> {
  readonly #busy: KeyTable<Job[]>;

  /** `seed`: what no peer knows. */
  constructor(seed: string) {
    this.#busy = new KeyTable(new KeyHash(seed));
  }

  /** AoRs that are being changed. */
  get size(): number {
    return this.#busy.size;
  }

  /** Whether the job may start now; if not it is kept. */
  enter(aor: string, job: Job): boolean {
    const queue = this.#busy.get(aor);
    if (queue === undefined) {
      this.#busy.set(aor, NOBODY as Job[]);
      return true;
    }
    if (queue === NOBODY) this.#busy.set(aor, [job]);
    else queue.push(job);
    return false;
  }

  /** The change is done: the job whose turn it is, if one waits. */
  leave(aor: string): Job | undefined {
    const queue = this.#busy.get(aor);
    const next = queue?.shift();
    if (next === undefined) this.#busy.delete(aor);
    return next;
  }
}

/** Nobody waits: shared, so that the common case allocates nothing; never pushed to. */
const NOBODY: unknown[] = [];
