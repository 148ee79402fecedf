import type { MidRegistrar } from '../../crds/midregistrar.ts';
import { foundValue, type Path } from './problem.ts';

/** Where a rule is broken, and what stands there. */
export interface Breach {
  readonly path: Path;
  readonly found: string;
}

/** A part of the resource that is checked as one. */
export type Section = 'metadata' | Exclude<keyof MidRegistrar['spec'], symbol>;

/** What the schema's types and bounds cannot say. Each is the twin of the CEL rule that has the same message. */
export interface Rule {
  readonly message: string;
  /** The sections it looks at; it can be asked where these are well formed. */
  readonly reads: readonly Section[];
  readonly breaches: (resource: MidRegistrar) => readonly Breach[];
}

/** A breach at a place, by what stands there. */
export const at = (path: Path, value: unknown): Breach => ({ path, found: foundValue(value) });
