import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BaresipControl, connectControl, type Told } from './baresip-control.ts';
import { findCommand } from './peers/availability.ts';
import { aorOf, DEFAULTS, secretOf } from './peers/pbx.ts';
import type { Stage } from './peers/stage.ts';
import { freePort } from './ports.ts';
import { type Exit, type Process, spawnProcess } from './process.ts';

const READY_MS = 10_000;
const EVENT_MS = 15_000;

export interface BaresipOptions {
  readonly user: string;
  /** Where all its requests go. */
  readonly proxy: { readonly address: string; readonly port: number };
  readonly transport?: 'UDP' | 'TCP' | 'TLS';
  readonly address?: string;
  readonly secret?: string;
  /** What it asks for when it registers, in seconds. */
  readonly expires?: number;
  readonly answers?: 'auto' | 'manual';
  /** It keeps flows (RFC 5626). */
  readonly keepsFlows?: boolean;
}

const configuration = (
  address: string,
  port: number,
  controlPort: number,
  consolePort: number,
  isOutbound: boolean,
): string => `
poll_method epoll
sip_listen ${address}:${port}
ctrl_tcp_listen 127.0.0.1:${controlPort}
cons_listen 127.0.0.1:${consolePort}
net_interface ${address}
audio_player aubridge,phone
audio_source aubridge,phone
audio_alert aubridge,alert
module_path /usr/lib/baresip/modules
module cons.so
module g711.so
module aubridge.so
${isOutbound ? 'module_tmp uuid.so\n' : ''}module_app account.so
module_app contact.so
module_app menu.so
module_app ctrl_tcp.so
`;

const account = (options: BaresipOptions): string => {
  const { user, proxy, secret, expires, answers, keepsFlows } = options;
  const host = proxy.address.includes(':') ? `[${proxy.address}]` : proxy.address;
  const transport = (options.transport ?? 'UDP').toLowerCase();
  return [
    `<sip:${aorOf(user)};transport=${transport}>`,
    `auth_user=${user}`,
    `auth_pass=${secret ?? secretOf(user)}`,
    `outbound="sip:${host}:${proxy.port};transport=${transport}"`,
    `regint=${expires ?? 3600}`,
    `answermode=${answers ?? 'auto'}`,
    ...(keepsFlows === true ? ['sipnat=outbound'] : []),
  ].join(';');
};

/** A real phone without a face. */
export class Baresip {
  readonly user: string;
  readonly port: number;
  readonly #process: Process;
  readonly #control: BaresipControl;

  constructor(user: string, port: number, process: Process, control: BaresipControl) {
    this.user = user;
    this.port = port;
    this.#process = process;
    this.#control = control;
  }

  /** What it has said so far, for a person. */
  get log(): string {
    return this.#process.stdout + this.#process.stderr;
  }

  /** The next event of one of `types`; each is returned once. */
  event(...types: string[]): Promise<Told> {
    return this.#control.next(types, EVENT_MS);
  }

  /** Resolves when it has registered, with what it was told; rejects when it was refused. */
  async registered(): Promise<string> {
    const { type, param = '' } = await this.event('REGISTER_OK', 'REGISTER_FAIL');
    if (type === 'REGISTER_FAIL') throw new Error(`the registration of ${this.user} was refused: ${param}`);
    return param;
  }

  /** Resolves when its registration was refused, with what it was told. */
  async refused(): Promise<string> {
    const { type, param = '' } = await this.event('REGISTER_OK', 'REGISTER_FAIL');
    if (type === 'REGISTER_OK') throw new Error(`the registration of ${this.user} was accepted: ${param}`);
    return param;
  }

  /** Calls a user and returns when the call is up, or rejects with why it is not. */
  async call(user: string): Promise<void> {
    await this.#control.command('dial', `sip:${aorOf(user)}`);
    const { type, param = '' } = await this.event('CALL_ESTABLISHED', 'CALL_CLOSED');
    if (type === 'CALL_CLOSED') throw new Error(`${this.user} could not call ${user}: ${param}`);
  }

  async dial(user: string): Promise<void> {
    await this.#control.command('dial', `sip:${aorOf(user)}`);
  }

  async answer(): Promise<void> {
    await this.#control.command('accept');
  }

  async hangUp(): Promise<void> {
    await this.#control.command('hangup');
    await this.event('CALL_CLOSED');
  }

  /** Sends a text to another user. It says nothing of a 2xx; `messageRefused` waits for anything else. */
  async message(user: string, text: string): Promise<void> {
    await this.#select(`sip:${aorOf(user)}`);
    await this.#control.command('message', text);
  }

  /** Its `message` goes to the current contact, which is chosen by going up and down the list. */
  async #select(uri: string): Promise<void> {
    const steps = [...DEFAULTS.users.map(() => 'contact_next'), ...DEFAULTS.users.map(() => 'contact_prev')];
    for (const step of steps) if ((await this.#control.command(step)).includes(`<${uri}>`)) return;
    throw new Error(`${this.user} has no contact ${uri}`);
  }

  /** The next MESSAGE that it shows. */
  async received(): Promise<{ from: string; text: string }> {
    const { peeruri = '', param = '' } = await this.event('MESSAGE');
    return { from: peeruri, text: param };
  }

  /** Resolves when a message of its own was answered so. */
  messageRefused(answer: string): Promise<string> {
    return this.#process.waitForLine(answer, EVENT_MS);
  }

  /** Takes its leave as when a person ends it: it de-registers. */
  leave(): Promise<Exit> {
    return this.#process.stop();
  }

  /** Is gone without a word. */
  crash(): Promise<Exit> {
    return this.#process.kill9();
  }
}

export async function startBaresip(stage: Stage, options: BaresipOptions): Promise<Baresip> {
  const address = options.address ?? '127.0.0.1';
  const port = await freePort('both', address, 2);
  const controlPort = await freePort('tcp');
  const consolePort = await freePort('both');
  const home = stage.directory('baresip');
  const contacts = DEFAULTS.users.map((user) => `"${user}" <sip:${aorOf(user)}>\n`).join('');
  writeFileSync(
    join(home, 'config'),
    configuration(address, port, controlPort, consolePort, options.keepsFlows === true),
  );
  writeFileSync(join(home, 'accounts'), '# none\n');
  writeFileSync(join(home, 'contacts'), contacts);
  const process = await spawnProcess({ command: findCommand('baresip') ?? 'baresip', args: ['-f', home] });
  stage.onClose(() => process.stop());
  await process.waitForLine('baresip is ready', READY_MS);
  const control = await connectControl(controlPort, consolePort);
  stage.onClose(() => control.close());
  // Only now, so that the connection tells how its registration went.
  await control.command('uanew', account(options));
  return new Baresip(options.user, port, process, control);
}
