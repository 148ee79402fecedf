import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Header } from '../../sidecar/wire/header.ts';
import type { SipMessage } from '../../sidecar/wire/message.ts';
import { MIDREG } from '../cli/command.ts';
import { freePort } from '../support/ports.ts';
import { type Command, type Process, spawnProcess } from '../support/process.ts';
import { type RequestText, read, requestText, responseText } from '../support/sip-text.ts';
import { temporaryDir } from './io/bindings.ts';
import { udpPeer } from './io/support.ts';

const READY_MS = 15_000;

export type Spec = Readonly<Record<string, unknown>>;

/** A directory that is gone after the test. */
export function directory(): string {
  const dir = temporaryDir();
  onTestFinished(dir.remove);
  return dir.path;
}

/** A party on UDP: what it receives waits in order until it is asked for. */
export class Party {
  readonly port: number;
  readonly #socket: Awaited<ReturnType<typeof udpPeer>>;
  readonly #received: SipMessage[] = [];

  protected constructor(socket: Awaited<ReturnType<typeof udpPeer>>) {
    this.port = socket.port;
    this.#socket = socket;
    socket.on('message', (bytes, { port }) => this.receive(read(bytes.toString('latin1')), port));
  }

  protected receive(message: SipMessage, _port: number): void {
    this.#received.push(message);
    this.#socket.emit('received');
  }

  /** The next message but 100 (Trying). */
  async next(): Promise<SipMessage> {
    for (;;) {
      const message = this.#received.shift();
      if (message === undefined) await once(this.#socket, 'received');
      else if (message.status !== 100) return message;
    }
  }

  send(text: string, port: number): void {
    this.#socket.send(Buffer.from(text, 'latin1'), port, '127.0.0.1');
  }
}

/** A PBX that grants every registration; other requests wait for the test to answer them. */
export class Pbx extends Party {
  #front = 0;
  /** The user part of the Contact that it was shown last. */
  shown = '';

  static async open(): Promise<Pbx> {
    return new Pbx(await udpPeer());
  }

  protected override receive(message: SipMessage, port: number): void {
    this.#front = port;
    if (message.method !== 'REGISTER') return super.receive(message, port);
    this.shown = /<sip:([^@]+)@/.exec(message.value(Header.Contact) ?? '')?.[1] ?? '';
    const contacts = message.values(Header.Contact).map((value) => `Contact: ${value};expires=600`);
    this.answer(message, 200, contacts);
  }

  /** Asks what it knows by the Contact that it was shown. */
  request(user: string, method: string): void {
    const uri = `sip:${user}@127.0.0.1:${this.#front}`;
    this.send(requestText({ method, uri, sentBy: `127.0.0.1:${this.port}` }), this.#front);
  }

  answer(request: SipMessage, status: number, headers: readonly string[] = []): void {
    this.send(responseText(request, status, headers), this.#front);
  }
}

export class Phone extends Party {
  readonly #front: number;

  private constructor(socket: Awaited<ReturnType<typeof udpPeer>>, front: number) {
    super(socket);
    this.#front = front;
  }

  static async open({ port }: Front): Promise<Phone> {
    return new Phone(await udpPeer(), port);
  }

  request(parts: RequestText): void {
    this.send(requestText({ ...parts, sentBy: `127.0.0.1:${this.port}` }), this.#front);
  }

  /** The status that a REGISTER is answered with. */
  async register(expires = 600, contact = `sip:u1@127.0.0.1:${this.port}`): Promise<number> {
    const headers = [`Contact: <${contact}>`, `Expires: ${expires}`];
    this.request({ method: 'REGISTER', headers });
    return (await this.next()).status;
  }
}

/** `midreg run` in front of a PBX, ready to serve. */
export interface Front {
  readonly process: Process;
  readonly file: string;
  readonly port: number;
  readonly spec: Spec;
  /** Its own directory, where it was not given one. */
  readonly data: string;
  readonly admin: string;
  /** What the admin address answers. */
  get(path: string): Promise<unknown>;
}

export const listener = (port: number, address = '127.0.0.1'): Spec => ({
  name: 'udp',
  transport: 'UDP',
  address,
  port,
});

export function writeResource(file: string, spec: Spec): void {
  const head = { apiVersion: 'midregistrar.dev/v1', kind: 'MidRegistrar', metadata: { name: 'office' } };
  writeFileSync(file, JSON.stringify({ ...head, spec }, null, 2)); // JSON is YAML
}

/** A resource's file in a directory of its own. */
export function resourceFile(spec: Spec): string {
  const file = join(directory(), 'office.yaml');
  writeResource(file, spec);
  return file;
}

export function specFor(pbx: number, port: number, sections: Spec = {}): Spec {
  return {
    domains: ['pbx.test'],
    upstream: { endpoints: [{ name: 'pbx', host: '127.0.0.1', port: pbx }], probe: { method: 'None' } },
    listeners: [listener(port)],
    ...sections,
  };
}

export interface StartOptions {
  /** Put before the arguments of midreg; default bin/midreg itself. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Command['env'];
}

export async function startFront(
  pbx: Pbx,
  sections: Spec = {},
  data = directory(),
  { command: [command = MIDREG, ...before] = [], args = [], env = {} }: StartOptions = {},
): Promise<Front> {
  const port = await freePort('both');
  const admin = `127.0.0.1:${await freePort('tcp')}`;
  const spec = specFor(pbx.port, port, sections);
  const file = resourceFile(spec);
  // Whoever runs it may read it.
  chmodSync(dirname(file), 0o755);
  const process = await spawnProcess({
    command,
    args: [...before, 'run', file, '--admin', admin, '--data', data, ...args],
    env,
  });
  onTestFinished(async () => void (await process.kill9()));
  await process.waitForLine('"msg":"ready"', READY_MS);
  const get = async (path: string): Promise<unknown> => (await fetch(`http://${admin}${path}`)).json();
  return { process, file, port, spec, data, admin, get };
}
