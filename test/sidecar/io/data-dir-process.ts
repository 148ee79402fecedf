import { isDataDirFault, openDataDir } from '../../../sidecar/io/data-dir.ts';

/** A process that gives up being root, if it is, and says for each of its arguments what a data directory there would be told. */
const NOBODY = 65_534;
if (process.getuid?.() === 0) process.setuid?.(NOBODY);
for (const path of process.argv.slice(2)) {
  const opened = openDataDir(path);
  process.stdout.write(`${isDataDirFault(opened) ? opened.message : 'opened'}\n`);
}
