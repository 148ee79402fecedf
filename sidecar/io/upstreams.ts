import { isIP } from 'node:net';
import type { EndpointConfig } from '../config.ts';
import type { Millis } from '../effect.ts';
import type { Resolver } from './resolve.ts';
import type { AllowedSources } from './sources.ts';
import type { Give, Surroundings } from './surroundings.ts';

/** How soon names are asked for again, found or not: just after the resolver has forgotten them. */
const AGAIN_MS = 30_100;
const NOT_FOUND_AGAIN_MS = 5_100;

/** An endpoint as its name leads to it now. */
export interface UpstreamState {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly transport: string;
  readonly addresses: readonly string[];
}

interface Watched {
  config: EndpointConfig;
  addresses: readonly string[] | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** Keeps every configured endpoint's name resolved, tells the engine, and lets what comes from there in. */
export class Upstreams {
  readonly #around: Surroundings;
  readonly #resolver: Resolver;
  readonly #sources: AllowedSources;
  readonly #give: Give;
  readonly #watched = new Map<string, Watched>();

  constructor(around: Surroundings, resolver: Resolver, sources: AllowedSources, give: Give) {
    this.#around = around;
    this.#resolver = resolver;
    this.#sources = sources;
    this.#give = give;
  }

  get states(): readonly UpstreamState[] {
    return [...this.#watched.values()].map(({ config: { name, host, port, transport }, addresses }) => ({
      name,
      host,
      port,
      transport,
      addresses: addresses ?? [],
    }));
  }

  /** The host in the resource that leads to an address; undefined where none does. */
  hostAt(address: string): string | undefined {
    for (const { config, addresses } of this.#watched.values())
      if (addresses?.includes(address)) return config.host;
    return undefined;
  }

  /** Whether each name has been answered for, also where it has no address. */
  get areLookedUp(): boolean {
    return [...this.#watched.values()].every(({ addresses }) => addresses !== undefined);
  }

  /** Makes what is watched what the list says. An unchanged host is not asked for anew. */
  update(endpoints: readonly EndpointConfig[]): void {
    const names = new Set(endpoints.map(({ name }) => name));
    for (const name of this.#watched.keys()) if (!names.has(name)) this.#drop(name);
    for (const config of endpoints) {
      const watched = this.#watched.get(config.name);
      if (watched !== undefined && watched.config.host === config.host) watched.config = config;
      else this.#watch(config);
    }
  }

  #watch(config: EndpointConfig): void {
    this.#drop(config.name);
    const watched: Watched = { config, addresses: undefined, timer: undefined };
    this.#watched.set(config.name, watched);
    this.#ask(watched);
  }

  #drop(name: string): void {
    clearTimeout(this.#watched.get(name)?.timer);
    this.#watched.delete(name);
    this.#sources.trust(name, []);
  }

  #ask(watched: Watched): void {
    this.#resolver.resolve(watched.config.host, (addresses) => {
      if (this.#watched.get(watched.config.name) !== watched) return;
      this.#learn(watched, addresses);
      // An address does not change.
      if (isIP(watched.config.host) !== 0) return;
      const delay: Millis = addresses.length > 0 ? AGAIN_MS : NOT_FOUND_AGAIN_MS;
      watched.timer = setTimeout(() => this.#ask(watched), delay);
    });
  }

  /** The engine hears of changes only, and so does the log. */
  #learn(watched: Watched, addresses: readonly string[]): void {
    const { config } = watched;
    if (watched.addresses !== undefined && isSameSet(watched.addresses, addresses)) return;
    watched.addresses = addresses;
    this.#sources.trust(config.name, addresses);
    this.#give({ kind: 'upstreamResolved', endpoint: config.name, addresses });
    if (addresses.length > 0) {
      const reason = `${config.host} is ${addresses.join(', ')}`;
      this.#around.note({ level: 'info', event: 'upstream resolved', upstream: config.name, reason });
    } else {
      const reason = `${config.host} has no address: is the name right, and does DNS answer?`;
      this.#around.note({ level: 'error', event: 'upstream not resolved', upstream: config.name, reason });
    }
  }

  close(): void {
    for (const { timer } of this.#watched.values()) clearTimeout(timer);
    this.#watched.clear();
  }
}

/** DNS turns the order round from answer to answer; that is no change. */
const isSameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((address) => other.includes(address));
