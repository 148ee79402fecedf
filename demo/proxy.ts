import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { formatHostPort, type HostPort } from '../cli/host-port.ts';
import { LastLines } from './last-lines.ts';

/** The proxy drains when it is told to end, and stops that when it is told again. */
const PATIENCE_MILLISECONDS = 2_000;

export interface RunningProxy {
  readonly pid: number | undefined;
  /** Resolves, with how it went, when it has ended. */
  readonly ended: Promise<string>;
  /** The last of what it wrote to stderr and to its log. */
  said(): string[];
  /** Takes each line of its log from now on. */
  onLog(listener: (line: string) => void): void;
  /** Resolves when it says that it is ready to serve: by its own log, for something else may answer at the admin address. */
  readonly ready: Promise<void>;
  /** Ends it and waits for that. */
  stop(): Promise<void>;
}

/** Starts `midreg run FILE` as a process of its own; `program` is the command's, by default the very one that runs us. */
export function startProxy(file: string, admin: HostPort, program = process.argv[1] ?? ''): RunningProxy {
  const flags = ['--admin', formatHostPort(admin), '--log-level', 'info'];
  const child = spawn(process.execPath, [...process.execArgv, program, 'run', file, ...flags], {
    // Ctrl-C at the terminal is for us: we end the proxy after its phones.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new ProxyProcess(child);
}

class ProxyProcess implements RunningProxy {
  readonly ended: Promise<string>;
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #log = new LastLines();
  readonly #errors = new LastLines();
  #listener: (line: string) => void = () => {};
  #isRunning = true;

  constructor(child: ChildProcess) {
    this.#child = child;
    const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();
    this.ready = ready;
    this.#log.onLine = (line) => {
      if (line.endsWith('"msg":"ready"}')) isReady();
      this.#listener(line);
    };
    this.#log.read(child.stdout);
    this.#errors.read(child.stderr);
    // However we end, it does not outlive us.
    const endWithUs = () => child.kill('SIGKILL');
    process.once('exit', endWithUs);
    const { promise, resolve } = Promise.withResolvers<string>();
    child.once('error', (error) => resolve(`it cannot be started: ${error.message}`));
    child.once('close', (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`));
    this.ended = promise.finally(() => {
      this.#isRunning = false;
      process.off('exit', endWithUs);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  said(): string[] {
    return [...this.#errors.lines, ...this.#log.lines];
  }

  onLog(listener: (line: string) => void): void {
    this.#listener = listener;
  }

  async stop(): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGTERM', 'SIGKILL'] as const) {
      if (!this.#isRunning) return;
      this.#child.kill(signal);
      const stop = new AbortController();
      const patience = pause(PATIENCE_MILLISECONDS, undefined, { signal: stop.signal }).catch(() => {});
      await Promise.race([this.ended, patience]);
      stop.abort();
    }
  }
}
