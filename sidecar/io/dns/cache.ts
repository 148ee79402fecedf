import type { Millis } from '../../effect.ts';
import type { DnsAnswer, DnsQuestion } from '../../wire/dns.ts';
import type { Said } from './client.ts';

/** What the cache is given of the world. */
export interface CacheMeans {
  readonly clock: () => Millis;
  /** Asks the network; never rejects. */
  readonly ask: (question: DnsQuestion) => Promise<Said>;
  /** A question was turned away, since too many wait. */
  readonly tooMany: () => void;
}

/** A day: RFC 2181 §8 would let a record stand for 68 years. */
const LONGEST_MS = 86_400_000;
/** RFC 2308 §5 suggests hours; a PBX that is being set up should not take that long to be found. */
const LONGEST_NOTHING_MS = 300_000;
/** RFC 2308 §5, §7: how long nothing without an SOA stands, and how long servers that could not say are left alone. */
const UNKNOWN_MS = 5_000;
/** RFC 8767 §5: how long the last good answer stands in for one that can't be had. */
const LAST_GOOD_MS = 86_400_000;

const MOST_QUESTIONS = 4_096;
const MOST_UNDER_WAY = 32;
const MOST_WAITING = 1_000;

interface Entry {
  answer: DnsAnswer;
  /** What was last found, and until when it may stand in (ms). */
  good: DnsAnswer['records'];
  goodUntil: Millis;
}

type Take = (answer: DnsAnswer) => void;

/**
 * What DNS has said, for as long as it said so (RFC 1035 §7.4, RFC 2308). Where it can't be asked any more the last good
 * answer goes on to hold (RFC 8767); that there is nothing is an answer too, and ends it.
 */
export class DnsCache {
  readonly #means: CacheMeans;
  readonly #entries = new Map<string, Entry>();
  readonly #underWay = new Map<string, Promise<DnsAnswer>>();
  readonly #waiting: { readonly question: DnsQuestion; readonly take: Take }[] = [];
  #asking = 0;

  constructor(means: CacheMeans) {
    this.#means = means;
  }

  /** What is known and still holds. */
  known(question: DnsQuestion): DnsAnswer | undefined {
    const answer = this.#entries.get(keyOf(question))?.answer;
    return answer !== undefined && this.#means.clock() < answer.expiresAt ? answer : undefined;
  }

  /** Asks, once for all who want to know the same. */
  ask(question: DnsQuestion): Promise<DnsAnswer> {
    const key = keyOf(question);
    const others = this.#underWay.get(key);
    if (others !== undefined) return others;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#means.tooMany();
      return Promise.resolve(this.#standIn(key));
    }
    const answer = new Promise<DnsAnswer>((take) => this.#waiting.push({ question, take }));
    this.#underWay.set(key, answer);
    this.#askNext();
    return answer;
  }

  #askNext(): void {
    while (this.#asking < MOST_UNDER_WAY) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const { question, take } = next;
      this.#asking++;
      void this.#means.ask(question).then((said) => {
        const key = keyOf(question);
        this.#asking--;
        this.#underWay.delete(key);
        take(this.#remember(key, said));
        this.#askNext();
      });
    }
  }

  #remember(key: string, said: Said): DnsAnswer {
    const entry = this.#entryOf(key, said);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    // The one longest not asked for makes room.
    if (this.#entries.size > MOST_QUESTIONS)
      this.#entries.delete(this.#entries.keys().next().value as string);
    return entry.answer;
  }

  #entryOf(key: string, said: Said): Entry {
    const now = this.#means.clock();
    switch (said.kind) {
      case 'found': {
        const { records, ttl } = said;
        const expiresAt = now + Math.min(ttl * 1000, LONGEST_MS);
        return {
          answer: { records, failed: false, expiresAt },
          good: records,
          goodUntil: expiresAt + LAST_GOOD_MS,
        };
      }
      case 'none': {
        const stands = said.ttl === undefined ? UNKNOWN_MS : said.ttl * 1000;
        const expiresAt = now + Math.min(stands, LONGEST_NOTHING_MS);
        return { answer: { records: [], failed: false, expiresAt }, good: [], goodUntil: 0 };
      }
      case 'failed': {
        const before = this.#entries.get(key);
        const { good = [], goodUntil = 0 } = before ?? {};
        return { answer: this.#standIn(key), good, goodUntil };
      }
    }
  }

  /** The last good answer, where there is one that isn't too old, for a while. */
  #standIn(key: string): DnsAnswer {
    const now = this.#means.clock();
    const before = this.#entries.get(key);
    const records = before !== undefined && now < before.goodUntil ? before.good : [];
    return { records, failed: true, expiresAt: now + UNKNOWN_MS };
  }
}

const keyOf = ({ name, type }: DnsQuestion): string => `${type} ${name}`;
