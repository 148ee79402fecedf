import { Party, type Received } from './party.ts';
import { paramOf, type Sip, uriOf } from './sip.ts';
import type { Wire } from './wire.ts';

/** A contact that the PBX holds, as it was shown it. */
interface Held {
  readonly value: string;
  readonly expires: number;
}

/** The value of a Contact without what is of this registration alone. */
const lasting = (value: string): string => value.replace(/;expires=\d+/i, '');

const expiresOf = (value: string): string => paramOf(value.replace(/<[^>]*>/, ''), 'expires');

/** The PBX's side of a test. It grants registrations until the test says otherwise. */
export class ScriptedPbx extends Party {
  /** What it grants at most, in seconds. */
  maximumExpires = 600;
  readonly #held = new Map<string, readonly Held[]>();

  constructor(wire: Wire) {
    super(wire);
    this.grantRegistrations();
  }

  grantRegistrations(): void {
    this.respond('REGISTER', (received) => this.grant(received));
  }

  /** From now on the next REGISTERs wait to be asked for. */
  holdRegistrations(): void {
    this.hold('REGISTER');
  }

  /** The URIs by which it knows a user's phones. */
  contactsOf(aor: string): readonly string[] {
    return (this.#held.get(aor) ?? []).map(({ value }) => uriOf(value));
  }

  /** Answers 200 with all contacts of the user (RFC 3261 §10.3 step 8). */
  grant({ sip, reply }: Received, headers: readonly string[] = []): void {
    const contacts = this.#update(sip).map(({ value, expires }) => `Contact: ${value};expires=${expires}`);
    reply(200, [...contacts, ...headers], { reason: 'OK' });
  }

  #update(sip: Sip): readonly Held[] {
    const aor = uriOf(sip.header('To')).replace(/^sip:/, '');
    let held = this.#held.get(aor) ?? [];
    for (const value of sip.all('Contact')) {
      if (value === '*') held = [];
      else {
        const asked = Number(expiresOf(value) || sip.header('Expires') || 3600);
        held = held.filter((each) => uriOf(each.value) !== uriOf(value));
        if (asked > 0)
          held = [...held, { value: lasting(value), expires: Math.min(asked, this.maximumExpires) }];
      }
    }
    this.#held.set(aor, held);
    return held;
  }
}
