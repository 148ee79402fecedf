import { ApiError, type Call, type Kube } from './call.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { Limiter } from './limiter.ts';
import { splitLines } from './lines.ts';
import { openTransport, type RawAnswer, type Transport } from './transport.ts';

/** What is told of the traffic. */
export interface HttpTally {
  /** An answer, or `none` where there was none. */
  requested(code: number | 'none', method: string): void;
  connected(): void;
}

export interface HttpOptions {
  readonly credentials: CredentialSource;
  /** How many requests a second in the long run, and at once. */
  readonly qps: number;
  readonly burst: number;
  readonly userAgent: string;
  readonly tally: HttpTally;
  /** Asked at the last moment before anything but a GET leaves; where it says no, the call fails. */
  readonly mayWrite?: () => boolean;
  /** A connection over which no ping comes back for so long is given up. */
  readonly pingMs?: number;
  /** Monotonic, in milliseconds. */
  readonly clock: () => number;
}

const TIMEOUT_MS = 30_000;
const PING_MS = 15_000;
/** How often a request that the server was too busy for is made again, and how long each wait may be. */
const RETRIES = 4;
const LONGEST_WAIT_MS = 30_000;
const SHORTEST_WAIT_MS = 200;

/** The API server, over few connections that are kept. The library's own client opens one for each request. */
export class KubeHttp implements Kube {
  readonly #options: HttpOptions;
  readonly #limiter: Limiter;
  #transport: { readonly id: string; readonly transport: Transport } | undefined;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#limiter = new Limiter(options.qps, options.burst);
  }

  async send(call: Call): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      const wait = await this.#attempt(call, attempt);
      if ('body' in wait) return wait.body;
      await pause(wait.again, call.signal);
    }
  }

  async *lines(call: Call): AsyncIterable<string> {
    const timeout = AbortSignal.timeout(call.timeoutMs ?? TIMEOUT_MS);
    const head = new AbortController();
    const late = (): void => head.abort(timeout.reason);
    timeout.addEventListener('abort', late);
    const signal = call.signal === undefined ? head.signal : AbortSignal.any([call.signal, head.signal]);
    const body = await this.#request(call, signal);
    timeout.removeEventListener('abort', late);
    yield* splitLines(body);
  }

  /** Ends every connection; requests under way fail. */
  async close(): Promise<void> {
    await this.#transport?.transport.close();
    this.#transport = undefined;
  }

  /** One attempt: the answer, or how long to wait for the next one. */
  async #attempt(
    call: Call,
    attempt: number,
  ): Promise<{ readonly body: unknown } | { readonly again: number }> {
    const timeout = AbortSignal.timeout(call.timeoutMs ?? TIMEOUT_MS);
    const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
    try {
      const body = await this.#request(call, signal);
      const text = await textOf(body);
      return { body: text === '' ? undefined : JSON.parse(text) };
    } catch (error) {
      const again = retryIn(call, error, attempt);
      if (again === undefined || call.signal?.aborted === true) throw error;
      return { again };
    }
  }

  /** The answer's body where the server did as it was asked. */
  async #request(call: Call, signal: AbortSignal, isRenewed = false): Promise<RawAnswer['body']> {
    const { credentials, tally, clock } = this.#options;
    await pause(this.#limiter.take(clock()), signal);
    const known = await credentials.get();
    // Not before the waits above: in them a leader may have ceased to be one.
    if (call.method !== 'GET' && this.#options.mayWrite?.() === false)
      throw new Error('this operator does not lead any more');
    const answer = await this.#transportOf(known)
      .request({
        ...this.#headOf(call, known),
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
        signal,
      })
      .catch((error: unknown) => {
        tally.requested('none', call.method);
        throw error;
      });
    tally.requested(answer.status, call.method);
    if (answer.status < 300) return answer.body;
    const error = await errorOf(answer);
    if (answer.status !== 401 || isRenewed) throw error;
    // The token may have been replaced since it was read.
    credentials.renew();
    return this.#request(call, signal, true);
  }

  #headOf(
    { method, path, query, body, contentType }: Call,
    { server, headers }: Credentials,
  ): { method: string; path: string; headers: Record<string, string> } {
    const prefix = server.pathname.replace(/\/$/, '');
    const asked = query === undefined ? '' : `?${new URLSearchParams(query)}`;
    return {
      method,
      path: `${prefix}${path}${asked}`,
      headers: {
        ...headers,
        accept: 'application/json',
        'user-agent': this.#options.userAgent,
        ...(body !== undefined && { 'content-type': contentType ?? 'application/json' }),
      },
    };
  }

  /** One transport for what identifies us; another certificate or CA makes another, and the old one ends with its requests. */
  #transportOf({ server, tls, tlsId }: Credentials): Transport {
    const id = `${server.origin} ${tlsId}`;
    if (this.#transport?.id === id) return this.#transport.transport;
    this.#transport?.transport.retire();
    const transport = openTransport(server, tls, {
      onConnection: () => this.#options.tally.connected(),
      pingMs: this.#options.pingMs ?? PING_MS,
    });
    this.#transport = { id, transport };
    return transport;
  }
}

/** How long to wait before the call is made again; undefined where it should not be. */
function retryIn({ method }: Call, error: unknown, attempt: number): number | undefined {
  if (attempt >= RETRIES) return undefined;
  const backoff = SHORTEST_WAIT_MS * 2 ** attempt;
  if (error instanceof ApiError) {
    // 429 was not carried out, whatever the method; 503 may have been.
    const mayRepeat = error.status === 429 || (error.status === 503 && method !== 'POST');
    if (!mayRepeat) return undefined;
    return Math.min(LONGEST_WAIT_MS, Math.max(backoff, error.retryAfterMs ?? 0));
  }
  // A connection that was closed just then: once, where doing it twice is doing it once.
  const isReset = error instanceof Error && RESETS.has((error as NodeJS.ErrnoException).code ?? '');
  return isReset && method !== 'POST' && attempt === 0 ? backoff : undefined;
}

const RESETS = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_HTTP2_GOAWAY_SESSION',
  'ERR_HTTP2_SESSION_ERROR',
  'ERR_HTTP2_INVALID_SESSION',
  'ERR_HTTP2_STREAM_CANCEL',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** An error's answer is short. */
const MAX_ERROR_BYTES = 1 << 20;

async function textOf(body: RawAnswer['body']): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function errorOf({ status, headers, body }: RawAnswer): Promise<ApiError> {
  const text = (await textOf(body)).slice(0, MAX_ERROR_BYTES);
  const after = Number(headers['retry-after']);
  const retryAfterMs = Number.isFinite(after) && after >= 0 ? after * 1000 : undefined;
  const { reason, message } = statusIn(text);
  return new ApiError(status, reason, message || `the API server answered ${status}`, retryAfterMs);
}

function statusIn(text: string): { readonly reason: string; readonly message: string } {
  try {
    const { reason, message } = JSON.parse(text) as { reason?: unknown; message?: unknown };
    return {
      reason: typeof reason === 'string' ? reason : '',
      message: typeof message === 'string' ? message : '',
    };
  } catch {
    return { reason: '', message: text.trim().slice(0, 300) };
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
