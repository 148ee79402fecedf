import type { Binding } from './binding.ts';
import { decodeBindings, encodeBindings } from './codec.ts';
import { type DueItem, NOT_QUEUED } from './due.ts';

const NONE: readonly Binding[] = [];

/**
 * One AoR and all its bindings: as objects, as one line of text, or as both. The text is a fraction of the objects' size
 * and nothing for the garbage collector to look into, so that is how most of a million AoRs lie.
 */
export class Stored implements DueItem {
  readonly aor: string;
  second = NOT_QUEUED;
  /** Where the copy on the disk is; its keeper's own, 0 at first. */
  keptIn = 0;
  #objects: readonly Binding[] | undefined = NONE;
  #text: string | undefined;

  constructor(aor: string) {
    this.aor = aor;
  }

  get bindings(): readonly Binding[] {
    this.#objects ??= this.look();
    return this.#objects;
  }

  set bindings(bindings: readonly Binding[]) {
    this.#objects = bindings;
    this.#text = undefined;
  }

  /** The same, without becoming objects for longer than the look. */
  look(): readonly Binding[] {
    return this.#objects ?? decodeBindings(this.aor, this.#text ?? '') ?? NONE;
  }

  /** Whether it lies there as objects. */
  get isWarm(): boolean {
    return this.#objects !== undefined;
  }

  /** What `encodeBindings` makes of the bindings; made anew each time while they are objects that have changed, for it is seldom asked for twice. */
  get text(): string {
    return this.#text ?? encodeBindings(this.bindings);
  }

  /** The same, kept for when it becomes text again, which is to be soon: else it would only be in the way. */
  keepText(): string {
    this.#text ??= encodeBindings(this.bindings);
    return this.#text;
  }

  /** Takes over a text that has been looked through by `summaryOf`. */
  restore(text: string): void {
    this.#text = text;
    this.#objects = undefined;
  }

  /** Keeps the text alone. */
  cool(): void {
    this.keepText();
    this.#objects = undefined;
  }
}
