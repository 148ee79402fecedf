import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type DataDir, isDataDirFault, openDataDir } from '../../../sidecar/io/data-dir.ts';
import { temporaryDir } from './bindings.ts';

function directory(): string {
  const dir = temporaryDir();
  onTestFinished(dir.remove);
  return join(dir.path, 'deep', 'data');
}

function mustOpen(path: string): DataDir {
  const dir = openDataDir(path);
  if (isDataDirFault(dir)) throw new Error(dir.message);
  return dir;
}

it('makes the directory for its user alone, with a secret that stays the same', () => {
  const path = directory();
  const first = mustOpen(path);
  expect(first.secret).toHaveLength(32);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, 'secret')).mode & 0o777).toBe(0o600);
  first.release();
  const second = mustOpen(path);
  expect(second.secret).toEqual(first.secret);
  second.release();
});

it('says that a damaged secret is to be removed', () => {
  const path = directory();
  mustOpen(path).release();
  writeFileSync(join(path, 'secret'), 'short');
  expect(openDataDir(path)).toMatchObject({
    message: expect.stringContaining('is damaged (5 bytes instead of 32)'),
  });
});

describe('says what is wrong and what to do', () => {
  const messageOf = (path: string): string => {
    const opened = openDataDir(path);
    if (isDataDirFault(opened)) return opened.message;
    opened.release();
    return 'opened';
  };

  it('where the path, or a part of it, is a file', () => {
    const path = directory();
    mustOpen(path).release();
    const file = join(path, 'secret');
    expect(messageOf(file)).toBe(
      `the data directory ${file} is a file: move it away, or name another one with --data DIR`,
    );
    const below = join(file, 'deep', 'data');
    expect(messageOf(below)).toBe(
      `the data directory ${below} can't be made, for ${file} is a file: move that away, or name another one with --data DIR`,
    );
  });

  it('where a symbolic link leads nowhere', () => {
    const path = directory();
    mustOpen(path).release();
    const link = join(path, 'link');
    symlinkSync('nowhere', link);
    expect(messageOf(link)).toBe(
      `the data directory ${link} can't be made in ${path}: a symbolic link that leads nowhere stands in its place; name another one with --data DIR`,
    );
  });

  it.runIf(existsSync('/proc/self'))('at once, where no directory can be made at all', () => {
    for (const path of ['/proc/nope', '/proc/nope/deep'])
      expect(messageOf(path)).toBe(
        `the data directory ${path} can't be made in /proc: no directory can be made there; name another one with --data DIR`,
      );
  });

  it('where this user may write neither it nor what it would be made in', async () => {
    const dir = temporaryDir();
    onTestFinished(dir.remove);
    chmodSync(dir.path, 0o555);
    const inside = join(dir.path, 'data');
    const said = await asNobody([dir.path, inside]);
    expect(said).toEqual([
      `the data directory ${dir.path} may not be written by this user: make it this user's with chown, or name another one with --data DIR`,
      `the data directory ${inside} can't be made, for ${dir.path} may not be written by this user: make it there and this user's with chown, or name another one with --data DIR`,
    ]);
  });
});

/** What is said of paths by a process that is not root. */
async function asNobody(paths: readonly string[]): Promise<string[]> {
  const script = fileURLToPath(new URL('data-dir-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, ...paths], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return (await text(child.stdout)).trimEnd().split('\n');
}

it('is for one process at a time, tells the other one which it is, and is free again after its kill -9', async () => {
  const path = directory();
  const script = fileURLToPath(new URL('journal-process.ts', import.meta.url));
  const holder = spawn(process.execPath, [script, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void holder.kill('SIGKILL'));
  expect(String((await once(holder.stdout, 'data'))[0])).toBe('ready\n');
  const refused = openDataDir(path);
  expect(refused).toEqual({
    message: `the data directory ${path} is in use by process ${holder.pid}: stop it, or name another one with --data DIR`,
  });
  const exit = once(holder, 'exit');
  holder.kill('SIGKILL');
  await exit;
  const dir = mustOpen(path);
  expect(readFileSync(join(path, 'pid'), 'utf8')).toBe(`${process.pid}\n`);
  dir.release();
});
