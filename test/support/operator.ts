import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kill } from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import type { Stage } from './peers/stage.ts';
import { freePort } from './ports.ts';
import { type Exit, spawnProcess } from './process.ts';

const MIDREG = join(import.meta.dirname, '../../bin/midreg');

/** What an operator has done so far. */
export interface Counts {
  /** To the API server, all of them. */
  readonly requests: number;
  /** Those that change something, the lease's apart. */
  readonly writes: number;
  readonly connections: number;
  readonly reconciles: number;
  readonly rssMebibytes: number;
}

export interface OperatorProcess {
  readonly pid: number;
  counts(): Promise<Counts>;
  /** Resolves when it has looked at least so many times at resources. */
  lookedAt(count: number): Promise<void>;
  readonly exited: Promise<Exit>;
  stop(): Promise<Exit>;
  /** Sends a signal to just this process. */
  signal(signal: NodeJS.Signals): void;
  /** What it has logged so far. */
  readonly log: string;
}

/** The sum of a metric over those of its samples whose labels match. */
export const sumOf = (page: string, name: string, labels: RegExp = /./): number =>
  page
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => labels.test(line))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);

const READY_MS = 60_000;

/** Runs the operator against a cluster, from source or by the given command. */
export async function startOperator(
  stage: Stage,
  kubeconfig: string,
  env: Readonly<Record<string, string>> = {},
  [command, ...first]: readonly [string, ...string[]] = [MIDREG],
): Promise<OperatorProcess> {
  const port = await freePort('tcp');
  const running = await spawnProcess({
    command,
    args: [
      ...first,
      'operator',
      '--kubeconfig',
      kubeconfig,
      '--image',
      'midregistrar:bench',
      '--health',
      `127.0.0.1:${port}`,
    ],
    env,
  });
  stage.onClose(() => running.kill9());
  await running.waitForLine('"msg":"started"', READY_MS);
  const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const counts = async (): Promise<Counts> => {
    const now = await page();
    return {
      requests: sumOf(now, 'rest_client_requests_total'),
      // A lease is renewed by PUT, and nothing else is.
      writes: sumOf(now, 'rest_client_requests_total', /method="(POST|PATCH|DELETE)"/),
      connections: sumOf(now, 'rest_client_connections_opened_total'),
      reconciles: sumOf(now, 'controller_runtime_reconcile_total'),
      rssMebibytes: rssOf(running.pid),
    };
  };
  return {
    pid: running.pid,
    get log() {
      return running.stdout;
    },
    counts,
    lookedAt: async (count) => {
      while ((await counts()).reconciles < count) await wait(100);
    },
    exited: running.exited,
    stop: () => running.stop(),
    signal: (signal) => void kill(running.pid, signal),
  };
}

const rssOf = (pid: number): number => {
  const [, kibibytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
};
