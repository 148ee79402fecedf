import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './sources.ts';

/** Runs a package's command on the whole project; '' if it is content, else all it said. */
const complaints = (command: string, ...args: string[]): string => {
  const run = spawnSync(process.execPath, [join(ROOT, 'node_modules', command), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  return run.status === 0 ? '' : `${run.stdout}${run.stderr}${run.error?.message ?? ''}`;
};

const mustBeContent = (command: string, ...args: string[]): void => {
  const said = complaints(command, ...args);
  if (said !== '') expect.fail(said);
};

describe('the project', { timeout: 120_000 }, () => {
  it('is formatted and has no lint findings (mend with `npm run format`)', () => {
    mustBeContent('@biomejs/biome/bin/biome', 'check', '--colors=off');
  });

  it('has no type errors', () => {
    mustBeContent('typescript/bin/tsc', '--noEmit', '--pretty', 'false');
  });
});
