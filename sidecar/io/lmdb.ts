import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';

export type Lmdb = RootDatabase<Buffer, Buffer>;

/**
 * All puts of a turn make one transaction, started after it. LMDB's own way to that (`eventTurnBatching`) leaves a promise
 * behind that nobody can wait for, and whose rejection on a full disk would end the process.
 */
const BATCHING = { eventTurnBatching: false, txnStartThreshold: Number.MAX_SAFE_INTEGER };

/** Longer ones than LMDB takes as a key stand under their digest; the entry itself knows its AoR. */
const MAX_KEY_BYTES = 1000;

const MAGIC = 0xbeef_c0de;

/** Opens or makes a database of bytes by bytes; the text of an error, and what to do, where it can't be. */
export function openLmdb(path: string): Lmdb | string {
  try {
    if (!isLmdb(join(path, 'data.mdb'))) return damaged(path, 'data.mdb is no LMDB file');
    return open<Buffer, Buffer>({ path, encoding: 'binary', keyEncoding: 'binary', ...BATCHING });
  } catch (error) {
    return damaged(path, textOf(error));
  }
}

const damaged = (path: string, why: string): string =>
  `cannot open the bindings in ${path} (${why}): move that directory away and start again; phones come back as they re-register`;

/** Whether a file is new or begins as LMDB's do (its magic number after the page header); others would crash the process. */
function isLmdb(file: string): boolean {
  if (!existsSync(file) || statSync(file).size === 0) return true;
  const start = Buffer.alloc(32);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, start);
  } finally {
    closeSync(fd);
  }
  return [16, 24].some((at) => start.readUInt32LE(at) === MAGIC || start.readUInt32BE(at) === MAGIC);
}

/** The AoR byte for byte (it is latin1 text), or its digest. */
export function keyOf(aor: string): Buffer {
  if (aor.length <= MAX_KEY_BYTES) return Buffer.from(aor, 'latin1');
  return Buffer.from(`#${createHash('sha256').update(aor, 'latin1').digest('hex')}`, 'latin1');
}

/** LMDB gives the cause as a promise of its own, which nobody else would wait for. */
export async function commitFault(reason: unknown): Promise<string> {
  const cause = (reason as { commitError?: Promise<never> }).commitError;
  if (cause === undefined) return textOf(reason);
  return cause.then(
    () => textOf(reason),
    (error: unknown) => textOf(error),
  );
}

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
