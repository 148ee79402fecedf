import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type AsteriskOptions, asteriskFiles } from './asterisk-config.ts';
import { asteriskRoot, findCommand } from './peers/availability.ts';
import { runCommand } from './peers/command.ts';
import { PBX_ADDRESS, type Pbx, type PbxContact } from './peers/pbx.ts';
import type { Stage } from './peers/stage.ts';
import { freePort } from './ports.ts';
import { type Process, spawnProcess } from './process.ts';

const READY_MS = 20_000;
const COMMAND_MS = 10_000;
const PROGRAM = '/usr/sbin/asterisk';

/** As its location database tells it: `/registrar/contact/u1;@… : {"uri":…}`. */
const CONTACT = /^\/registrar\/contact\/(\S+?);@\S+\s*: (\{.*\})\s*$/gm;

/** Asterisk in its chroot, with all that it writes in a directory of its own. */
export class Asterisk implements Pbx {
  readonly name = 'Asterisk';
  readonly address: string;
  readonly port: number;
  /** Of its WebSocket, which is at /ws; 0 where it takes none. */
  readonly webSocketPort: number;
  readonly #process: Process;
  readonly #home: string;

  constructor(process: Process, home: string, address: string, port: number, webSocketPort: number) {
    this.#process = process;
    this.#home = home;
    this.address = address;
    this.port = port;
    this.webSocketPort = webSocketPort;
  }

  get log(): string {
    return this.#process.stdout;
  }

  received(method: string): readonly string[] {
    const pattern = new RegExp(`^<--- Received SIP request .*--->\r?\n(${method} .*)$`, 'gm');
    return [...this.log.matchAll(pattern)].map(([, line = '']) => line.trim());
  }

  async contacts(): Promise<readonly PbxContact[]> {
    const shown = await this.command('database show registrar/contact');
    return [...shown.matchAll(CONTACT)].map(([, user = '', json = '{}']) => {
      const { uri, path } = JSON.parse(json) as { uri: string; path?: string };
      return { user, uri: uri.replaceAll('^3B', ';'), path: (path ?? '').replaceAll('^3B', ';') };
    });
  }

  /** Runs a command of its command line. */
  command(line: string): Promise<string> {
    const args = [asteriskRoot(), PROGRAM, '-C', `${this.#home}/etc/asterisk.conf`, '-rx', line];
    return runCommand(findCommand('chroot') ?? 'chroot', args, COMMAND_MS);
  }
}

/** Where the chroot's Asterisk has its modules: in the directory of the processor's architecture. */
const moduleDirectory = (root: string): string => {
  const found = readdirSync(join(root, 'usr/lib')).find((name) => name.endsWith('-linux-gnu'));
  if (found === undefined) throw new Error(`no Asterisk modules in ${root}`);
  return `/usr/lib/${found}/asterisk/modules`;
};

export async function startAsterisk(stage: Stage, options: AsteriskOptions = {}): Promise<Asterisk> {
  const root = asteriskRoot();
  const address = options.address ?? PBX_ADDRESS;
  const port = await freePort('both', address);
  const webSocketPort = options.webSocket ? await freePort('tcp', address) : 0;
  const directory = stage.directory('asterisk', join(root, 'tmp'));
  const home = `/tmp/${basename(directory)}`;
  for (const name of ['etc', 'run', 'log', 'var']) mkdirSync(join(directory, name));
  const files = asteriskFiles(home, moduleDirectory(root), address, port, options, webSocketPort);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, 'etc', name), text);
  const process = await spawnProcess({
    command: findCommand('chroot') ?? 'chroot',
    args: [root, PROGRAM, '-C', `${home}/etc/asterisk.conf`, '-f', '-n', '-vvv'],
  });
  stage.onClose(() => process.stop());
  await process.waitForLine('Asterisk Ready.', READY_MS);
  return new Asterisk(process, home, address, port, webSocketPort);
}
