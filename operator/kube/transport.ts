import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { Agent } from 'undici';
import type { Tls } from './credentials.ts';
import { type SessionOptions, Sessions, type Slot } from './sessions.ts';

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  /** Whether it is answered for as long as the server likes, as a watch is. */
  readonly isEndless: boolean;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** To be read to its end, or ended by the request's signal. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Carries requests to one server. */
export interface Transport {
  /** Rejects where the server is not reached, and with the signal's reason. */
  request(request: RawRequest): Promise<RawAnswer>;
  /** Ends its connections once the requests under way are done; resolves then. Never rejects. */
  retire(): Promise<void>;
  /** Ends its connections now. */
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;
/** Connections of HTTP/1.1 for what is no watch. */
const CONNECTIONS = 4;

/**
 * HTTP/2 where the server speaks it, so that all watches and requests share one connection; HTTP/1.1 else, and then
 * each watch holds one. Node's own sessions are used for the former: undici waits on a session that the server has
 * said GOAWAY on for as long as a watch keeps it open.
 */
export function openTransport(server: URL, tls: Tls, options: SessionOptions): Transport {
  const open = (connections: number | null): Agent =>
    new Agent({
      connect: { ...tls, timeout: CONNECT_MS } as object,
      allowH2: false,
      connections,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: 60_000,
    }).on('connect', options.onConnection);
  // Watches by themselves, or they would take every connection and let nobody else pass.
  const [plain, watches] = [open(CONNECTIONS), open(null)];
  const sessions = new Sessions(server, tls, options);
  const isCleartext = server.protocol === 'http:';
  return {
    async request(request) {
      const slot = isCleartext ? undefined : await sessions.take(request.signal);
      if (slot !== undefined) return overHttp2(slot, request);
      return overHttp1(request.isEndless ? watches : plain, server.origin, request);
    },
    async retire() {
      await Promise.allSettled([sessions.retire(), plain.close(), watches.close()]);
    },
    async close() {
      sessions.close();
      await Promise.all([plain.destroy(), watches.destroy()]);
    },
  };
}

async function overHttp1(agent: Agent, origin: string, request: RawRequest): Promise<RawAnswer> {
  const { method, path, headers, body = null, signal } = request;
  const answer = await agent.request({ origin, path, method, headers, body, signal } as Parameters<
    Agent['request']
  >[0]);
  return { status: answer.statusCode, headers: answer.headers, body: answer.body };
}

function overHttp2({ session, leave }: Slot, request: RawRequest): Promise<RawAnswer> {
  const { method, path, headers, body, signal } = request;
  return new Promise((resolve, reject) => {
    let stream: ClientHttp2Stream;
    try {
      // Node takes it that a DELETE has no body, if it is not told; ours has the preconditions there.
      const options = { signal, endStream: body === undefined };
      stream = session.request({ ':method': method, ':path': path, ...headers }, options);
    } catch (error) {
      // The session has ended since it was taken.
      leave();
      throw error;
    }
    stream.once('close', leave);
    stream.once('error', (error) => reject(signal.aborted ? signal.reason : error));
    stream.once('close', () => reject(cutOff('the connection to the API server was closed')));
    stream.once('response', (head: IncomingHttpHeaders & { ':status'?: number }) => {
      // From now on it is the body that fails, at its reader.
      stream.removeAllListeners('error').on('error', () => {});
      resolve({ status: head[':status'] ?? 0, headers: head, body: bodyOf(stream, signal) });
    });
    if (body !== undefined) stream.end(body);
  });
}

async function* bodyOf(stream: ClientHttp2Stream, signal: AbortSignal): AsyncIterable<Uint8Array> {
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
  // Node ends a reset stream without an error where the reset carries none.
  if (!stream.readableEnded || stream.aborted) throw cutOff('the answer of the API server was cut off');
}

const cutOff = (message: string): Error => Object.assign(new Error(message), { code: 'ECONNRESET' });
