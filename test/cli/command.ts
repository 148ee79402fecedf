import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const MIDREG = join(import.meta.dirname, '../../bin/midreg');
const TIMEOUT_MS = 20_000;

/** How a finished command went. */
export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `bin/midreg` to its end with `input` on standard input. */
export function midreg(args: readonly string[], input = '', command = MIDREG): Promise<Finished> {
  const child = spawn(command, args, {
    timeout: TIMEOUT_MS,
    env: { ...process.env, MIDREG_ADMIN: undefined },
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.on('error', () => undefined).end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}
