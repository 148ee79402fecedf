import type { Chance } from './chance.ts';

/** Something that must never be seen, in words; anything else that is thrown is a violation as well. */
export class Violation extends Error {
  override name = 'Violation';
}

export function must(holds: boolean, what: string): void {
  if (!holds) throw new Violation(what);
}

/** One part of the program under test and how its inputs are made. An input is plain data, so that it can be kept as a file. */
export interface Target<Input> {
  readonly name: string;
  /** How much of the time it gets, beside the others. */
  readonly weight: number;
  /** Inputs to start from. */
  readonly seeds: readonly Input[];
  /** A new one by the grammar. */
  generate(chance: Chance): Input;
  /** A changed one; `other` is one to take parts from. */
  mutate(input: Input, other: Input, chance: Chance): Input;
  /** Throws where a law is broken. */
  run(input: Input): void;
  /** Smaller ones, the much smaller first. */
  smaller(input: Input): Iterable<Input>;
  /** Whether a value read from a file can be run at all. */
  isInput(value: unknown): value is Input;
}

/** A target whose kind of input only itself knows. */
// biome-ignore lint/suspicious/noExplicitAny: inputs go only back to the target they came from.
export type AnyTarget = Target<any>;
