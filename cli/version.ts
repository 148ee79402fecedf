import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version of this package; its file lies beside the source as beside the bundle. */
export const readVersion = (): string =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')).version;
