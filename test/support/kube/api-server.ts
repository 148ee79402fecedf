import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { Stage } from '../peers/stage.ts';
import { Answer } from './answer.ts';
import { type SelfSigned, selfSigned } from './self-signed.ts';
import { Shelf } from './shelf.ts';

/** A request as it came. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export type Matches = (asked: Asked) => boolean;
export type Fault = (answer: Answer, asked: Asked) => void;

export interface ServerOptions {
  /** Which it offers; the best is taken. */
  readonly protocols: 'h2' | 'http/1.1';
  /** How many requests may share a connection of HTTP/2. */
  readonly maxStreams?: number;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

export const isWatch: Matches = ({ query }) => query.get('watch') === 'true';
export const isList: Matches = (asked) => asked.method === 'GET' && !isWatch(asked);

/** An API server of config maps over true TLS, that fails when and as it is told to. */
export class FakeApiServer {
  readonly asked: Asked[] = [];
  /** All connections that were ever opened to it, also those that never came to say anything. */
  connections = 0;
  /** Where set, only requests with this token are answered; others with 401. */
  token: string | undefined;
  readonly certificate: SelfSigned = selfSigned();
  readonly #server: ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>;
  readonly #sockets = new Map<number | undefined, Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #shelves = new Map<string, Shelf>();
  readonly #faults: { readonly matches: Matches; readonly fault: Fault; times: number }[] = [];
  readonly #news = new EventEmitter();
  #version = 0;

  private constructor({ protocols, maxStreams }: ServerOptions) {
    const settings = maxStreams === undefined ? {} : { maxConcurrentStreams: maxStreams };
    this.#server =
      protocols === 'h2'
        ? createSecureServer({ ...this.certificate, settings })
        : createServer({ ...this.certificate, ALPNProtocols: ['http/1.1'] });
    this.#server
      .on('connection', (socket: Socket) => this.#accept(socket))
      .on('session', (session: ServerHttp2Session) => {
        this.#sessions.add(session);
        session.once('close', () => this.#sessions.delete(session)).on('error', () => {});
      })
      .on('request', (request: Request, response: Response) => void this.#receive(request, response));
  }

  static async start(stage: Stage, options: ServerOptions): Promise<FakeApiServer> {
    const server = new FakeApiServer(options);
    await once(server.#server.listen(0, '127.0.0.1'), 'listening');
    stage.onClose(() => server.#close());
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** How many connections are open now. */
  get open(): number {
    return this.#sockets.size;
  }

  shelf(path: string): Shelf {
    const shelf = this.#shelves.get(path) ?? new Shelf(() => ++this.#version);
    this.#shelves.set(path, shelf);
    return shelf;
  }

  /** The next `times` requests that match are answered so. */
  fail(matches: Matches, fault: Fault, times = 1): void {
    this.#faults.push({ matches, fault, times });
  }

  /** Resolves when `holds` does; it is looked at whenever a request or a connection comes, or a connection goes. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.#news, 'news');
  }

  count(matches: Matches): number {
    return this.asked.filter(matches).length;
  }

  /** Says GOAWAY on all connections: what runs there may go on, what is new needs another. */
  goAway(): void {
    for (const session of this.#sessions) session.close();
  }

  /** Breaks all connections off (RST). */
  resetAll(): void {
    for (const socket of this.#sockets.values()) socket.resetAndDestroy();
  }

  /** Another certificate for connections from now on. */
  use(context: SecureContextOptions): void {
    this.#server.setSecureContext(context);
  }

  #accept(socket: Socket): void {
    const port = socket.remotePort;
    this.connections++;
    this.#sockets.set(port, socket);
    this.#news.emit('news');
    socket
      .on('error', () => {})
      .once('close', () => {
        this.#sockets.delete(port);
        this.#news.emit('news');
      });
  }

  async #receive(request: Request, response: Response): Promise<void> {
    response.on('error', () => {});
    const answer = new Answer(response, this.#sockets.get(request.socket.remotePort));
    const url = new URL(request.url ?? '', this.url);
    const asked: Asked = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers as IncomingMessage['headers'],
      text: await textOf(request),
    };
    this.asked.push(asked);
    this.#answer(asked, answer);
    this.#news.emit('news');
  }

  #answer(asked: Asked, answer: Answer): void {
    const fault = this.#faults.find(({ matches, times }) => times > 0 && matches(asked));
    if (fault !== undefined) {
      fault.times--;
      fault.fault(answer, asked);
      return;
    }
    if (this.token !== undefined && asked.headers.authorization !== `Bearer ${this.token}`)
      return answer.refuse(401, 'Unauthorized');
    const shelf = this.#shelves.get(asked.path);
    if (shelf !== undefined && asked.method === 'GET') return shelf.serve(asked.query, answer);
    if (asked.path === '/version') return answer.json(200, { gitVersion: 'v1.36.3' });
    answer.refuse(404, 'NotFound');
  }

  async #close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets.values()) socket.destroy();
    await this.until(() => this.#sockets.size === 0);
  }
}

async function textOf(request: Request): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // A client that goes before it has sent all has asked what came.
  }
  return Buffer.concat(chunks).toString('utf8');
}
