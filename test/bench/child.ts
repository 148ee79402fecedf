import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { descendants } from './cpu.ts';

/** A process of ours, pinned to one core, and how to end it. */
export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** SIGTERM, then SIGKILL to whatever of it is left after the grace (milliseconds); resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
}

const running = new Set<Child>();
let isOver = false;

/** Ends every process this run started, for the way out after a failure or a signal; none can be started any more. */
export const stopAll = async (): Promise<void> => {
  isOver = true;
  await Promise.all([...running].map((child) => child.stop(2000)));
};

/** Starts `command` on one core; its stderr, and stdout unless piped, go to the file `log`. */
export const startPinned = (
  core: number,
  command: readonly string[],
  log: string,
  options: { pipe?: boolean; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Child => {
  if (isOver) throw new Error('the run is being ended');
  const sink = openSync(log, 'a');
  const stdio: SpawnOptions['stdio'] = options.pipe ? ['pipe', 'pipe', sink] : ['ignore', sink, sink];
  const spawned = spawn('taskset', ['-c', String(core), ...command], {
    stdio,
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (spawned.pid === undefined) throw new Error(`cannot start taskset (Debian: apt-get install util-linux)`);
  let ending: Promise<void> | undefined;
  const child: Child = {
    pid: spawned.pid,
    process: spawned,
    // Whoever asks again, as the way out of a run does, waits for the same end.
    stop: (graceMs = 10_000) => {
      ending ??= stop(child, graceMs).finally(() => running.delete(child));
      return ending;
    },
  };
  running.add(child);
  return child;
};

export const hasEnded = (child: Child): boolean =>
  child.process.exitCode !== null || child.process.signalCode !== null;

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

const stop = async (child: Child, graceMs: number): Promise<void> => {
  if (hasEnded(child)) return;
  // Taken before the parent goes: an orphan is not found by its parent any more.
  const family = descendants(child.pid);
  const ended = once(child.process, 'exit');
  signal(child.pid, 'SIGTERM');
  const inTime = await Promise.race([ended.then(() => true), delay(graceMs, false, { ref: false })]);
  if (inTime) return;
  for (const pid of [child.pid, ...family]) signal(pid, 'SIGKILL');
  await ended;
};
