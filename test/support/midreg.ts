import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './peers/stage.ts';
import { freePort } from './ports.ts';
import { type Exit, type Process, spawnProcess } from './process.ts';

const COMMAND = join(import.meta.dirname, '../../bin/midreg');
const READY_MS = 20_000;
const CHANGE_MS = 10_000;
const DRAIN_MS = 20_000;
const LOOK_AGAIN_MS = 20;

/** A contact as `/v1/bindings` shows it. */
export interface ShownContact {
  readonly uri: string;
  readonly expiresInSeconds: number;
  readonly transport: string | null;
  readonly remote: string | null;
  readonly foreign: boolean;
  readonly reachable: boolean;
  readonly upstream: string;
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A resource's `spec`, or a part of it. */
export type Spec = Readonly<Record<string, unknown>>;

export interface MidregOptions {
  readonly spec: Spec;
  readonly logLevel?: 'debug' | 'info' | 'warn';
  readonly data?: string;
  /** Where the Secrets are that `spec` names, each a folder. */
  readonly secrets?: string;
  /** Further ones of `midreg run`. */
  readonly flags?: readonly string[];
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** `midreg run` on a resource of its own. It can be killed and started anew on the same data. */
export class Midreg {
  readonly file: string;
  readonly data: string;
  readonly #admin: string;
  readonly #logLevel: string;
  readonly #flags: readonly string[];
  #process: Process | undefined;

  constructor(
    stage: Stage,
    admin: string,
    { spec, data, secrets, logLevel = 'debug', flags = [] }: MidregOptions,
  ) {
    this.file = join(stage.directory('resource'), 'midregistrar.yaml');
    this.data = data ?? stage.directory('data');
    this.#admin = admin;
    this.#logLevel = logLevel;
    this.#flags = secrets === undefined ? flags : ['--secrets', secrets, ...flags];
    this.write(spec);
    stage.onClose(() => this.#close());
  }

  async #close(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    const { code, signal } = await process.stop(DRAIN_MS);
    if (code !== 0)
      throw new Error(`midreg ended with ${code ?? signal}:\n${process.stdout}${process.stderr}`);
  }

  get pid(): number {
    return this.#running.pid;
  }

  get #running(): Process {
    if (this.#process === undefined) throw new Error('midreg has not been started');
    return this.#process;
  }

  /** All lines of its log so far, as they were written. */
  get log(): string {
    return this.#running.stdout + this.#running.stderr;
  }

  /** Its admin address, as HOST:PORT. */
  get admin(): string {
    return this.#admin;
  }

  get logLines(): readonly LogLine[] {
    return this.#running.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  waitForLog(pattern: string | RegExp): Promise<string> {
    return this.#running.waitForLine(pattern, CHANGE_MS);
  }

  /** Writes the resource anew, as an editor would. */
  write(spec: Spec): void {
    const resource = {
      apiVersion: 'midregistrar.dev/v1',
      kind: 'MidRegistrar',
      metadata: { name: 'office' },
      spec,
    };
    this.writeText(JSON.stringify(resource, null, 2)); // JSON is YAML
  }

  writeText(text: string): void {
    writeFileSync(this.file, text);
  }

  /** Starts it and waits until it says that it is ready. */
  async start(): Promise<void> {
    const args = ['run', this.file, '--admin', this.#admin, '--data', this.data, ...this.#flags];
    const process = await spawnProcess({ command: COMMAND, args: [...args, '--log-level', this.#logLevel] });
    this.#process = process;
    const ended = process.exited.then(() => {
      throw new Error(`midreg ended before it was ready:\n${process.stdout}${process.stderr}`);
    });
    await Promise.race([ended, this.#until('is ready', () => this.#isReady(), READY_MS)]);
  }

  async #isReady(): Promise<true | undefined> {
    const response = await fetch(`http://${this.#admin}/readyz`).catch(() => undefined);
    await response?.body?.cancel();
    return response?.status === 200 ? true : undefined;
  }

  async #until<T>(what: string, look: () => Promise<T | undefined>, timeoutMs = CHANGE_MS): Promise<T> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      const seen = await look();
      if (seen !== undefined) return seen;
      if (Date.now() > until)
        throw new Error(`it never came about that ${what}; the log:\n${this.log.slice(-4000)}`);
      await sleep(LOOK_AGAIN_MS);
    }
  }

  async #get(path: string): Promise<Response> {
    const response = await fetch(`http://${this.#admin}${path}`);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  }

  /** What `/v1/status` tells. */
  async status(): Promise<Readonly<Record<string, unknown>>> {
    return (await (await this.#get('/v1/status')).json()) as Readonly<Record<string, unknown>>;
  }

  /** The contacts of one AoR. */
  async bindings(aor: string): Promise<readonly ShownContact[]> {
    const shown = await (await this.#get(`/v1/bindings?aor=${encodeURIComponent(aor)}`)).json();
    const { bindings } = shown as { bindings: readonly { contacts: readonly ShownContact[] }[] };
    return bindings.flatMap(({ contacts }) => contacts);
  }

  /** The contacts of one AoR, once there are as many as that. */
  waitForBindings(aor: string, count: number): Promise<readonly ShownContact[]> {
    return this.#until(`${aor} has ${count} contact(s)`, async () => {
      const contacts = await this.bindings(aor);
      return contacts.length === count ? contacts : undefined;
    });
  }

  /** Resolves once no more than that many contacts of the AoR can be reached. */
  waitForReachable(aor: string, most: number): Promise<true> {
    return this.#until(`${most} contact(s) of ${aor} can be reached`, async () =>
      (await this.bindings(aor)).filter(({ reachable }) => reachable).length <= most ? true : undefined,
    );
  }

  /** Resolves once no contact of the AoR can be reached. */
  waitForUnreachable(aor: string): Promise<true> {
    return this.waitForReachable(aor, 0);
  }

  /** One figure of `/metrics`, summed over the series whose labels hold all of `labels`; 0 where there is none. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const page = await (await this.#get('/metrics')).text();
    const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
    return page
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => wanted.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** Resolves once an event has been counted that many times. */
  waitForEvents(event: string, least: number): Promise<true> {
    return this.#until(`${event} was counted ${least} time(s)`, async () =>
      (await this.metric('midreg_events_total', { event })) >= least ? true : undefined,
    );
  }

  /** Resolves once a figure of `/metrics` is at most as large as that. */
  waitForMetric(name: string, most: number): Promise<true> {
    return this.#until(`${name} is ${most} or less`, async () =>
      (await this.metric(name)) <= most ? true : undefined,
    );
  }

  /** SIGTERM, and how it ended. */
  async stop(): Promise<Exit> {
    const process = this.#running;
    this.#process = undefined;
    return await process.stop(DRAIN_MS);
  }

  /** As a crash would end it. */
  async kill9(): Promise<void> {
    const process = this.#running;
    this.#process = undefined;
    await process.kill9();
  }
}

export async function startMidreg(stage: Stage, options: MidregOptions): Promise<Midreg> {
  const midreg = new Midreg(stage, `127.0.0.1:${await freePort('tcp')}`, options);
  await midreg.start();
  return midreg;
}
