import { ApiError, type Kube } from './call.ts';
import type { Selection } from './list.ts';
import type { KubeObject } from './object.ts';
import { pathOf } from './path.ts';

/** What a watch tells. A bookmark's object has a version and nothing else. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubeObject;
}

export interface WatchTimes {
  /** How long the server is asked to keep it, in seconds. */
  readonly seconds: number;
  /** One that is silent for longer is dead: servers send a bookmark a minute. */
  readonly silenceMs: number;
}

/** The watch can't go on from its version, whatever is tried: only a new list helps. */
export class Expired extends Error {}

/** Refusals that have nothing to do with the version: they pass, and the version is as good as before. */
const PASSING: readonly number[] = [401, 403, 408, 429];

/** What has happened since a version. Ends where the server ends it; throws where it fails, falls silent or is expired. */
export async function* watchFrom(
  kube: Kube,
  { of, labelSelector }: Selection,
  from: string,
  { seconds, silenceMs }: WatchTimes,
  signal: AbortSignal,
): AsyncIterable<WatchEvent> {
  const silent = new AbortController();
  const reason = new Error(`the watch was silent for ${silenceMs / 1000} s`);
  const timer = setTimeout(() => silent.abort(reason), silenceMs);
  try {
    const lines = kube.lines({
      method: 'GET',
      path: pathOf(of),
      query: {
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: from,
        timeoutSeconds: String(seconds),
        ...(labelSelector && { labelSelector }),
      },
      signal: AbortSignal.any([signal, silent.signal]),
    });
    for await (const line of lines) {
      signal.throwIfAborted();
      timer.refresh();
      yield eventOf(line);
    }
  } catch (error) {
    throw isExpiry(error) ? new Expired(error.message, { cause: error }) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** 410 above all; 404 as well, for a kind that comes back begins a history of its own. */
const isExpiry = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.status >= 400 && error.status < 500 && !PASSING.includes(error.status);

function eventOf(line: string): WatchEvent {
  const { type, object } = JSON.parse(line) as { readonly type: string; readonly object: unknown };
  if (type === 'ERROR') {
    const {
      code,
      reason,
      message = 'the watch failed',
    } = object as {
      readonly code?: number;
      readonly reason?: string;
      readonly message?: string;
    };
    throw new Expired(message, { cause: new ApiError(code ?? 0, reason ?? '', message) });
  }
  return { type, object } as WatchEvent;
}
