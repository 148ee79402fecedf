import { setTimeout as wait } from 'node:timers/promises';
import type { Millis } from '../effect.ts';

/** What ends, as far as its end has to wait for others. */
export interface Draining {
  readonly clock: () => Millis;
  /** Requests without a final answer. */
  readonly unanswered: () => number;
  readonly connections: () => number;
  /** Streams that somebody waits on. */
  readonly busyStreams: () => ReadonlySet<string>;
  /** Closes one of the others; false where there is none. */
  readonly closeIdle: (busy: ReadonlySet<string>) => boolean;
}

const LOOK_MS = 20;
const NONE: ReadonlySet<string> = new Set();

/** So far apart connections are closed, so that their phones do not all register anew at one moment. */
const APART_MS = 50;

/** Resolves when no request waits for its answer any more and no connection is open, or after `windowMs`. */
export async function drain(of: Draining, windowMs: number): Promise<void> {
  const begun = of.clock();
  const end = begun + windowMs;
  let [next, looked] = [begun, begun];
  for (let now = begun; now < end && (of.unanswered() > 0 || of.connections() > 0); now = of.clock()) {
    // However many there are, the last is closed well within the window.
    const apart = Math.min(APART_MS, (end - now) / 2 / (of.connections() + 1));
    const busy = of.connections() > 0 ? of.busyStreams() : NONE;
    // What could not be closed in its time is not made up for: those would all be closed at one moment.
    next = Math.max(next, looked);
    while (next <= now && of.closeIdle(busy)) next += apart;
    looked = now;
    await wait(LOOK_MS);
  }
}
