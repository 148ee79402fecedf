import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
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

it('says what is wrong with a directory that can not be made', () => {
  const path = directory();
  mustOpen(path).release();
  const below = join(path, 'secret', 'data');
  expect(openDataDir(below)).toMatchObject({
    message: expect.stringMatching(/^cannot use the data directory .*--data DIR$/),
  });
});

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
