import type { Input, Millis } from '../effect.ts';
import type { Transport } from '../wire/flow.ts';
import type { LogNote } from './log.ts';

/** Counts by constant names; what the engine's counters offer too. */
export interface Tally {
  /** Something received that led nowhere, by reason. */
  drop(reason: string): void;
  event(name: string): void;
  /** A connection that a peer has begun did not come about. */
  handshakeFailed(transport: Transport, reason: string): void;
}

/** What every part that touches the world is given. */
export interface Surroundings {
  readonly clock: () => Millis;
  readonly tally: Tally;
  /** One log line. */
  readonly note: (note: LogNote) => void;
}

/** Tells the engine what has happened. */
export type Give = (input: Input) => void;
