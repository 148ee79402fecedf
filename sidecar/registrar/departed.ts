/** How long a REGISTER may be under way: nothing is answered later than timer F (RFC 3261 §17.1.2.2), in ms. */
const UNDER_WAY_MS = 32_000;

/** Beyond these the oldest are forgotten. */
const MOST = 10_000;

interface Departure {
  readonly cseq: number;
  readonly at: number;
}

/**
 * Who has just left. A binding remembers the REGISTER it stands by; a removal leaves nothing behind, and yet an earlier
 * REGISTER of the same phone may still be answered, and must not bring it back (§10.3 step 7).
 */
export class Departures {
  /** By AoR and Call-ID, the oldest first. */
  readonly #departures = new Map<string, Departure>();
  /** Goes on from where the oldest stood: a search from the beginning would pass all that were forgotten before. */
  #walk = this.#departures.entries();
  #oldest: readonly [string, Departure] | undefined = undefined;

  get size(): number {
    return this.#departures.size;
  }

  /** A REGISTER that removes has been taken over. */
  note(aor: string, callId: string, cseq: number, now: number): void {
    const key = keyOf(aor, callId);
    this.#departures.delete(key);
    this.#departures.set(key, { cseq, at: now });
    this.forget(now);
  }

  /** Forgets those that no REGISTER still under way can be earlier than. */
  forget(now: number): void {
    for (let oldest = this.#first(); oldest !== undefined; oldest = this.#first()) {
      const [key, { at }] = oldest;
      if (this.#departures.size <= MOST && now - at < UNDER_WAY_MS) return;
      this.#departures.delete(key);
    }
  }

  #first(): readonly [string, Departure] | undefined {
    // What was noted again has moved to the end.
    while (this.#oldest !== undefined && this.#departures.get(this.#oldest[0]) !== this.#oldest[1])
      this.#oldest = this.#walk.next().value;
    if (this.#oldest === undefined) {
      this.#walk = this.#departures.entries();
      this.#oldest = this.#walk.next().value;
    }
    return this.#oldest;
  }

  /** Whether a later REGISTER of the same phone has removed what this one asks for. */
  hasOvertaken(aor: string, callId: string, cseq: number, now: number): boolean {
    if (this.#departures.size === 0) return false;
    const departure = this.#departures.get(keyOf(aor, callId));
    return departure !== undefined && departure.cseq > cseq && now - departure.at < UNDER_WAY_MS;
  }
}

const keyOf = (aor: string, callId: string): string => `${aor} ${callId}`;
