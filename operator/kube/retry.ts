import { ApiError, type Call } from './call.ts';

/** How often a request that the server was too busy for is made again, and how long all the waits may be. */
const RETRIES = 3;
const LONGEST_MS = 60_000;
const SHORTEST_MS = 200;

/** What has been tried of a call. */
export interface Tried {
  /** How often it was made again so far. */
  readonly again: number;
  /** For how long it waited before these, in milliseconds. */
  readonly waitedMs: number;
}

/** How long to wait before the call is made again, in milliseconds; undefined where it should not be. */
export function retryIn({ method }: Pick<Call, 'method'>, error: unknown, tried: Tried): number | undefined {
  const { again, waitedMs } = tried;
  const backoff = SHORTEST_MS * 2 ** again;
  if (error instanceof ApiError) {
    // 429 was not carried out, whatever the method; 503 may have been.
    const mayRepeat = error.status === 429 || (error.status === 503 && method !== 'POST');
    if (!mayRepeat || again >= RETRIES) return undefined;
    // To come back earlier than asked would be no help: then it is the caller's to come back.
    const wait = Math.max(backoff, error.retryAfterMs ?? 0);
    return waitedMs + wait > LONGEST_MS ? undefined : wait;
  }
  // A connection that was closed just then: once, where doing it twice is doing it once.
  const isReset = error instanceof Error && RESETS.has((error as NodeJS.ErrnoException).code ?? '');
  return isReset && method !== 'POST' && again === 0 ? backoff : undefined;
}

const RESETS = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_HTTP2_GOAWAY_SESSION',
  'ERR_HTTP2_SESSION_ERROR',
  'ERR_HTTP2_INVALID_SESSION',
  'ERR_HTTP2_STREAM_CANCEL',
  'ERR_STREAM_PREMATURE_CLOSE',
]);
