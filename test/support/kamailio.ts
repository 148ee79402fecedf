import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand } from './peers/availability.ts';
import { runCommand } from './peers/command.ts';
import { DEFAULTS, PBX_ADDRESS, type Pbx, type PbxContact, type PbxOptions } from './peers/pbx.ts';
import type { Stage } from './peers/stage.ts';
import { freePort } from './ports.ts';
import { type Process, spawnProcess } from './process.ts';

const CONFIGURATION = join(import.meta.dirname, 'kamailio.cfg');
const READY_MS = 20_000;
const COMMAND_MS = 10_000;

/** Kamailio as a PBX; its users are all whose password is `secretOf` their name. */
export class Kamailio implements Pbx {
  readonly name = 'Kamailio';
  readonly address: string;
  readonly port: number;
  /** Where it takes TLS; 0 where it does not. */
  readonly tlsPort: number;
  readonly #process: Process;
  readonly #control: string;

  constructor(process: Process, control: string, address: string, port: number, tlsPort: number) {
    this.#process = process;
    this.#control = control;
    this.address = address;
    this.port = port;
    this.tlsPort = tlsPort;
  }

  get log(): string {
    return this.#process.stderr;
  }

  received(method: string): readonly string[] {
    return [...this.log.matchAll(new RegExp(`received (${method} .*)$`, 'gm'))].map(([, line = '']) =>
      line.trim(),
    );
  }

  async contacts(): Promise<readonly PbxContact[]> {
    const shown = await this.command('ul.dump');
    const contacts: PbxContact[] = [];
    let user = '';
    for (const [, name, value = ''] of shown.matchAll(/^\s*(AoR|Address|Path): (.*)$/gm)) {
      if (name === 'AoR') user = value.trim();
      else if (name === 'Address') contacts.push({ user, uri: value.trim(), path: '' });
      else
        contacts.push({ ...(contacts.pop() as PbxContact), path: value.trim().replace(/^\[not set\]$/, '') });
    }
    return contacts;
  }

  /** As a crash would end it. */
  async crash(): Promise<void> {
    await this.#process.kill9();
  }

  /** Runs a command of its control interface. */
  command(...words: string[]): Promise<string> {
    return runCommand(findCommand('kamcmd') ?? 'kamcmd', ['-s', this.#control, ...words], COMMAND_MS);
  }
}

/** Writes what its TLS goes by, and gives the names of the files as definitions. */
const writeCertificates = (
  home: string,
  { certificate, clients }: KamailioOptions,
): Record<string, string> => {
  const files = {
    ...(certificate && { TLS_CERTIFICATE: certificate.certificate, TLS_KEY: certificate.key }),
    ...(clients !== undefined && { TLS_CLIENTS: clients }),
  };
  const written = Object.entries(files).map(([name, pem]) => {
    const file = join(home, `${name}.pem`);
    writeFileSync(file, pem);
    return [name, `"${file}"`];
  });
  return Object.fromEntries(written);
};

export interface KamailioOptions extends PbxOptions {
  readonly address?: string;
  /** In PEM; with it, it takes TLS too. */
  readonly certificate?: { readonly certificate: string; readonly key: string };
  /** In PEM, the authorities whose certificates those who call by TLS must show; none where it is left out. */
  readonly clients?: string;
  /** It keeps the flows of a phone apart (RFC 5626). */
  readonly outbound?: boolean;
}

export async function startKamailio(stage: Stage, options: KamailioOptions = {}): Promise<Kamailio> {
  const address = options.address ?? PBX_ADDRESS;
  const port = await freePort('both', address);
  const tlsPort = options.certificate === undefined ? 0 : await freePort('tcp', address);
  const { maxContacts, minimumExpires, maximumExpires } = { ...DEFAULTS, ...options };
  const home = stage.directory('kamailio');
  const control = `unixs:${join(home, 'control')}`;
  const definitions = {
    ADDRESS: address,
    PORT: port,
    CONTROL: `"${control}"`,
    MIN_EXPIRES: minimumExpires,
    MAX_EXPIRES: maximumExpires,
    MAX_CONTACTS: maxContacts,
    ...(options.certificate && { TLS_PORT: tlsPort, ...writeCertificates(home, options) }),
    ...(options.outbound && { OUTBOUND: 1 }),
  };
  const process = await spawnProcess({
    command: findCommand('kamailio') ?? 'kamailio',
    args: [
      ...['-DD', '-E', '-f', CONFIGURATION, '-Y', home, '-m', '64', '-M', '8'],
      ...Object.entries(definitions).flatMap(([name, value]) => ['-A', `${name}=${value}`]),
    ],
  });
  stage.onClose(() => process.stop());
  await process.waitForLine('the PBX is ready', READY_MS);
  return new Kamailio(process, control, address, port, tlsPort);
}
