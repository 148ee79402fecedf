import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Waiting } from './waiting.ts';

/** What a phone tells: an event, or the reply to a command. */
export interface Told {
  readonly event?: boolean;
  readonly type?: string;
  readonly class?: string;
  readonly accountaor?: string;
  readonly direction?: string;
  readonly peeruri?: string;
  readonly id?: string;
  readonly param?: string;
  readonly response?: boolean;
  readonly ok?: boolean;
  readonly data?: string;
  readonly token?: string;
}

/** A MESSAGE as the console shows it: `sip:u1@pbx.test: "text"`. */
const MESSAGE = /^\r?(\S+): "(.*)"\r?$/;

/** The control connection of a baresip (`ctrl_tcp`): JSON in netstrings. Its console (`cons`) tells of MESSAGEs, which the former leaves out. */
export class BaresipControl {
  readonly #socket: Socket;
  readonly #console: Socket;
  readonly #events = new Waiting<Told>();
  readonly #replies = new Map<string, (reply: Told) => void>();
  #received = Buffer.alloc(0);
  #tokens = 0;

  constructor(socket: Socket, console: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => {});
    console.on('error', () => {});
    createInterface({ input: console }).on('line', (line) => this.#readLine(line));
    this.#console = console;
  }

  #readLine(line: string): void {
    const [, peeruri, param] = MESSAGE.exec(line) ?? [];
    if (peeruri !== undefined && param !== undefined) this.#events.push({ type: 'MESSAGE', peeruri, param });
  }

  #read(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (let colon = this.#received.indexOf(':'); colon > 0; colon = this.#received.indexOf(':')) {
      const end = colon + 1 + Number(this.#received.toString('latin1', 0, colon));
      if (this.#received.length <= end) return; // a comma ends it
      const told = JSON.parse(this.#received.toString('utf8', colon + 1, end)) as Told;
      this.#received = this.#received.subarray(end + 1);
      if (told.response) this.#replies.get(told.token ?? '')?.(told);
      else this.#events.push(told);
    }
  }

  /** Runs a command and returns what the phone says of it; rejects when it fails. */
  async command(command: string, params = ''): Promise<string> {
    const token = `t${++this.#tokens}`;
    const { promise, resolve } = Promise.withResolvers<Told>();
    this.#replies.set(token, resolve);
    const json = JSON.stringify({ command, params, token });
    this.#socket.write(`${Buffer.byteLength(json)}:${json},`);
    const reply = await promise;
    this.#replies.delete(token);
    if (!reply.ok) throw new Error(`baresip refused ${command} ${params}: ${reply.data ?? ''}`);
    return reply.data ?? '';
  }

  /** The next event of one of `types`, told already or to come; each is returned once. */
  next(types: readonly string[], timeoutMs: number): Promise<Told> {
    return this.#events.next(
      ({ type }) => type !== undefined && types.includes(type),
      timeoutMs,
      (unread) => {
        const others = unread.map(({ type, param }) => `${type} ${param ?? ''}`).join(', ');
        return `no ${types.join(' or ')} in ${timeoutMs} ms; unread are: ${others || 'none'}`;
      },
    );
  }

  close(): void {
    this.#socket.destroy();
    this.#console.destroy();
  }
}

const connected = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
};

export const connectControl = async (port: number, consolePort: number): Promise<BaresipControl> =>
  new BaresipControl(await connected(port), await connected(consolePort));
