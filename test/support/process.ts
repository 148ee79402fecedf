import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

export interface Command {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** Put over this process's own environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of the test's own, in a process group of its own. */
export interface Process {
  readonly pid: number;
  /** The last MiB of what it wrote. */
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves when it and all of its group have ended and its output has been read. */
  readonly exited: Promise<Exit>;
  /** The first line of stdout or stderr, already written or to come, that holds or matches `pattern`. Rejects when there is none in time or the process ends. */
  waitForLine(pattern: string | RegExp, timeoutMs: number): Promise<string>;
  /** SIGTERM, and SIGKILL to its whole group if it has not ended after the grace. */
  stop(graceMs?: number): Promise<Exit>;
  /** SIGKILL to its whole group, as a crash would end it. */
  kill9(): Promise<Exit>;
}

const KEPT_CHARACTERS = 1 << 20;
const SHOWN_CHARACTERS = 3000;
const GRACE_MS = 5000;
/** Ends the process group $0 if whoever holds the other end of stdin goes without a word, however it went. */
const GUARD = 'read -r word || kill -s KILL -- "-$0" 2>/dev/null';

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** Returns how to call the guard off. */
const guard = (group: number): (() => void) => {
  const watcher = spawn('sh', ['-c', GUARD, String(group)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  watcher.on('error', () => signal(-group, 'SIGKILL'));
  watcher.stdin.on('error', () => {});
  return () => void watcher.stdin.end('ended\n');
};

/** What one stream has written, and who waits for a line of it. */
class Output {
  text = '';
  readonly #listeners = new Set<() => void>();

  constructor(stream: Readable) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      this.text = (this.text + chunk).slice(-KEPT_CHARACTERS);
      for (const listener of this.#listeners) listener();
    });
  }

  find(pattern: string | RegExp): string | undefined {
    const holds = (line: string) =>
      typeof pattern === 'string' ? line.includes(pattern) : line.search(pattern) >= 0;
    return this.text.split(/\r?\n/).slice(0, -1).find(holds);
  }

  onData(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

class Spawned implements Process {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly #title: string;
  readonly #child: ChildProcess;
  readonly #stdout: Output;
  readonly #stderr: Output;

  constructor(title: string, child: ChildProcess) {
    if (child.pid === undefined || child.stdout === null || child.stderr === null)
      throw new Error(`${title} cannot be started`);
    this.pid = child.pid;
    this.#title = title;
    this.#child = child;
    this.#stdout = new Output(child.stdout);
    this.#stderr = new Output(child.stderr);
    const callOff = guard(this.pid);
    this.exited = once(child, 'close').then(([code, name]) => ({ code, signal: name }) as Exit);
    child.once('exit', () => {
      // Children of its own that it left behind would hold its ports.
      signal(-this.pid, 'SIGKILL');
      callOff();
    });
  }

  get stdout(): string {
    return this.#stdout.text;
  }

  get stderr(): string {
    return this.#stderr.text;
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #find(pattern: string | RegExp): string | undefined {
    return this.#stdout.find(pattern) ?? this.#stderr.find(pattern);
  }

  #complain(what: string): Error {
    const said = `${this.stdout.slice(-SHOWN_CHARACTERS)}${this.stderr.slice(-SHOWN_CHARACTERS)}`;
    return new Error(`${this.#title} ${what}; it said:\n${said}`);
  }

  async waitForLine(pattern: string | RegExp, timeoutMs: number): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const look = () => {
      const line = this.#find(pattern);
      if (line !== undefined) resolve(line);
    };
    const offs = [this.#stdout.onData(look), this.#stderr.onData(look)];
    const timer = setTimeout(
      () => reject(this.#complain(`wrote no line with ${pattern} in ${timeoutMs} ms`)),
      timeoutMs,
    );
    void this.exited.then(() => reject(this.#complain(`ended before it wrote a line with ${pattern}`)));
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      for (const off of offs) off();
    }
  }

  async stop(graceMs = GRACE_MS): Promise<Exit> {
    if (this.#hasEnded) return this.exited;
    const timer = setTimeout(() => signal(-this.pid, 'SIGKILL'), graceMs);
    signal(this.pid, 'SIGTERM');
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  kill9(): Promise<Exit> {
    if (!this.#hasEnded) signal(-this.pid, 'SIGKILL');
    return this.exited;
  }
}

/**
 * Starts a child without a terminal or stdin. It and its children end with this process at the latest, even if this
 * process is killed. Rejects when the command is not to be found.
 */
export async function spawnProcess({ command, args = [], cwd, env = {} }: Command): Promise<Process> {
  const child = spawn(command, [...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  await once(child, 'spawn');
  return new Spawned([command, ...args].join(' ').slice(0, 200), child);
}
