import { isReliable } from '../transaction/timing.ts';
import type { Destination, Site } from '../wire/destination.ts';
import { defaultPort, type Flow, type Transport } from '../wire/flow.ts';
import { param, type SipUri } from '../wire/uri.ts';
import { Affinity } from './affinity.ts';
import { Hop } from './hop.ts';
import { NamedHops } from './hops.ts';
import { plainTransport } from './locate.ts';
import type { Lots } from './lot.ts';
import { uriPort, uriTransport } from './own.ts';
import { Ranking, rankingOf } from './ranking.ts';

/** What the proxy must know of the PBX; the shape of one `spec.upstream.endpoints[]`. */
export interface Endpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly transport: Transport | undefined;
  readonly oversizeTransport: Transport;
  readonly priority: number;
  readonly weight: number;
}

/** RFC 7118 §5.2: `transport=ws` is both WebSockets. */
const isSpokenBy = (uri: SipUri, transport: Transport): boolean => {
  const asked = uriTransport(uri);
  return asked === transport || (asked === 'WS' && transport === 'WSS');
};

const isSilent = ({ scheme, params }: SipUri): boolean =>
  scheme === 'sip' && param(params, 'transport') === undefined;

/** Of places that the PBX has named so many are remembered as they were seen to be. */
const MOST_OTHERS = 1_024;

/** The PBX as it is now: where its endpoints lead, what it has been seen to do. */
export class Upstream {
  /** It has been seen to list, beside the contact registering, another live one (registration.replyContacts: Auto). */
  listsOthers = false;
  /** Where else it has said that its dialogs go on. */
  readonly named = new NamedHops();
  /** Where there are several PBXs, whose dialogs are whose. */
  readonly affinity = new Affinity();
  #endpoints: readonly Endpoint[];
  #sites: ReadonlyMap<string, readonly Site[]> = new Map();
  #ranking = new Ranking([]);
  #byName: ReadonlyMap<string, Hop> = new Map();
  #byAddress: ReadonlyMap<string, readonly Hop[]> = new Map();
  readonly #others = new Map<string, Hop>();

  constructor(endpoints: readonly Endpoint[]) {
    this.#endpoints = endpoints;
  }

  /** Takes over a changed description; what was learnt of other hosts is forgotten. */
  update(endpoints: readonly Endpoint[]): void {
    const former = new Map(this.#endpoints.map((endpoint) => [endpoint.name, endpoint]));
    const same = endpoints.filter((endpoint) => leadsAlike(endpoint, former.get(endpoint.name)));
    this.#endpoints = endpoints;
    this.#sites = new Map(same.map(({ name }) => [name, this.#sites.get(name) ?? []]));
    this.#rank();
    if (same.length > 0) return;
    this.listsOthers = false;
    this.named.clear();
    this.affinity.clear();
    this.#others.clear();
  }

  /** Where an endpoint leads from now on; of no account where there is none of that name (any more). */
  resolved(endpoint: string, sites: readonly Site[]): void {
    if (!this.#endpoints.some(({ name }) => name === endpoint)) return;
    this.#sites = new Map([...this.#sites, [endpoint, sites]]);
    this.#rank();
  }

  #rank(): void {
    const former = this.#byName;
    const origins = this.#endpoints.map(({ name, priority, weight, oversizeTransport }) => ({
      name,
      priority,
      weight,
      sites: this.#sites.get(name) ?? [],
      makeHop: (site: Site, address: string): Hop => {
        const hop = new Hop(site, address, name, oversizeTransport);
        const before = former.get(hop.name);
        // Requests under way hold it, and tell it what becomes of them.
        return before?.isLike(hop) ? before : hop;
      },
    }));
    this.#ranking = new Ranking(origins);
    const { hops } = this.#ranking;
    this.#byName = new Map(hops.map((hop) => [hop.name, hop]));
    this.#byAddress = Map.groupBy(hops, ({ address }) => address);
  }

  /** The hosts of all endpoints, for people. */
  get hosts(): string {
    return this.#endpoints.map(({ host }) => host).join(', ');
  }

  /** Whether there is more than one address to choose from. */
  get hasChoice(): boolean {
    return this.#ranking.hops.length > 1;
  }

  endpoint(name: string): Endpoint | undefined {
    return this.#endpoints.find((endpoint) => endpoint.name === name);
  }

  /** The names of all other endpoints. */
  othersThan(name: string): readonly string[] {
    return this.#endpoints.length < 2
      ? NONE
      : this.#endpoints.flatMap((each) => (each.name === name ? [] : each.name));
  }

  hop(name: string): Hop | undefined {
    return this.#byName.get(name);
  }

  /** All addresses of the PBX in the order in which they are to be tried; none while its names lead nowhere. */
  inTurn(lots: Lots, now: number): readonly Hop[] {
    return this.#ranking.inTurn(lots, now);
  }

  /** Whether an address is one of the PBX's. */
  hasAddress(address: string): boolean {
    return this.#byAddress.has(address);
  }

  /** The hop that a message came from, as far as its address and port tell. */
  from(flow: Flow): Hop | undefined {
    const hops = this.#byAddress.get(flow.address);
    return (
      hops?.find(({ port, transport }) => port === flow.port && transport === flow.transport) ?? hops?.[0]
    );
  }

  /** Whether a URI names an endpoint by its host and port. Without a transport it is the endpoint's that counts, not UDP (§19.1.2). */
  isEndpoint(uri: SipUri): boolean {
    return this.#endpoints.some(({ host, port, transport = 'UDP' }) => {
      // Where DNS says which port, the name without one is the endpoint too.
      const isPort = (port ?? uri.port) === undefined || uriPort(uri) === (port ?? defaultPort(transport));
      return host === uri.host && isPort && (isSilent(uri) || isSpokenBy(uri, transport));
    });
  }

  /** The very hop that a URI names by address and port. */
  addressed(uri: SipUri): Hop | undefined {
    return this.#byAddress
      .get(uri.host)
      ?.find(({ transport, port }) => port === uriPort(uri) && (isSilent(uri) || isSpokenBy(uri, transport)));
  }

  /** The addresses of the endpoint that has this host, at the port and by the transport that are asked for; undefined where none has. */
  sitesAt(destination: Destination): readonly Site[] | undefined {
    const { host } = destination;
    const names = this.#endpoints.filter((each) => each.host === host).map(({ name }) => name);
    if (names.length === 0) return undefined;
    const transport = plainTransport(destination);
    const port = destination.port ?? defaultPort(transport);
    const addresses = names.flatMap((name) =>
      (this.#sites.get(name) ?? []).flatMap((site) => site.addresses),
    );
    return addresses.length === 0
      ? []
      : [{ host, transport, port, addresses: [...new Set(addresses)], tier: 0, weight: 1 }];
  }

  /** Other places that the PBX has named, as hops that keep what is seen of them. */
  others(sites: readonly Site[]): Ranking {
    return rankingOf(sites, (site, address) => this.#other(site, address));
  }

  #other(site: Site, address: string): Hop {
    const made = new Hop(site, address);
    const hop = this.#byName.get(made.name) ?? this.#others.get(made.name) ?? made;
    if (hop.endpoint !== '') return hop;
    // The place used last is the last to be forgotten.
    this.#others.delete(hop.name);
    this.#others.set(hop.name, hop);
    const [oldest] = this.#others.keys();
    if (this.#others.size > MOST_OTHERS && oldest !== undefined) this.#others.delete(oldest);
    return hop;
  }

  /**
   * Whether a message came from the PBX: by its address and port alone, never by its headers. The streams that a PBX
   * opens have any port, so from the host of one that speaks TCP each counts unless a phone has registered over it, and of
   * one that speaks TLS or WebSocket each of that transport.
   */
  isSource(flow: Flow, isPhone: (connection: number) => boolean): boolean {
    const hops = this.#byAddress.get(flow.address);
    if (hops === undefined) return false;
    let isItsOwn = false;
    for (const { port, transport } of hops) {
      if (port === flow.port) return true;
      if (transport === 'TCP' || transport === flow.transport) isItsOwn = true;
    }
    return isItsOwn && this.mayBeSource(flow, isPhone);
  }

  /** Whether it is a stream from the PBX's host: not proven to be the PBX's, but what it knows may prove it. */
  mayBeSource(flow: Flow, isPhone: (connection: number) => boolean): boolean {
    return isReliable(flow.transport) && this.#byAddress.has(flow.address) && !isPhone(flow.connection);
  }
}

const NONE: readonly string[] = [];

const leadsAlike = (one: Endpoint, other: Endpoint | undefined): boolean =>
  one.host === other?.host && one.port === other.port && one.transport === other.transport;
