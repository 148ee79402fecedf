import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { midreg } from './command.ts';

const ROOT = join(import.meta.dirname, '../..');
const PACKING_MS = 60_000;

let directory: string;
let command: string;

/** Packs the project as for publishing and unpacks it elsewhere, with the checkout's dependencies. */
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'midreg-package-'));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', directory], { cwd: ROOT, stdio: 'pipe' });
  execFileSync('sh', ['-c', 'tar xzf midregistrar-*.tgz'], { cwd: directory });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'package/node_modules'));
  command = join(directory, 'package/bin/midreg');
}, PACKING_MS);

afterAll(() => rmSync(directory, { recursive: true }));

describe('the npm package', { timeout: 30_000 }, () => {
  it('has a command that runs without the sources', async () => {
    expect(await midreg(['--version'], '', command)).toMatchObject({ code: 0, err: '' });
  });

  it('carries what the validator needs', async () => {
    const { code, out } = await midreg(['validate', '-'], 'kind: Other\n', command);
    expect(out).toContain('<stdin>:1:');
    expect(code).toBe(1);
  });

  it('carries what the demo needs, and runs its proxy from the bundle', async () => {
    const { code, out, err } = await midreg(['demo', '--once'], '', command);
    expect(err).toBe('');
    expect(out).toContain('All 6 steps held.');
    expect(code).toBe(0);
  });
});
