import { setTimeout as wait } from 'node:timers/promises';
import type { Millis } from '../effect.ts';

/** What ends, as far as its end has to wait for others. */
export interface Draining {
  readonly clock: () => Millis;
  /** Requests without a final answer. */
  readonly unanswered: () => number;
  readonly connections: () => number;
  /** Streams that are waited on. */
  readonly busyConnections: () => ReadonlySet<number>;
  readonly closeIdle: (busy: ReadonlySet<number>) => void;
}

const LOOK_MS = 20;

/** So far apart connections are closed, so that their phones do not all register anew at one moment. */
const APART_MS = 50;

/** Resolves when no request waits for its answer any more and no connection is open, or after `windowMs`. */
export async function drain(of: Draining, windowMs: number): Promise<void> {
  const begun = of.clock();
  // However many there are, the last is closed well within the window.
  const apart = Math.min(APART_MS, windowMs / 2 / (of.connections() + 1));
  let closed = 0;
  while ((of.unanswered() > 0 || of.connections() > 0) && of.clock() < begun + windowMs) {
    const due = apart === 0 ? Infinity : Math.floor((of.clock() - begun) / apart) + 1;
    const busy = of.busyConnections();
    for (; closed < due && of.connections() > busy.size; closed++) of.closeIdle(busy);
    await wait(LOOK_MS);
  }
}
