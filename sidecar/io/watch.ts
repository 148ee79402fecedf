import { type FSWatcher, readFileSync, watch } from 'node:fs';
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

/** What a file holds, or why it can't be read. */
export type Contents = { readonly bytes: Buffer } | { readonly fault: string };

/** Reads a file, whatever may be wrong with it. */
export function readContents(path: string): Contents {
  try {
    return { bytes: readFileSync(path) };
  } catch (error) {
    return { fault: faultOf(error) };
  }
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
  return watchContents(path, { bytes: Buffer.from(text) }, (found) => {
    if ('fault' in found) {
      const reason = `${path}: ${found.fault}; what was read last stays in force`;
      return note({ level: 'warn', event: 'resource not readable', reason, isOurs: true });
    }
    const read = found.bytes.toString('utf8');
    // An empty file is one that is being written.
    if (read === known || read === '') return;
    known = read;
    changed(read);
  });
}

/** Tells each time that a file holds, or is kept from being read by, something else than before; `known` is what it was before. */
export function watchContents(path: string, known: Contents, changed: (contents: Contents) => void): Watch {
  let last = known;
  let seen = '';
  let isHinted = false;
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;

  function lookIn(milliseconds: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), milliseconds);
  }

  async function look(): Promise<void> {
    isHinted = false;
    const found = await read().catch(unreadable);
    if (timer === undefined) return;
    lookIn(isHinted ? SETTLE_MS : POLL_MS);
    if (isSame(found, last)) return;
    last = found;
    changed(found);
  }

  /** The contents; those of the last look where the file's marks are, too. */
  async function read(): Promise<Contents> {
    const { size, mtimeMs, ctimeMs, ino } = await stat(path);
    const marks = `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
    if (marks === seen) return last;
    if (size > MAX_BYTES) throw new Error(`larger than ${MAX_BYTES} bytes`);
    const bytes = await readFile(path);
    seen = marks;
    return { bytes };
  }

  function unreadable(error: unknown): Contents {
    seen = '';
    return { fault: faultOf(error) };
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

function faultOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

const isSame = (one: Contents, other: Contents): boolean =>
  'fault' in one || 'fault' in other
    ? 'fault' in one && 'fault' in other && one.fault === other.fault
    : one.bytes.equals(other.bytes);
