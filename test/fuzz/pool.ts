import type { Chance } from './chance.ts';

const MOST = 1_024;

/** Inputs worth changing again: the seeds, and those that have reached something new. The newest are drawn more often. */
export class Pool<Input> {
  readonly #inputs: Input[];

  constructor(seeds: readonly Input[]) {
    this.#inputs = [...seeds];
  }

  get size(): number {
    return this.#inputs.length;
  }

  add(input: Input, chance: Chance): void {
    if (this.#inputs.length < MOST) this.#inputs.push(input);
    else this.#inputs[chance.below(MOST)] = input;
  }

  draw(chance: Chance): Input | undefined {
    const { length } = this.#inputs;
    if (length === 0) return undefined;
    const from = chance.once(2) ? Math.floor(length / 2) : 0;
    return this.#inputs[from + chance.below(length - from)];
  }
}
