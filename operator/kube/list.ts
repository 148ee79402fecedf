import type { Kube } from './call.ts';
import type { KubeObject } from './object.ts';
import { type PathParts, pathOf } from './path.ts';

/** What is listed, and watched. */
export interface Selection {
  readonly kind: string;
  readonly of: PathParts;
  /** `key=value` or `key`, as the API server's labelSelector. */
  readonly labelSelector?: string;
  /** Likewise. */
  readonly fieldSelector?: string;
}

export interface Page {
  readonly objects: readonly KubeObject[];
  /** The version that all pages are of. */
  readonly version: string;
}

/** Objects a list answers at a time. */
const PAGE = 500;

interface ListAnswer {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubeObject[];
}

/** All objects, page by page. Rejects with 410 where the server has forgotten the version of the first page meanwhile. */
export async function* pagesOf(kube: Kube, wish: Selection, signal?: AbortSignal): AsyncIterable<Page> {
  const { kind, of, labelSelector, fieldSelector } = wish;
  let next = '';
  do {
    const query = {
      limit: String(PAGE),
      ...(labelSelector && { labelSelector }),
      ...(fieldSelector && { fieldSelector }),
      ...(next && { continue: next }),
    };
    const answer = (await kube.send({
      method: 'GET',
      path: pathOf(of),
      query,
      ...(signal && { signal }),
    })) as ListAnswer;
    signal?.throwIfAborted();
    // The items of a list do not say what they are.
    const objects = (answer.items ?? []).map((item) => ({ ...item, apiVersion: of.apiVersion, kind }));
    yield { objects, version: answer.metadata?.resourceVersion ?? '' };
    next = answer.metadata?.continue ?? '';
  } while (next !== '');
}
