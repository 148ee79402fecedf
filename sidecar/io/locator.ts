import { isIP } from 'node:net';
import type { HostPort } from '../config.ts';
import type { Millis } from '../effect.ts';
import { locate, type Spoken } from '../proxy/locate.ts';
import type { Destination, Located } from '../wire/destination.ts';
import type { DnsAnswer, DnsQuestion } from '../wire/dns.ts';
import { DnsCache } from './dns/cache.ts';
import { DnsClient, type DnsOutcome } from './dns/client.ts';
import {
  fullNames,
  PLAIN,
  type ResolverSettings,
  readHosts,
  readResolvConf,
  SystemFile,
} from './dns/system.ts';
import { isSameSpoken } from './spoken.ts';
import type { Surroundings } from './surroundings.ts';

/** No destination takes more rounds of questions: NAPTR, SRV and addresses, for each name of the search list. */
const MOST_ROUNDS = 100;

/** Of so many addresses the names are remembered that they were found by. */
const MOST_HOSTS = 1_024;

/** An answer that has expired still holds for who has just asked. */
interface Memo {
  readonly answers: Map<string, DnsAnswer>;
}

/** Counts questions by what has come of them. */
export interface DnsTally {
  dnsQuery(outcome: DnsOutcome): void;
}

/** Finds the servers of destinations (RFC 3263) by the hosts file and DNS. */
export class Locator {
  readonly #settings: () => ResolverSettings;
  readonly #hosts: SystemFile<ReadonlyMap<string, readonly string[]>>;
  readonly #cache: DnsCache;
  readonly #clock: () => Millis;
  readonly #hostNames = new Map<string, string>();
  #spoken: Spoken;

  /** `servers` are asked instead of those of /etc/resolv.conf, whose search list then counts for nothing either. */
  constructor(around: Surroundings, spoken: Spoken, dnsTally: DnsTally, servers?: readonly HostPort[]) {
    const { clock, tally } = around;
    this.#clock = clock;
    this.#spoken = spoken;
    const file = new SystemFile('/etc/resolv.conf', readResolvConf, clock);
    this.#settings = servers === undefined ? () => file.value : () => ({ ...PLAIN, servers });
    this.#hosts = new SystemFile('/etc/hosts', readHosts, clock);
    const client = new DnsClient({
      clock,
      settings: this.#settings,
      count: (outcome) => dnsTally.dnsQuery(outcome),
      ignored: () => tally.drop('dns_answer_ignored'),
    });
    this.#cache = new DnsCache({
      clock,
      ask: (question) => client.ask(question),
      tooMany: () => tally.drop('too_many_lookups'),
    });
  }

  /** Other transports can be spoken from now on; whether that is a change. */
  speak(spoken: Spoken): boolean {
    const isChange = !isSameSpoken(this.#spoken, spoken);
    this.#spoken = spoken;
    return isChange;
  }

  /** Answers within the same turn for an IP literal and for what is known and still holds. */
  locate(destination: Destination, answer: (located: Located) => void): void {
    const memo: Memo = { answers: new Map() };
    const names = this.#namesOf(destination.host);
    const step = this.#step(destination, names, memo);
    const tell = (located: Located): void => {
      this.#keepHost(destination.host, located);
      answer(located);
    };
    if (!('ask' in step)) return tell(step);
    void this.#askOn(destination, names, memo, step.ask).then(tell);
  }

  /** The name that an address was last found by; it is whose the certificate there must be (RFC 5922 §7.1). */
  hostAt(address: string): string | undefined {
    return this.#hostNames.get(address);
  }

  #keepHost(host: string, { sites }: Located): void {
    if (isIP(host) !== 0) return;
    for (const address of sites.flatMap(({ addresses }) => addresses)) {
      this.#hostNames.delete(address);
      this.#hostNames.set(address, host);
    }
    for (const oldest of this.#hostNames.keys()) {
      if (this.#hostNames.size <= MOST_HOSTS) return;
      this.#hostNames.delete(oldest);
    }
  }

  async #askOn(
    destination: Destination,
    names: readonly string[],
    memo: Memo,
    first: readonly DnsQuestion[],
  ): Promise<Located> {
    let ask = first;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      await Promise.all(
        ask.map(async (question) => {
          memo.answers.set(`${question.type} ${question.name}`, await this.#cache.ask(question));
        }),
      );
      const step = this.#step(destination, names, memo);
      if (!('ask' in step)) return step;
      ask = step.ask;
    }
    return { sites: [], expiresAt: this.#clock(), isPartial: true };
  }

  #step(destination: Destination, names: readonly string[], memo: Memo): ReturnType<typeof locate> {
    return locate(destination, names, this.#spoken, (question) => this.#known(question, memo));
  }

  #known(question: DnsQuestion, memo: Memo): DnsAnswer | undefined {
    const { name, type } = question;
    const asked = memo.answers.get(`${type} ${name}`);
    if (asked !== undefined) return asked;
    const own = this.#hostsAddresses(name);
    if (own === undefined) return this.#cache.known(question);
    const version = type === 'A' ? 4 : type === 'AAAA' ? 6 : 0;
    const records = own
      .filter((address) => isIP(address) === version)
      .map((address) => ({ type, address }) as DnsAnswer['records'][number]);
    return { records, failed: false, expiresAt: this.#clock() + HOSTS_HOLD_MS };
  }

  /** A name of the hosts file is what that says, and is asked of nobody (nor is localhost, RFC 6761 §6.3). */
  #hostsAddresses(name: string): readonly string[] | undefined {
    const own = this.#hosts.value.get(name);
    if (own !== undefined) return own;
    return name === 'localhost' || name.endsWith('.localhost') ? LOOPBACK : undefined;
  }

  #namesOf(host: string): readonly string[] {
    if (isIP(host) !== 0) return [host];
    return this.#hostsAddresses(host) === undefined ? fullNames(host, this.#settings()) : [host];
  }
}

const LOOPBACK = ['127.0.0.1', '::1'] as const;

/** How long what the hosts file says is gone by. */
const HOSTS_HOLD_MS = 30_000;
