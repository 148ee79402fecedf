import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand } from './peers/availability.ts';
import type { Stage } from './peers/stage.ts';
import { freePort, waitForSocket } from './ports.ts';
import { type Process, spawnProcess } from './process.ts';

const READY_MS = 10_000;

export interface SippOptions {
  /** The scenario's file. */
  readonly scenario: string;
  /** Where a scenario that starts with sending sends to; one that waits needs none. */
  readonly to?: { readonly address: string; readonly port: number };
  readonly transport?: 'UDP' | 'TCP';
  readonly address?: string;
  readonly port?: number;
  /** How many calls there will be, and how many of them are begun in a second. */
  readonly calls?: number;
  readonly callsPerSecond?: number;
  /** Lines with fields for `[field0]` and so on, one for each call. */
  readonly fields?: readonly (readonly string[])[];
  readonly timeoutSeconds?: number;
}

/** A sipp that plays a scenario. */
export class Sipp {
  readonly address: string;
  readonly port: number;
  readonly #process: Process;
  readonly #home: string;

  constructor(process: Process, home: string, address: string, port: number) {
    this.#process = process;
    this.#home = home;
    this.address = address;
    this.port = port;
  }

  /** Resolves when all calls went as the scenario says; rejects with what went wrong. */
  async done(): Promise<void> {
    const { code, signal } = await this.#process.exited;
    if (code === 0) return;
    const errors = readdirSync(this.#home)
      .filter((name) => name.endsWith('.log'))
      .map((name) => readFileSync(join(this.#home, name), 'utf8'));
    const said = [...errors, this.#process.stdout, this.#process.stderr].map((text) => text.slice(-4000));
    throw new Error(`sipp ended with ${code ?? signal}:\n${said.join('\n')}`);
  }
}

/** Starts it and waits until its socket is open. */
export async function startSipp(stage: Stage, options: SippOptions): Promise<Sipp> {
  const { to, transport = 'UDP', address = '127.0.0.1', calls = 1, callsPerSecond = 50 } = options;
  const port = options.port ?? (await freePort('both', address));
  const home = stage.directory('sipp');
  const fields = join(home, 'fields.csv');
  if (options.fields !== undefined)
    writeFileSync(fields, ['SEQUENTIAL', ...options.fields.map((line) => line.join(';')), ''].join('\n'));
  const process = await spawnProcess({
    command: findCommand('sipp') ?? 'sipp',
    cwd: home,
    args: [
      ...(to === undefined ? [] : [`${to.address}:${to.port}`]),
      ...['-sf', options.scenario, '-i', address, '-p', `${port}`, '-mi', address],
      ...['-t', transport === 'UDP' ? 'u1' : 't1', '-m', `${calls}`, '-r', `${callsPerSecond}`],
      ...['-timeout', `${options.timeoutSeconds ?? 20}s`, '-timeout_error', '-nostdin'],
      ...['-trace_err', '-error_file', join(home, 'errors.log')],
      ...(options.fields === undefined ? [] : ['-inf', fields]),
      // Its own port for media and none for control, so that many can run at once.
      ...['-mp', `${await freePort('udp', address, 2)}`, '-cp', `${await freePort('udp')}`],
    ],
  });
  stage.onClose(() => process.stop());
  const sipp = new Sipp(process, home, address, port);
  await Promise.race([waitForSocket(transport, port, READY_MS), sipp.done()]);
  return sipp;
}

/** Plays a scenario to its end. */
export const playSipp = async (stage: Stage, options: SippOptions): Promise<void> =>
  (await startSipp(stage, options)).done();
