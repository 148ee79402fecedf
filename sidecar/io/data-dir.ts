import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The directory with all that outlives the process, held by this process alone. */
export interface DataDir {
  readonly path: string;
  /** 32 bytes that tokens are signed with, the same at every start. */
  readonly secret: Buffer;
  release(): void;
}

/** Why a directory can't be used, and what to do. */
export interface DataDirFault {
  readonly message: string;
}

const SECRET_BYTES = 32;

/** SQLITE_BUSY: somebody else holds the lock. */
const BUSY = 5;

/** Makes the directory where it isn't there (for this user only), takes its lock, and makes or reads the secret. */
export function openDataDir(path: string): DataDir | DataDirFault {
  try {
    if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 });
    const lock = takeLock(path);
    if (lock === undefined) return { message: heldBy(path) };
    const release = (): void => {
      rmSync(join(path, 'pid'), { force: true });
      lock.close();
    };
    writeFileSync(join(path, 'pid'), `${process.pid}\n`);
    const secret = readSecret(path);
    if (Buffer.isBuffer(secret)) return { path, secret, release };
    release();
    return secret;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      message: `cannot use the data directory ${path}: ${reason}. Name one that this user may write with --data DIR`,
    };
  }
}

export function isDataDirFault(opened: DataDir | DataDirFault): opened is DataDirFault {
  return 'message' in opened;
}

/**
 * The lock is SQLite's on a file of its own: the kernel takes it back when the process dies, however it dies, and it
 * holds between containers, where process ids tell nothing.
 */
function takeLock(path: string): DatabaseSync | undefined {
  const file = join(path, 'lock');
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
    chmodSync(file, 0o600);
    return lock;
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === BUSY) return undefined;
    throw error;
  }
}

function heldBy(path: string): string {
  const file = join(path, 'pid');
  const pid = existsSync(file) ? readFileSync(file, 'utf8').trim() : 'unknown';
  return `the data directory ${path} is in use by process ${pid}: stop it, or name another one with --data DIR`;
}

function readSecret(path: string): Buffer | DataDirFault {
  const file = join(path, 'secret');
  if (!existsSync(file)) {
    // Never half written: it gets its name when it is whole.
    writeFileSync(`${file}.new`, randomBytes(SECRET_BYTES), { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  }
  const secret = readFileSync(file);
  if (secret.length === SECRET_BYTES) return secret;
  return {
    message: `${file} is damaged (${secret.length} bytes instead of ${SECRET_BYTES}): remove it, and calls to phones work again as they re-register`,
  };
}
