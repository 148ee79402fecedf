import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';
import { param } from '../wire/uri.ts';
import { Generations } from './generations.ts';

/** How long a request is under way at most: 64 × T1 (§17.1.2.2). */
const UNDER_WAY_MS = 32_000;
const MOST_REQUESTS = 5000;

/**
 * Requests that we answer as their UAS, to find those that come a second time by another way (§8.2.2.2). A proxy has no
 * such duty for what it passes on: that is merged by whom it reaches. A REGISTER that a phone sends again with another branch
 * because it got no answer (RFC 3263 §4.3) is such, and the PBX is its registrar.
 */
export class Merges {
  readonly #requests = new Generations<number>(MOST_REQUESTS);

  /** Whether the request is another one that is under way; it is remembered if not. Repetitions are not to be asked about. */
  isMerged(request: SipMessage, now: number): boolean {
    if (param(request.to()?.params ?? '', 'tag') !== undefined) return false;
    const tag = param(request.from()?.params ?? '', 'tag') ?? '';
    const key = `${request.callId()} ${request.value(Header.CSeq)} ${tag}`;
    const since = this.#requests.get(key);
    if (since !== undefined && now - since < UNDER_WAY_MS) return true;
    if (since !== undefined) this.#requests.delete(key);
    this.#requests.set(key, now);
    return false;
  }
}
