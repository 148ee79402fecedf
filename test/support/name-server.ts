import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand } from './peers/availability.ts';
import type { Stage } from './peers/stage.ts';
import { freePort } from './ports.ts';
import { type Process, spawnProcess } from './process.ts';

const READY_MS = 15_000;

/** The zone that it knows all of; names of others it refuses to speak of. */
export const ZONE = 'pbx.test';

export interface NameServerOptions {
  readonly address?: string;
  /** Of the SOA: how long it holds that there is nothing, in seconds (RFC 2308). */
  readonly negativeTtl?: number;
}

/** NSD with one zone, on a port of its own and without any privilege. It can be stopped and started again. */
export class NameServer {
  readonly address: string;
  readonly port: number;
  readonly #home: string;
  readonly #negativeTtl: number;
  #process: Process | undefined;
  #serial = 0;

  constructor(home: string, address: string, port: number, negativeTtl: number) {
    this.#home = home;
    this.address = address;
    this.port = port;
    this.#negativeTtl = negativeTtl;
    writeFileSync(this.#file('nsd.conf'), this.#configuration());
  }

  /** `HOST:PORT`, as `midreg run --dns` takes it. */
  get hostPort(): string {
    return `${this.address}:${this.port}`;
  }

  #file(name: string): string {
    return join(this.#home, name);
  }

  #configuration(): string {
    return `server:
  ip-address: ${this.address}@${this.port}
  username: ""
  chroot: ""
  database: ""
  pidfile: ""
  zonesdir: "${this.#home}"
  zonelistfile: "${this.#file('zone.list')}"
  xfrdfile: "${this.#file('xfrd.state')}"
  xfrdir: "${this.#home}"
  cookie-secret-file: ""
  server-count: 1
  verbosity: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: ${ZONE}
  zonefile: zone
`;
  }

  /** Records of the zone, a line each: `a 60 IN A 192.0.2.1`, relative to the zone or absolute with a dot at the end. */
  write(records: string): void {
    const soa = `@ 60 IN SOA ns hostmaster ${++this.#serial} 3600 600 86400 ${this.#negativeTtl}`;
    const lines = records.split('\n').map((line) => line.trim());
    writeFileSync(
      this.#file('zone'),
      [`$ORIGIN ${ZONE}.`, soa, '@ 60 IN NS ns', 'ns 60 IN A 127.0.0.1', ...lines, ''].join('\n'),
    );
  }

  async start(): Promise<void> {
    const command = findCommand('nsd') ?? 'nsd';
    this.#process = await spawnProcess({ command, args: ['-d', '-c', this.#file('nsd.conf')] });
    await this.#process.waitForLine('nsd started', READY_MS);
  }

  /** Serves other records from now on; a while passes in which it does not answer. */
  async change(records: string): Promise<void> {
    this.write(records);
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    await process?.stop();
  }
}

export async function startNameServer(
  stage: Stage,
  records: string,
  { address = '127.0.0.1', negativeTtl = 60 }: NameServerOptions = {},
): Promise<NameServer> {
  const port = await freePort('both', address);
  const server = new NameServer(stage.directory('nsd'), address, port, negativeTtl);
  server.write(records);
  stage.onClose(() => server.stop());
  await server.start();
  return server;
}
