import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIDREG, midreg } from './command.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'midreg-bin-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

describe('bin/midreg', { timeout: 30_000 }, () => {
  it('finds its own files through symbolic links, absolute and relative', async () => {
    symlinkSync(MIDREG, join(directory, 'first'));
    symlinkSync('first', join(directory, 'second'));
    const { code, out } = await midreg(['--version'], '', join(directory, 'second'));
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('is the process that runs, so that a signal to its pid reaches it', async () => {
    const child = spawn(MIDREG, ['bindings', '--watch', '--admin', '127.0.0.1:1'], { stdio: 'pipe' });
    try {
      await once(child.stdout, 'data');
      child.kill('SIGINT');
      // A shell in between would die of the signal; the watch itself ends it with 0.
      expect(await once(child, 'exit')).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
