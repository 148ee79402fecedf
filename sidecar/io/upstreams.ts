import { isIP } from 'node:net';
import type { EndpointConfig } from '../config.ts';
import type { Millis } from '../effect.ts';
import { type Destination, hopNames, type Located, type Site } from '../wire/destination.ts';
import type { AllowedSources } from './sources.ts';
import type { Give, Surroundings } from './surroundings.ts';

/** A name is asked for again when its time is over, but not more often than that, nor after longer. */
const SOONEST_MS = 1_000;
const LATEST_MS = 3_600_000;
/** How soon a name is asked for again that leads nowhere, or of which not all could be asked. */
const NOT_FOUND_AGAIN_MS = 5_000;

/**
 * How long an endpoint that leads nowhere any more goes on to be where it was. DNS may say so of a PBX that is being
 * restarted (a Service of Kubernetes without ready pods), which then finds its phones and calls still there.
 */
const LAST_GOOD_MS = 3_600_000;

/** An endpoint as its name leads to it now. */
export interface UpstreamState {
  readonly name: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly transport: string | undefined;
  readonly priority: number;
  readonly weight: number;
  /** The names of its hops, in the order of DNS. */
  readonly hops: readonly string[];
}

/** What finds out where names lead. */
export interface Locating {
  locate(destination: Destination, answer: (located: Located) => void): void;
}

/** Who is told where the endpoints lead: by name, the names of their hops. */
export interface Following {
  follow(endpoints: ReadonlyMap<string, readonly string[]>): void;
}

interface Watched {
  config: EndpointConfig;
  sites: readonly Site[] | undefined;
  goodAt: Millis;
  /** It leads nowhere at the moment, and is taken to be where it was. */
  isStanding: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** Keeps it known where every configured endpoint leads, tells the engine, and lets what comes from there in. */
export class Upstreams {
  readonly #around: Surroundings;
  readonly #locator: Locating;
  readonly #sources: AllowedSources;
  readonly #follower: Following;
  readonly #give: Give;
  readonly #watched = new Map<string, Watched>();

  constructor(
    around: Surroundings,
    locator: Locating,
    sources: AllowedSources,
    follower: Following,
    give: Give,
  ) {
    this.#around = around;
    this.#locator = locator;
    this.#sources = sources;
    this.#follower = follower;
    this.#give = give;
  }

  get states(): readonly UpstreamState[] {
    return [...this.#watched.values()].map(({ config, sites }) => {
      const { name, host, port, transport, priority, weight } = config;
      return { name, host, port, transport, priority, weight, hops: hopNames(sites ?? []) };
    });
  }

  /** Where each endpoint leads of which that is known: its name, and those of its hops. */
  get hops(): ReadonlyMap<string, readonly string[]> {
    const known = [...this.#watched.values()].filter(({ sites }) => sites !== undefined);
    return new Map(known.map(({ config, sites = [] }) => [config.name, hopNames(sites)]));
  }

  /** The host of the endpoint that an address belongs to. */
  hostAt(address: string): string | undefined {
    for (const { config, sites } of this.#watched.values())
      if (sites?.some(({ addresses }) => addresses.includes(address))) return config.host;
    return undefined;
  }

  /** Makes what is watched what the list says. What is to be asked for as before is not asked for anew. */
  update(endpoints: readonly EndpointConfig[]): void {
    const names = new Set(endpoints.map(({ name }) => name));
    for (const name of this.#watched.keys()) if (!names.has(name)) this.#drop(name);
    for (const config of endpoints) {
      const watched = this.#watched.get(config.name);
      if (watched !== undefined && isAskedAlike(watched.config, config)) watched.config = config;
      else this.#watch(config);
    }
    this.#follower.follow(this.hops);
  }

  /** Other transports can be spoken than before: where names lead may have changed. */
  askAnew(): void {
    for (const watched of this.#watched.values()) {
      clearTimeout(watched.timer);
      this.#ask(watched);
    }
  }

  #watch(config: EndpointConfig): void {
    this.#drop(config.name);
    const watched: Watched = { config, sites: undefined, goodAt: 0, isStanding: false, timer: undefined };
    this.#watched.set(config.name, watched);
    this.#ask(watched);
  }

  #drop(name: string): void {
    clearTimeout(this.#watched.get(name)?.timer);
    this.#watched.delete(name);
    this.#sources.trust(name, []);
  }

  #ask(watched: Watched): void {
    const { host, port, transport } = watched.config;
    this.#locator.locate({ host, port, transport, isSecure: false }, (located) => {
      if (this.#watched.get(watched.config.name) !== watched) return;
      const { sites, isPartial, expiresAt } = located;
      this.#learn(watched, this.#standing(watched, located));
      // An address does not change.
      if (isIP(host) !== 0) return;
      const held = Math.min(Math.max(expiresAt - this.#around.clock(), SOONEST_MS), LATEST_MS);
      const delay = sites.length === 0 || isPartial ? Math.min(held, NOT_FOUND_AGAIN_MS) : held;
      clearTimeout(watched.timer);
      watched.timer = setTimeout(() => this.#ask(watched), delay);
    });
  }

  /** Where it is to be looked for now: where it leads or, for a while, where it last led. */
  #standing(watched: Watched, { sites }: Located): readonly Site[] {
    const now = this.#around.clock();
    const former = watched.sites ?? [];
    if (sites.length > 0) watched.goodAt = now;
    const wasStanding = watched.isStanding;
    watched.isStanding = sites.length === 0 && former.length > 0 && now - watched.goodAt < LAST_GOOD_MS;
    if (!watched.isStanding) return sites;
    if (!wasStanding) {
      const { name, host } = watched.config;
      const reason = `${host} has no address any more; for an hour it is taken to be where it was`;
      this.#around.note({ level: 'warn', event: 'upstream not resolved', upstream: name, reason });
    }
    return former;
  }

  /** The engine hears of changes only, and so does the log. */
  #learn(watched: Watched, sites: readonly Site[]): void {
    const { config } = watched;
    if (watched.sites !== undefined && isSame(watched.sites, sites)) return;
    watched.sites = sites;
    this.#sources.trust(config.name, [...new Set(sites.flatMap(({ addresses }) => addresses))]);
    this.#give({ kind: 'upstreamResolved', endpoint: config.name, sites });
    this.#follower.follow(this.hops);
    if (sites.length > 0) {
      const reason = `${config.host} is ${hopNames(sites).join(', ')}`;
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

const isAskedAlike = (one: EndpointConfig, other: EndpointConfig): boolean =>
  one.host === other.host && one.port === other.port && one.transport === other.transport;

/** DNS turns the order round from answer to answer; that is no change. */
const isSame = (one: readonly Site[], other: readonly Site[]): boolean => {
  const texts = new Set(one.map(textOf));
  return one.length === other.length && other.every((site) => texts.has(textOf(site)));
};

const textOf = ({ addresses, ...site }: Site): string =>
  JSON.stringify([Object.entries(site).sort(), [...addresses].sort()]);
