import { type FSWatcher, watch } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LogNote } from './log.ts';

/** After a hint that something changed; an editor writes, renames and sets times in one go. */
const SETTLE_MS = 100;

/** Where hints don't come (network and container file systems), the file is looked at so often. */
const POLL_MS = 1000;

/** No resource is larger; a bound on what is read, whatever somebody moves there. */
const MAX_BYTES = 4 << 20;

export interface Watch {
  close(): void;
}

/**
 * Tells the new text of a file whenever its contents have changed from `text`, what it was read as before. It is found
 * by its path each time, so replaced files and symbolic links that lead elsewhere (ConfigMaps) are followed.
 */
export function watchFile(
  path: string,
  text: string,
  changed: (text: string) => void,
  note: (note: LogNote) => void,
): Watch {
  let known = text;
  let seen = '';
  let isMissing = false;
  let isHinted = false;
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;

  function lookIn(milliseconds: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), milliseconds);
  }

  async function look(): Promise<void> {
    isHinted = false;
    const found = await read().catch((error: NodeJS.ErrnoException) => missing(error));
    if (timer === undefined) return;
    lookIn(isHinted ? SETTLE_MS : POLL_MS);
    // An empty file is one that is being written.
    if (found === undefined || found === known || found === '') return;
    known = found;
    changed(found);
  }

  /** The contents; undefined where the file's marks are those of the last look. */
  async function read(): Promise<string | undefined> {
    const { size, mtimeMs, ctimeMs, ino } = await stat(path);
    isMissing = false;
    const marks = `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
    if (marks === seen) return undefined;
    if (size > MAX_BYTES) throw new Error(`larger than ${MAX_BYTES} bytes`);
    const contents = await readFile(path, 'utf8');
    seen = marks;
    return contents;
  }

  function missing(error: NodeJS.ErrnoException): undefined {
    const reason = `${path}: ${error.code ?? error.message}; what was read last stays in force`;
    if (!isMissing) note({ level: 'warn', event: 'resource not readable', reason, isOurs: true });
    isMissing = true;
  }

  try {
    watcher = watch(dirname(path), () => {
      // The first of several counts: in a busy directory they would never end.
      if (isHinted || timer === undefined) return;
      isHinted = true;
      lookIn(SETTLE_MS);
    });
    watcher.on('error', () => {});
  } catch {
    // No hints here: the regular look has to do.
  }
  lookIn(POLL_MS);

  return {
    close() {
      clearTimeout(timer);
      timer = undefined;
      watcher?.close();
    },
  };
}
