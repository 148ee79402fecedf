import type { ProbeConfig, SidecarConfig } from '../config.ts';
import { endpointHealth, type Health } from '../health.ts';
import { HopProbe } from './hop-probe.ts';
import type { Give, Surroundings } from './surroundings.ts';

/** An endpoint as its probes have shown it to be, and each of its addresses by name. */
export interface EndpointHealth extends Health {
  readonly hops: readonly { readonly name: string; readonly health: Health }[];
}

interface Followed {
  readonly hops: readonly string[];
  /** In ms. */
  readonly since: number;
}

/**
 * Asks every address of the PBX at intervals whether it is there, and keeps what came of it. Each question is given to the
 * engine, which tells by `probed` what has come of it; silence is noticed here, and told to the engine.
 */
export class Prober {
  readonly #around: Surroundings;
  readonly #give: Give;
  readonly #probes = new Map<string, HopProbe>();
  #endpoints: ReadonlyMap<string, Followed> = new Map();
  #config: ProbeConfig;
  #isOpen = false;

  constructor(around: Surroundings, upstream: SidecarConfig['upstream'], give: Give) {
    this.#around = around;
    this.#give = give;
    this.#config = upstream.probe;
  }

  /** How an endpoint is; unknown where it is not known yet where it leads, or nothing is asked. */
  health(endpoint: string): EndpointHealth {
    const followed = this.#endpoints.get(endpoint);
    const hops = (followed?.hops ?? []).flatMap((name) => {
      const probe = this.#probes.get(name);
      return probe === undefined ? [] : [{ name, health: probe.health }];
    });
    const healths = hops.map(({ health }) => health);
    const isAsked = followed !== undefined && this.#config.method !== 'None';
    return { ...endpointHealth(healths, isAsked, followed?.since ?? this.#around.clock()), hops };
  }

  /** Nothing is sent before the sockets are open. */
  begin(): void {
    this.#isOpen = true;
    this.#askAll();
  }

  /** Where the endpoints lead, of which that is known. New addresses are asked at once, former ones no more. */
  follow(endpoints: ReadonlyMap<string, readonly string[]>): void {
    const now = this.#around.clock();
    this.#endpoints = new Map(
      [...endpoints].map(([name, hops]) => {
        const before = this.#endpoints.get(name);
        const isAsBefore = before !== undefined && (before.hops.length === 0) === (hops.length === 0);
        return [name, { hops, since: isAsBefore ? before.since : now }];
      }),
    );
    const wanted = new Map([...endpoints].flatMap(([name, hops]) => hops.map((hop) => [hop, name] as const)));
    for (const [name, probe] of this.#probes) {
      if (wanted.get(name) === probe.endpoint) continue;
      probe.close();
      this.#probes.delete(name);
    }
    for (const [hop, endpoint] of wanted) {
      if (this.#probes.has(hop)) continue;
      const probe = new HopProbe(hop, endpoint, {
        clock: this.#around.clock,
        give: this.#give,
        config: () => this.#config,
        changed: this.#tell,
      });
      this.#probes.set(hop, probe);
      if (this.#isAsking) probe.begin();
    }
  }

  get #isAsking(): boolean {
    return this.#isOpen && this.#config.method !== 'None';
  }

  #askAll(): void {
    if (this.#isAsking) for (const probe of this.#probes.values()) probe.begin();
  }

  /** A changed resource: a PBX that is asked otherwise than before is asked at once. */
  update({ probe }: SidecarConfig['upstream']): void {
    const before = this.#config;
    this.#config = probe;
    if (isAskedAlike(probe, before)) return;
    for (const each of this.#probes.values()) {
      each.close();
      if (probe.method === 'None') each.forget();
    }
    this.#askAll();
  }

  /** What has come of a question. */
  probed(hop: string, isUp: boolean, reason: string): void {
    this.#probes.get(hop)?.told(isUp, reason);
  }

  /** A request has failed at an address: whether it is there is to be known soon. */
  suspected(hop: string): void {
    if (this.#isAsking) this.#probes.get(hop)?.suspected();
  }

  readonly #tell = (probe: HopProbe, reason: string): void => {
    const { endpoint: upstream, name } = probe;
    const { state, failures } = probe.health;
    const others = (this.#endpoints.get(upstream)?.hops ?? []).filter((hop) => hop !== name);
    const isOneOfSeveral = others.length > 0;
    const isAnotherUp = others.some((hop) => this.#probes.get(hop)?.health.state === 'Up');
    // Of several addresses the endpoint is up while any is.
    const event = isOneOfSeveral && isAnotherUp ? 'upstream address' : 'upstream';
    if (state === 'Up')
      return this.#around.note({
        level: 'info',
        event: `${event} up`,
        upstream,
        ...(isOneOfSeveral && { reason: name }),
        isOurs: true,
      });
    this.#around.note({
      level: 'error',
      event: `${event} down`,
      upstream,
      reason: `${isOneOfSeveral ? `${name}: ` : ''}${reason}, ${failures} in a row: is the PBX running, and does it answer OPTIONS from here?`,
      isOurs: true,
    });
  };

  /** Asks no more; what is known stays. */
  close(): void {
    this.#isOpen = false;
    for (const probe of this.#probes.values()) probe.close();
  }
}

const isAskedAlike = (one: ProbeConfig, other: ProbeConfig): boolean =>
  one.method === other.method && one.intervalMs === other.intervalMs && one.timeoutMs === other.timeoutMs;
