import { randomBytes } from 'node:crypto';
import type { SidecarConfig } from '../config.ts';
import type { Location } from '../registrar/location.ts';
import { type DataDir, isDataDirFault, openDataDir } from './data-dir.ts';
import { DurableJournal } from './durable-journal.ts';
import { type Journal, MemoryJournal, type Written } from './journal.ts';
import type { Surroundings } from './surroundings.ts';

/** Where bindings and the secret outlive the process; nowhere for `store.type: Memory`. */
export interface Keep {
  readonly dataDir: DataDir | undefined;
  readonly journal: Journal;
  readonly secret: Buffer;
}

/** Opens what the store's type asks for; the reason as a text where it can't be. */
export function openKeep(
  { type }: SidecarConfig['store'],
  path: string,
  around: Surroundings,
  location: Location,
  written: Written,
): Keep | string {
  if (type === 'Memory')
    return { dataDir: undefined, journal: new MemoryJournal(written), secret: randomBytes(32) };
  const dataDir = openDataDir(path);
  if (isDataDirFault(dataDir)) return dataDir.message;
  const journal = DurableJournal.open(dataDir.path, around, location, written);
  if (typeof journal !== 'string') return { dataDir, journal, secret: dataDir.secret };
  dataDir.release();
  return journal;
}
