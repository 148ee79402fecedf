import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Tls } from './credentials.ts';

const CONNECT_MS = 10_000;

/** How many requests share a connection; API servers allow 100 and more. */
const STREAMS = 90;

export interface SessionOptions {
  readonly onConnection: () => void;
  /** A connection over which no ping comes back for so long is dead, whatever the system thinks of it. */
  readonly pingMs: number;
}

/** Room for one request. */
export interface Slot {
  readonly session: ClientHttp2Session;
  /** To be called once, when the request is over. */
  readonly leave: () => void;
}

/** The HTTP/2 connections to one server, as many as the requests need. */
export class Sessions {
  readonly #server: URL;
  readonly #tls: Tls;
  readonly #options: SessionOptions;
  readonly #open = new Map<ClientHttp2Session, { streams: number }>();
  #opening: Promise<boolean> | undefined;
  #isRetired = false;

  constructor(server: URL, tls: Tls, options: SessionOptions) {
    this.#server = server;
    this.#tls = tls;
    this.#options = options;
  }

  /** Room for one more request; undefined where the server speaks no HTTP/2. */
  async take(signal: AbortSignal): Promise<Slot | undefined> {
    for (;;) {
      signal.throwIfAborted();
      for (const [session, use] of this.#open)
        if (use.streams < STREAMS && !session.closed) {
          use.streams++;
          return { session, leave: () => this.#leave(session, use) };
        }
      this.#opening ??= this.#connect().finally(() => {
        this.#opening = undefined;
      });
      if (!(await this.#opening)) return undefined;
    }
  }

  #leave(session: ClientHttp2Session, use: { streams: number }): void {
    use.streams--;
    if (use.streams === 0 && (this.#isRetired || !this.#open.has(session))) session.close();
  }

  /** Opens one more; false where the server speaks no HTTP/2. */
  async #connect(): Promise<boolean> {
    const socket = await connectSocket(this.#server, this.#tls);
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy();
      return false;
    }
    this.#options.onConnection();
    const session = connectHttp2(this.#server.origin, { createConnection: () => socket });
    const forget = (): void => void this.#open.delete(session);
    // Requests under way go on after GOAWAY; new ones need another session.
    session.on('goaway', forget).on('close', forget).on('error', forget);
    keepAlive(session, this.#options.pingMs);
    this.#open.set(session, { streams: 0 });
    return true;
  }

  retire(): void {
    this.#isRetired = true;
    for (const [session, { streams }] of this.#open) if (streams === 0) session.close();
  }

  close(): void {
    this.retire();
    for (const session of [...this.#open.keys()]) session.destroy();
  }
}

function connectSocket(server: URL, tls: Tls): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const host = server.hostname.replace(/^\[|\]$/g, '');
    const port = Number(server.port === '' ? 443 : server.port);
    const isName = !/^[0-9.]+$|:/.test(host);
    const options: ConnectionOptions = {
      ...(isName && { servername: host }),
      ...tls,
      host,
      port,
      ALPNProtocols: ['h2', 'http/1.1'],
    };
    const socket = connectTls(options);
    // A request's head and body are two writes; the second would wait for the server's delayed acknowledgement.
    socket.setNoDelay(true);
    const timer = setTimeout(
      () => socket.destroy(new Error(`${host}:${port} takes no connection within ${CONNECT_MS / 1000} s`)),
      CONNECT_MS,
    );
    socket.once('close', () => clearTimeout(timer));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', reject);
      // The session tells of it, or nobody needs to know.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** Ends a session whose server answers no ping. */
function keepAlive(session: ClientHttp2Session, pingMs: number): void {
  let isAnswered = true;
  const timer = setInterval(() => {
    if (!isAnswered) {
      session.destroy(new Error(`the API server has answered no ping for ${pingMs / 1000} s`));
      return;
    }
    isAnswered = false;
    if (!session.destroyed && !session.closed)
      session.ping(() => {
        isAnswered = true;
      });
  }, pingMs);
  timer.unref();
  session.once('close', () => clearInterval(timer));
}
