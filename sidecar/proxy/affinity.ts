import { detached } from '../registrar/binding.ts';
import type { Hop } from './hop.ts';

interface Kept {
  readonly hop: Hop;
  readonly until: number;
}

/** No more are kept; the one set longest ago is forgotten first. */
const MOST = 16_384;

/** RFC 3261 §22.1: how long the answer to a challenge may take to come, in ms. */
const CHALLENGE_MS = 32_000;

/**
 * Which of several PBXs a Call-ID belongs to: a dialog stays where it was opened (RFC 3263 §4 leaves each request to the
 * client; a PBX knows only its own dialogs), and the answer to a challenge goes to whom it was that asked.
 */
export class Affinity {
  readonly #dialogs = new Map<string, Kept>();
  readonly #challenges = new Map<string, Kept>();

  dialog(callId: string, hop: Hop): void {
    if (this.#dialogs.get(callId)?.hop !== hop)
      keep(this.#dialogs, callId, { hop, until: Number.POSITIVE_INFINITY });
  }

  challenge(callId: string, hop: Hop, now: number): void {
    keep(this.#challenges, callId, { hop, until: now + CHALLENGE_MS });
  }

  find(callId: string, now: number): Hop | undefined {
    const kept = this.#challenges.get(callId) ?? this.#dialogs.get(callId);
    if (kept === undefined || now < kept.until) return kept?.hop;
    this.#challenges.delete(callId);
    return this.#dialogs.get(callId)?.hop;
  }

  clear(): void {
    this.#dialogs.clear();
    this.#challenges.clear();
  }
}

function keep(kept: Map<string, Kept>, callId: string, value: Kept): void {
  kept.delete(callId);
  kept.set(detached(callId), value);
  if (kept.size <= MOST) return;
  const [oldest] = kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
}
