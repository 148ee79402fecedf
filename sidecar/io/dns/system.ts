import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import type { HostPort } from '../../config.ts';
import type { Millis } from '../../effect.ts';
import { socketText } from './address.ts';

/** Whom to ask, and what a short name may mean in full. */
export interface ResolverSettings {
  readonly servers: readonly HostPort[];
  /** Domains without the dots around them, in lower case. */
  readonly search: readonly string[];
  /** A name of so many dots is first tried as it is. */
  readonly ndots: number;
  /** How many times each server is asked. */
  readonly attempts: number;
  /** How long one is waited for, in ms. */
  readonly timeoutMs: number;
}

export const DNS_PORT = 53;

/** As of the resolver of the C library. */
const MOST_SERVERS = 3;
const MOST_NDOTS = 15;
const MOST_ATTEMPTS = 5;
const MOST_SEARCH = 32;
/** No SIP request waits for longer. */
const MOST_TIMEOUT_MS = 2_000;

export const PLAIN: Omit<ResolverSettings, 'servers'> = {
  search: [],
  ndots: 1,
  attempts: 2,
  timeoutMs: MOST_TIMEOUT_MS,
};

/** Reads resolv.conf(5); what can't be read is passed over, as the C library does. */
export function readResolvConf(text: string): ResolverSettings {
  const servers: HostPort[] = [];
  let { search, ndots, attempts, timeoutMs } = PLAIN;
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && isIP(words[0]?.split('%')[0] ?? '') !== 0)
      servers.push({ host: words[0] as string, port: DNS_PORT });
    // Of `domain` and `search` the last one counts.
    if (keyword === 'search' || keyword === 'domain') search = words.slice(0, MOST_SEARCH).map(bare);
    if (keyword !== 'options') continue;
    for (const word of words) {
      const [name, value] = word.split(':', 2);
      const number = Number.parseInt(value ?? '', 10);
      if (!(number >= 0)) continue;
      if (name === 'ndots') ndots = Math.min(number, MOST_NDOTS);
      if (name === 'attempts') attempts = Math.min(Math.max(number, 1), MOST_ATTEMPTS);
      if (name === 'timeout') timeoutMs = Math.min(Math.max(number, 1) * 1000, MOST_TIMEOUT_MS);
    }
  }
  // resolv.conf(5): without any, the one on this machine.
  if (servers.length === 0) servers.push({ host: '127.0.0.1', port: DNS_PORT });
  return {
    servers: servers.slice(0, MOST_SERVERS),
    search: search.filter((domain) => domain !== ''),
    ndots,
    attempts,
    timeoutMs,
  };
}

const bare = (domain: string): string => domain.toLowerCase().replace(/^\.|\.$/g, '');

/** Reads hosts(5): addresses by name in lower case. */
export function readHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, readonly string[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names.map(bare)) hosts.set(name, [...(hosts.get(name) ?? []), socketText(address)]);
  }
  return hosts;
}

/** What a name may mean in full, in the order in which it is to be tried (resolv.conf(5), ndots and search). */
export function fullNames(host: string, { search, ndots }: ResolverSettings): readonly string[] {
  const name = bare(host);
  if (host.endsWith('.')) return [name];
  const longer = search.map((domain) => `${name}.${domain}`).filter((each) => each.length <= MOST_NAME);
  return name.split('.').length - 1 >= ndots ? [name, ...longer] : [...longer, name];
}

/** RFC 1035 §2.3.4, as text. */
const MOST_NAME = 253;

/** How often, at most, a file is looked at. */
const LOOK_MS = 5_000;
/** A hosts file that blocks advertisements has some ten thousand lines; larger ones are passed over. */
const MOST_BYTES = 4 << 20;

/** A file of the system as it reads now: looked at again after a while, read again where it has changed. '' where it can't be read. */
export class SystemFile<T> {
  readonly #path: string;
  readonly #read: (text: string) => T;
  readonly #clock: () => Millis;
  #lookAt = Number.NEGATIVE_INFINITY;
  #seen = '';
  #value: T;

  constructor(path: string, read: (text: string) => T, clock: () => Millis) {
    this.#path = path;
    this.#read = read;
    this.#clock = clock;
    this.#value = read('');
  }

  get value(): T {
    const now = this.#clock();
    if (now < this.#lookAt) return this.#value;
    this.#lookAt = now + LOOK_MS;
    const [seen, text] = this.#look();
    if (text !== undefined) this.#value = this.#read(text);
    this.#seen = seen;
    return this.#value;
  }

  /** What the file is known by, and its text where that is another than before. */
  #look(): readonly [seen: string, text: string | undefined] {
    try {
      const { mtimeMs, size, ino } = statSync(this.#path);
      const seen = `${ino} ${mtimeMs} ${size}`;
      if (seen === this.#seen) return [seen, undefined];
      return [seen, size > MOST_BYTES ? '' : readFileSync(this.#path, 'utf8')];
    } catch {
      return ['', this.#seen === '' ? undefined : ''];
    }
  }
}
