import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import type { Options } from './options.ts';
import type { System } from './system.ts';

/** The circumstances that figures are worth nothing without. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly filesystem: string;
  readonly loadAverage: number;
  readonly date: string;
  readonly commit: string;
  readonly versions: Readonly<Record<string, string>>;
}

const output = (command: string, args: readonly string[]): string => {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
};

/** `directory` is where the systems under test keep their data: a durable store is as fast as its disk. */
export const describeMachine = (directory: string, systems: readonly System[]): Machine => {
  const versions: Record<string, string> = { node: process.version };
  for (const system of systems) {
    const presence = system.presence();
    if (presence.kind === 'here') versions[system.name] = presence.version;
  }
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    filesystem: output('stat', ['-f', '-c', '%T', directory]),
    loadAverage: loadavg()[0]!,
    date: new Date().toISOString().slice(0, 10),
    commit: output('git', ['-C', import.meta.dirname, 'rev-parse', '--short', 'HEAD']),
    versions,
  };
};

/** The machine in plain lines. */
export const machineLines = (machine: Machine): readonly string[] => {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `- ${machine.date}, commit ${machine.commit}; ${versions.join(', ')}`,
    `- ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}, data on ${machine.filesystem}; load average at the start ${machine.loadAverage.toFixed(2)}`,
  ];
};

/** The machine and the run's settings in plain lines, to stand above the table. */
export const renderMachine = (machine: Machine, options: Options, systems: readonly System[]): string => {
  const n = (value: number): string => value.toLocaleString('en-US');
  return [
    ...machineLines(machine),
    `- ${options.rounds} round(s), ${n(options.count)} round trips, ${n(options.users)} users on ${options.phones} UDP sockets, ${options.window} outstanding; system on core ${options.cores[0]}, generator on core ${options.cores[1]}`,
    ...systems.map((system) => `- ${system.name}: ${system.describes}`),
  ].join('\n');
};
