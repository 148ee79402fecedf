import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
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
    const fault = makeDirectory(path);
    if (fault !== undefined) return { message: fault };
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
      message: `cannot use the data directory ${path}: ${reason}; mend that, or ${NAME_ANOTHER}`,
    };
  }
}

const NAME_ANOTHER = 'name another one with --data DIR';

/** What is wrong where there is no directory that can be written, and none can be made. */
function makeDirectory(path: string): string | undefined {
  const about = `the data directory ${path}`;
  const top = nearestExisting(path);
  if (!statSync(top).isDirectory())
    return top === path
      ? `${about} is a file: move it away, or ${NAME_ANOTHER}`
      : `${about} can't be made, for ${top} is a file: move that away, or ${NAME_ANOTHER}`;
  try {
    accessSync(top, constants.R_OK | constants.W_OK | constants.X_OK);
    makeBelow(top, path);
    return undefined;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES')
      return `${about} can't be ${top === path ? 'written' : `made in ${top}`}: ${WHY[code] ?? message}; ${NAME_ANOTHER}`;
    return top === path
      ? `${about} may not be written by this user: make it this user's with chown, or ${NAME_ANOTHER}`
      : `${about} can't be made, for ${top} may not be written by this user: make it there and this user's with chown, or ${NAME_ANOTHER}`;
  }
}

const WHY: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: "this user's quota is used up",
  // As /proc and /sys say it.
  ENOENT: 'no directory can be made there',
  EPERM: 'no directory can be made there',
  EEXIST: 'a symbolic link that leads nowhere stands in its place',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
};

/** The path itself, or what of it is there. */
const nearestExisting = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));

/** One by one: Node's own `recursive` tries for ever where a file system has no room for directories, as /proc. */
function makeBelow(top: string, path: string): void {
  if (path === top) return;
  makeBelow(top, dirname(path));
  mkdirSync(path, { mode: 0o700 });
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
  return `the data directory ${path} is in use by process ${pid}: stop it, or ${NAME_ANOTHER}`;
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
