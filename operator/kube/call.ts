/** One request to the API server. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root of the API server, such as `/apis/apps/v1/namespaces/branch/deployments/front-midreg`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body; `application/json` where none is named. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** How long it may take to be answered in full; 30 s where none is named. Of `lines`: until the answer's head. */
  readonly timeoutMs?: number;
}

/** All that the operator asks of an API server's connection. */
export interface Kube {
  /** The answer's body, read as JSON; undefined where there is none. Rejects with `ApiError` where the server refuses, with another error where it is not reached. */
  send(call: Call): Promise<unknown>;
  /** The lines of an answer as they come, as a watch has them. Fails as `send` does; ends where the server ends it. */
  lines(call: Call): AsyncIterable<string>;
}

/** The API server's refusal, in its own words (a `Status` object where it sent one). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The HTTP status code. */
  readonly status: number;
  /** Such as NotFound, Conflict, Expired, Invalid; empty where the server told none. */
  readonly reason: string;
  /** How long the server asks us to wait (`Retry-After`), in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, reason: string, message: string, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}
