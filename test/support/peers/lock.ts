import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Does `work` while no other process does anything under the same lock file, waiting for it up to `waitSeconds`.
 * The lock is held by flock(1) for as long as its stdin is open, so that it never outlives us.
 */
export async function withLock<T>(file: string, waitSeconds: number, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const args = ['-w', String(waitSeconds), file, 'sh', '-c', 'echo held; cat'];
  const holder = spawn('flock', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'close');
  const isHeld = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!isHeld) throw new Error(`${file} is held by another run for more than ${waitSeconds} s`);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
