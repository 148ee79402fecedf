import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Millis } from '../effect.ts';
import type { Surroundings } from './surroundings.ts';

/** Asks for a name's addresses: none for a name that does not exist; rejects where nobody could be asked. */
export type Query = (host: string) => Promise<readonly string[]>;

const GOOD_MS = 30_000;
const BAD_MS = 5_000;

/** How long the last good answer stands in for one that can't be had. */
const LAST_GOOD_MS = 3_600_000;

const MAX_NAMES = 1_000;
/** getaddrinfo blocks one of the few threads that the process has for files too. */
const MAX_UNDER_WAY = 2;
const MAX_WAITING = 1_000;

interface Entry {
  addresses: readonly string[];
  askAgainAt: Millis;
  /** When an answer with addresses last came. */
  goodAt: Millis;
}

type Answer = (addresses: readonly string[]) => void;

/** The system's resolver: the hosts file first, then DNS, IPv4 and IPv6 in the system's order. */
export const systemQuery: Query = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/** Host names to addresses, with a bounded memory, one query a name at a time, and a bounded number of them. */
export class Resolver {
  readonly #around: Surroundings;
  readonly #query: Query;
  readonly #entries = new Map<string, Entry>();
  readonly #asked = new Map<string, Answer[]>();
  readonly #waiting: string[] = [];
  #underWay = 0;

  constructor(around: Surroundings, query: Query = systemQuery) {
    this.#around = around;
    this.#query = query;
  }

  /** Answers within the same turn for an IP literal and for what is known and fresh; none where nothing is found. */
  resolve(host: string, answer: Answer): void {
    const name = host.toLowerCase();
    if (isIP(name) !== 0) return answer([name]);
    const known = this.#entries.get(name);
    if (known !== undefined && this.#around.clock() < known.askAgainAt) return answer(known.addresses);
    const others = this.#asked.get(name);
    if (others !== undefined && others.length < MAX_WAITING) return void others.push(answer);
    if (others !== undefined || this.#waiting.length >= MAX_WAITING) {
      this.#around.tally.drop('too_many_lookups');
      return answer(known?.addresses ?? []);
    }
    this.#asked.set(name, [answer]);
    this.#waiting.push(name);
    this.#askNext();
  }

  #askNext(): void {
    while (this.#underWay < MAX_UNDER_WAY && this.#waiting.length > 0) {
      const name = this.#waiting.shift() as string;
      this.#underWay++;
      this.#query(name).then(
        (addresses) => this.#settle(name, addresses),
        () => this.#settle(name, []),
      );
    }
  }

  #settle(name: string, found: readonly string[]): void {
    const addresses = this.#remember(name, found);
    const answers = this.#asked.get(name) ?? [];
    this.#asked.delete(name);
    this.#underWay--;
    this.#askNext();
    for (const answer of answers) answer(addresses);
  }

  /** What to go by from now on: what was found or, where nothing was, the last good answer while it isn't too old. */
  #remember(name: string, found: readonly string[]): readonly string[] {
    const now = this.#around.clock();
    const before = this.#entries.get(name);
    this.#entries.delete(name);
    if (found.length > 0) {
      this.#entries.set(name, { addresses: found, askAgainAt: now + GOOD_MS, goodAt: now });
    } else {
      const isStanding =
        before !== undefined && before.addresses.length > 0 && now - before.goodAt < LAST_GOOD_MS;
      const addresses = isStanding ? before.addresses : [];
      this.#entries.set(name, { addresses, askAgainAt: now + BAD_MS, goodAt: before?.goodAt ?? 0 });
    }
    // The one longest not asked for makes room.
    if (this.#entries.size > MAX_NAMES) this.#entries.delete(this.#entries.keys().next().value as string);
    return this.#entries.get(name)?.addresses ?? [];
  }
}
