import type { Part } from './document.ts';

/** What a run has found: as text for people and for the document, and all of it as data. */
export interface Outcome {
  readonly part: Part;
  readonly text: string;
  readonly json: object;
}
