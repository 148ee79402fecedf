import { takeStep } from './play.ts';
import type { Sequence } from './steps.ts';
import { World } from './world.ts';

/** So many sequences are remembered, to tell what led to a failure. */
const REMEMBERED = 20;

/** One engine that lives as long as the run: what a sequence leaves behind would pile up in it. */
export class Soak {
  readonly #world = new World(false);
  #recent: Sequence[] = [];

  /** Plays a sequence in it, up to the silence after its end, when nothing may be held any more. */
  play(sequence: Sequence): void {
    this.#recent = [...this.#recent.slice(-REMEMBERED), sequence];
    for (const step of sequence) takeStep(this.#world, step);
    this.#world.end();
  }

  /** The last sequences as one. */
  get recent(): Sequence {
    return this.#recent.flat();
  }
}
