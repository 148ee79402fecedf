import type { Surroundings } from '../../../sidecar/io/surroundings.ts';

/** Surroundings of a helper process: its lines go to stderr. */
export const observed: Surroundings = {
  clock: Date.now,
  tally: { drop: () => {}, event: () => {}, handshakeFailed: () => {} },
  note: (note) => void process.stderr.write(`${note.event}\n`),
};
