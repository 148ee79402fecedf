import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { readTokenKey, TokenKey } from '../../../sidecar/io/token-key.ts';
import { observed } from './support.ts';

const KEY = 'k'.repeat(32);
const SOON = { timeout: 5000 };

const directory = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'midreg-key-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
};

const open = (file: string): { key: TokenKey; secrets: Buffer[] } => {
  const secrets: Buffer[] = [];
  const key = new TokenKey(file, 'Store', observed(), (secret) => void secrets.push(secret));
  onTestFinished(() => key.close());
  return { key, secrets };
};

it('is 32 bytes of what the file holds, whatever its last line end', () => {
  expect(readTokenKey(Buffer.from(`${KEY}\n`))).toEqual(readTokenKey(Buffer.from(KEY)));
  expect(readTokenKey(Buffer.from(KEY))).toHaveLength(32);
  expect(readTokenKey(Buffer.from(`${KEY}x`))).not.toEqual(readTokenKey(Buffer.from(KEY)));
});

it('is none with less than 32 bytes', () => {
  expect(readTokenKey(Buffer.from(`${KEY.slice(1)}\n`))).toBe('it has 31 bytes, and at least 32 are needed');
});

it('is taken at once where it is there', () => {
  const file = join(directory(), 'key');
  writeFileSync(file, KEY);
  const { key, secrets } = open(file);
  expect(key.state).toEqual({ source: 'File' });
  expect(secrets).toEqual([readTokenKey(Buffer.from(KEY))]);
});

it('may come later, as a Secret that is made after the pod: by a link that is moved', async () => {
  const home = directory();
  const file = join(home, 'key');
  const { key, secrets } = open(file);
  expect(key.state).toEqual({ source: 'Store', fault: 'it is missing' });
  writeFileSync(join(home, 'data'), KEY);
  symlinkSync('data', join(home, 'key.new'));
  renameSync(join(home, 'key.new'), file);
  await vi.waitFor(() => expect(secrets).toHaveLength(1), SOON);
  expect(key.state).toEqual({ source: 'File' });
});

it('stays in force where its file is changed for one that is none', async () => {
  const file = join(directory(), 'key');
  writeFileSync(file, KEY);
  const { key, secrets } = open(file);
  writeFileSync(file, 'short');
  await vi.waitFor(() => expect(key.state.fault).toContain('5 bytes'), SOON);
  expect(key.state.source).toBe('File');
  expect(secrets).toHaveLength(1);
});

it('stays in force while its file is gone, says so, and is read anew when it is back as it was', async () => {
  const file = join(directory(), 'key');
  writeFileSync(file, KEY);
  const { key } = open(file);
  rmSync(file);
  await vi.waitFor(() => expect(key.state).toEqual({ source: 'File', fault: 'it is missing' }), SOON);
  writeFileSync(file, KEY);
  await vi.waitFor(() => expect(key.state).toEqual({ source: 'File' }), SOON);
});

it('may come with its directory', async () => {
  const home = join(directory(), 'secret');
  const { key } = open(join(home, 'key'));
  expect(key.state.fault).toBe('it is missing');
  mkdirSync(home);
  writeFileSync(join(home, 'key'), KEY);
  await vi.waitFor(() => expect(key.state).toEqual({ source: 'File' }), SOON);
});
