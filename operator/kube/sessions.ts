import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Tls } from './credentials.ts';

const CONNECT_MS = 10_000;

/** How many requests share a connection at most; API servers allow 100 and more. */
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
  /** All that have not ended, with the requests on each. */
  readonly #streams = new Map<ClientHttp2Session, number>();
  /** Those on which the server has said GOAWAY: what is under way there goes on, what is new needs another. */
  readonly #leaving = new WeakSet<ClientHttp2Session>();
  #opening: Promise<void> | undefined;
  /** Found out by the first connection; asked again only by another `Sessions`, for each asking costs a connection. */
  #speaksHttp2 = true;
  #isRetired = false;
  #isClosed = false;

  constructor(server: URL, tls: Tls, options: SessionOptions) {
    this.#server = server;
    this.#tls = tls;
    this.#options = options;
  }

  /** Room for one more request; undefined where the server speaks no HTTP/2. */
  async take(signal: AbortSignal): Promise<Slot | undefined> {
    while (this.#speaksHttp2) {
      signal.throwIfAborted();
      for (const [session, streams] of this.#streams)
        if (streams < roomOf(session) && !session.closed && !this.#leaving.has(session)) {
          this.#streams.set(session, streams + 1);
          return { session, leave: () => this.#leave(session) };
        }
      this.#opening ??= this.#connect().finally(() => {
        this.#opening = undefined;
      });
      await unlessAborted(this.#opening, signal);
    }
    return undefined;
  }

  #leave(session: ClientHttp2Session): void {
    const streams = this.#streams.get(session);
    if (streams === undefined) return;
    this.#streams.set(session, streams - 1);
    if (streams === 1 && this.#isRetired) session.close();
  }

  /** Opens one more, or finds out that the server speaks no HTTP/2. */
  async #connect(): Promise<void> {
    if (this.#isClosed) throw new Error('the connection to the API server was closed');
    const socket = await connectSocket(this.#server, this.#tls);
    if (this.#isClosed) {
      socket.destroy();
      return;
    }
    this.#options.onConnection();
    if (socket.alpnProtocol !== 'h2') {
      this.#speaksHttp2 = false;
      socket.destroy();
      return;
    }
    const session = connectHttp2(this.#server.origin, { createConnection: () => socket });
    this.#streams.set(session, 0);
    session
      .on('goaway', () => this.#leaving.add(session))
      .on('close', () => this.#streams.delete(session))
      // What runs on it tells of it.
      .on('error', () => {});
    keepAlive(session, this.#options.pingMs);
  }

  /** Ends each connection once nothing is under way on it; resolves then. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    await this.#opening?.catch(() => {});
    for (const [session, streams] of this.#streams) if (streams === 0) session.close();
    await Promise.all([...this.#streams.keys()].map((session) => once(session, 'close')));
  }

  /** Ends all connections now. */
  close(): void {
    this.#isClosed = true;
    for (const session of this.#streams.keys()) session.destroy();
  }
}

/** How many requests may share a connection. One fewer than the server allows, for what is over here may not be over there yet. */
function roomOf({ destroyed, remoteSettings }: ClientHttp2Session): number {
  if (destroyed) return 0;
  return Math.max(1, Math.min(STREAMS, (remoteSettings.maxConcurrentStreams ?? STREAMS) - 1));
}

function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
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
    // Also where no new request may come: watches go on there for minutes.
    if (!session.destroyed)
      session.ping(() => {
        isAnswered = true;
      });
  }, pingMs);
  timer.unref();
  session.once('close', () => clearInterval(timer));
}
