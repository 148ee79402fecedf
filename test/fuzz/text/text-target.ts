import type { Chance } from '../chance.ts';
import type { Target } from '../target.ts';
import { mutateText, smallerTexts } from './mutate.ts';

export interface TextTarget {
  readonly name: string;
  readonly weight: number;
  readonly seeds: readonly string[];
  readonly generate: (chance: Chance) => string;
  /** Throws where a law is broken. */
  readonly check: (text: string) => void;
}

/** A target whose inputs are texts; for bytes one character is a byte. */
export const textTarget = ({ name, weight, seeds, generate, check }: TextTarget): Target<string> => ({
  name,
  weight,
  seeds,
  generate,
  mutate: mutateText,
  run: check,
  smaller: smallerTexts,
  isInput: (value) => typeof value === 'string',
});
