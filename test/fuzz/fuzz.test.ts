import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');
const SECONDS = 8;
const SEED = 20_260_101;

/** Runs the command for some seconds; all that it has said. */
function fuzz(...args: readonly string[]): { readonly said: string; readonly code: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
  return { said: `${stdout}${stderr}`, code: status };
}

describe('a short run', { timeout: 180_000 }, () => {
  it('breaks no law, by the same seed each time; others are for `npm run fuzz`', () => {
    // In so short a time more is reached by trying more than by looking at what was reached.
    const { said, code } = fuzz(String(SECONDS), '--seed', String(SEED), '--unguided');
    process.stdout.write(`${said}\n`);
    expect(code, said).toBe(0);
    expect(said).toMatch(/together [1-9]\d* runs/);
  });
});

describe('the command', { timeout: 60_000 }, () => {
  it('says what is wrong with its arguments', () => {
    for (const [args, wrong] of [
      [['soon'], 'SECONDS soon: expected a whole number'],
      [['1', '2'], 'unexpected 2'],
      [['1', '--seed', 'x'], '--seed x: expected a whole number'],
      [['1', '--target', 'x'], '--target x: expected one of all, time, parser'],
      [['--case', 'no.json'], 'no such file'],
    ] as const) {
      const { said, code } = fuzz(...args);
      expect(said).toContain(wrong);
      expect(code).toBe(2);
    }
  });
});
