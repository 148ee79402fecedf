import type { Call, Kube } from './call.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { Limiter } from './limiter.ts';
import { splitLines } from './lines.ts';
import { type After, afterMs, pause } from './pause.ts';
import { refusalOf } from './refusal.ts';
import { retryIn, type Tried } from './retry.ts';
import { textOf } from './text.ts';
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
  /** What waits: for the next attempt, and for a turn where there are too many requests. */
  readonly after?: After;
}

const TIMEOUT_MS = 30_000;
const PING_MS = 15_000;

/** The API server, over few connections that are kept. The library's own client opens one for each request. */
export class KubeHttp implements Kube {
  readonly #options: HttpOptions;
  readonly #after: After;
  readonly #limiter: Limiter;
  #transport: { readonly id: string; readonly transport: Transport } | undefined;
  /** Those of former certificates that have requests under way. */
  readonly #former = new Set<Transport>();

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#after = options.after ?? afterMs;
    this.#limiter = new Limiter(options.qps, options.burst);
  }

  async send(call: Call): Promise<unknown> {
    for (let again = 0, waitedMs = 0; ; again++) {
      const wait = await this.#attempt(call, { again, waitedMs });
      if ('body' in wait) return wait.body;
      waitedMs += wait.again;
      await pause(wait.again, call.signal, this.#after);
    }
  }

  async *lines(call: Call): AsyncIterable<string> {
    const late = new AbortController();
    const ms = call.timeoutMs ?? TIMEOUT_MS;
    const timer = setTimeout(
      () => late.abort(new DOMException(`no answer within ${ms / 1000} s`, 'TimeoutError')),
      ms,
    );
    const signal = call.signal === undefined ? late.signal : AbortSignal.any([call.signal, late.signal]);
    const body = await this.#request(call, signal, true).finally(() => clearTimeout(timer));
    yield* splitLines(body);
  }

  /** Ends every connection; requests under way fail. */
  async close(): Promise<void> {
    const all = [...this.#former, ...(this.#transport === undefined ? [] : [this.#transport.transport])];
    this.#transport = undefined;
    await Promise.all(all.map((each) => each.close()));
  }

  /** One attempt: the answer, or how long to wait for the next one. */
  async #attempt(call: Call, tried: Tried): Promise<{ readonly body: unknown } | { readonly again: number }> {
    const timeout = AbortSignal.timeout(call.timeoutMs ?? TIMEOUT_MS);
    const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
    try {
      const body = await this.#request(call, signal, false);
      const text = await textOf(body);
      return { body: text === '' ? undefined : JSON.parse(text) };
    } catch (error) {
      const again = retryIn(call, error, tried);
      if (again === undefined || call.signal?.aborted === true) throw error;
      return { again };
    }
  }

  /** The answer's body where the server did as it was asked. */
  async #request(
    call: Call,
    signal: AbortSignal,
    isEndless: boolean,
    isRenewed = false,
  ): Promise<RawAnswer['body']> {
    const { credentials, tally, clock } = this.#options;
    await pause(this.#limiter.take(clock()), signal, this.#after);
    const known = await credentials.get();
    // Not before the waits above: in them a leader may have ceased to be one.
    if (call.method !== 'GET' && this.#options.mayWrite?.() === false)
      throw new Error('this operator does not lead any more');
    const answer = await this.#transportOf(known)
      .request({
        ...this.#headOf(call, known),
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
        signal,
        isEndless,
      })
      .catch((error: unknown) => {
        tally.requested('none', call.method);
        throw error;
      });
    tally.requested(answer.status, call.method);
    if (answer.status < 300) return answer.body;
    const error = await refusalOf(answer);
    if (answer.status !== 401 || isRenewed) throw error;
    // The token may have been replaced since it was read.
    credentials.renew(known);
    return this.#request(call, signal, isEndless, true);
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
    this.#retire();
    const transport = openTransport(server, tls, {
      onConnection: () => this.#options.tally.connected(),
      pingMs: this.#options.pingMs ?? PING_MS,
    });
    this.#transport = { id, transport };
    return transport;
  }

  #retire(): void {
    const former = this.#transport?.transport;
    if (former === undefined) return;
    this.#former.add(former);
    void former.retire().finally(() => this.#former.delete(former));
  }
}
