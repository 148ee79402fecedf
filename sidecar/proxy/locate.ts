import type { Destination, Located, Site } from '../wire/destination.ts';
import type { DnsAnswer, DnsQuestion, DnsRecord, NaptrRecord, RecordType } from '../wire/dns.ts';
import { defaultPort, type Transport } from '../wire/flow.ts';
import { hostKind } from '../wire/host.ts';
import { type IpVersion, inOrder } from './addresses.ts';

/** The transports that can be spoken, and over which IP versions each. */
export type Spoken = ReadonlyMap<Transport, ReadonlySet<IpVersion>>;

/** What DNS has said to a question; undefined where it has not been asked yet. */
export type Known = (question: DnsQuestion) => DnsAnswer | undefined;

/** No destination leads to more servers, and no host to more addresses. */
const MOST_SITES = 16;
const MOST_ADDRESSES = 8;

/** RFC 3263 §4.1: where DNS does not say which transport is preferred, UDP comes first, as it does without records. */
const BY_SRV: readonly Transport[] = ['UDP', 'TCP', 'TLS'];

/** RFC 3263 §4.1, §9.1: the services of NAPTR records. WebSockets (RFC 7118) are found by address and port alone. */
const SERVICES: ReadonlyMap<string, Transport> = new Map([
  ['SIP+D2U', 'UDP'],
  ['SIP+D2T', 'TCP'],
  ['SIPS+D2T', 'TLS'],
]);

/** RFC 3263 §4.2: `_sips` for TLS, whatever the scheme. */
const SRV_PREFIX: Readonly<Record<Transport, string>> = {
  UDP: '_sip._udp.',
  TCP: '_sip._tcp.',
  TLS: '_sips._tcp.',
  WS: '',
  WSS: '',
};

const SECURE: Readonly<Record<Transport, Transport>> = {
  UDP: 'TLS',
  TCP: 'TLS',
  TLS: 'TLS',
  WS: 'WSS',
  WSS: 'WSS',
};

/**
 * RFC 3263 §4.1 and §4.2: where a destination leads, or what must be asked to know. It is called again with the answers,
 * and starts from the beginning each time. `names` is what the host may mean in full, in the order of the search list
 * (the first that leads anywhere counts).
 */
export function locate(
  destination: Destination,
  names: readonly string[],
  spoken: Spoken,
  known: Known,
): Located | { readonly ask: readonly DnsQuestion[] } {
  if (hostKind(bracketed(destination.host)) !== 'name') return atLiteral(destination);
  const reading = new Reading(known);
  for (const name of names) {
    const sites = new Procedure({ ...destination, host: name }, spoken, reading).sites();
    if (reading.missing.length > 0) return { ask: reading.missing };
    if (sites.length > 0) return reading.located(sites);
  }
  return reading.located([]);
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** §4.1: UDP for SIP, TLS for SIPS, as for a name with a port. */
export const plainTransport = ({ transport, isSecure }: Destination): Transport =>
  isSecure ? SECURE[transport ?? 'TLS'] : (transport ?? 'UDP');

function atLiteral(destination: Destination): Located {
  const transport = plainTransport(destination);
  const { host, port = defaultPort(transport) } = destination;
  const site: Site = { host, transport, port, addresses: [host], tier: 0, weight: 1 };
  return { sites: [site], expiresAt: Number.POSITIVE_INFINITY, isPartial: false };
}

/** What has been asked of DNS for one destination. */
class Reading {
  readonly missing: DnsQuestion[] = [];
  readonly #known: Known;
  #expiresAt = Number.POSITIVE_INFINITY;
  #isPartial = false;

  constructor(known: Known) {
    this.#known = known;
  }

  /** The records of a name; undefined, and noted as missing, where they have not been asked for. */
  records<T extends RecordType>(
    name: string,
    type: T,
  ): readonly Extract<DnsRecord, { type: T }>[] | undefined {
    const answer = this.#known({ name, type });
    if (answer === undefined) {
      if (!this.missing.some((each) => each.name === name && each.type === type))
        this.missing.push({ name, type });
      return undefined;
    }
    this.#expiresAt = Math.min(this.#expiresAt, answer.expiresAt);
    if (answer.failed) this.#isPartial = true;
    return answer.records as readonly Extract<DnsRecord, { type: T }>[];
  }

  located(sites: readonly Site[]): Located {
    return { sites: sites.slice(0, MOST_SITES), expiresAt: this.#expiresAt, isPartial: this.#isPartial };
  }
}

/** One full name's way through §4.1 and §4.2. Where answers are missing, what it gives is of no use, and it asks for nothing that they decide on. */
class Procedure {
  readonly #destination: Destination;
  readonly #spoken: Spoken;
  readonly #reading: Reading;
  #tier = 0;

  constructor(destination: Destination, spoken: Spoken, reading: Reading) {
    this.#destination = destination;
    this.#spoken = spoken;
    this.#reading = reading;
  }

  sites(): Site[] {
    const { host, port, transport } = this.#destination;
    const plain = plainTransport(this.#destination);
    // §4.2: a port is an end of the matter.
    if (port !== undefined) return this.#atHost(host, plain, port);
    if (transport === undefined) return this.#byNaptr() ?? this.#bySrv() ?? this.#atHost(host, plain);
    const prefix = SRV_PREFIX[plain];
    return (prefix && this.#byService(prefix + host, plain)) || this.#atHost(host, plain);
  }

  /** §4.1: whether a transport that DNS offers will do. */
  #canSpeak(transport: Transport): boolean {
    return this.#spoken.has(transport) && (transport === 'TLS' || !this.#destination.isSecure);
  }

  /** Undefined where no NAPTR record is of use, so that SRV records are asked for without. */
  #byNaptr(): Site[] | undefined {
    const { host } = this.#destination;
    const records = this.#reading.records(host, 'NAPTR');
    if (records === undefined) return [];
    const useful = records.flatMap(offerOf).filter(({ transport }) => this.#canSpeak(transport));
    // RFC 3403 §4.1: beyond the first order that holds a match no record counts.
    const first = Math.min(...useful.map(({ order }) => order));
    const inTurn = useful.filter(({ order }) => order === first).sort((a, b) => a.preference - b.preference);
    const [preferred] = inTurn;
    if (preferred === undefined) return undefined;
    const found = inTurn.map(({ service, transport }) => this.#byService(service, transport));
    // §4.2: the name's own addresses, where it has no SRV records after all.
    if (found.every((sites) => sites === undefined)) return this.#atHost(host, preferred.transport);
    return found.flatMap((sites) => sites ?? []);
  }

  /** §4.1: without NAPTR records a transport counts as offered if there are SRV records for it. */
  #bySrv(): Site[] | undefined {
    const { host } = this.#destination;
    const offered = BY_SRV.filter((transport) => this.#canSpeak(transport)).map((transport) =>
      this.#byService(`${SRV_PREFIX[transport]}${host}`, transport),
    );
    return offered.every((sites) => sites === undefined)
      ? undefined
      : offered.flatMap((sites) => sites ?? []);
  }

  /** RFC 2782: the hosts of a service; undefined where there are no SRV records. */
  #byService(name: string, transport: Transport): Site[] | undefined {
    const records = this.#reading.records(name, 'SRV');
    if (records === undefined) return [];
    if (records.length === 0) return undefined;
    // RFC 2782: a target of "." says that the service is not available at this domain.
    const sorted = records
      .filter(({ target }) => target !== '')
      .sort((a, b) => a.priority - b.priority || b.weight - a.weight);
    const from = this.#tier;
    const priorities = [...new Set(sorted.map(({ priority }) => priority))];
    this.#tier += priorities.length;
    return sorted.slice(0, MOST_SITES).flatMap(({ target, port, priority, weight }) => {
      const tier = from + priorities.indexOf(priority);
      return this.#atHost(target, transport, port).map((site) => ({ ...site, tier, weight }));
    });
  }

  /** RFC 7984 §4: both kinds of addresses of a host, in the order of RFC 6724, but for those of a version that is not spoken. */
  #atHost(host: string, transport: Transport, port = defaultPort(transport)): Site[] {
    const versions = this.#spoken.get(transport) ?? BOTH;
    const found = [
      ...(versions.has(6) ? (this.#reading.records(host, 'AAAA') ?? []) : []),
      ...(versions.has(4) ? (this.#reading.records(host, 'A') ?? []) : []),
    ];
    const addresses = inOrder(found.map(({ address }) => address)).slice(0, MOST_ADDRESSES);
    return addresses.length === 0 ? [] : [{ host, transport, port, addresses, tier: this.#tier, weight: 1 }];
  }
}

const BOTH: ReadonlySet<IpVersion> = new Set([4, 6]);

/** What a NAPTR record offers. */
interface Offer {
  readonly order: number;
  readonly preference: number;
  readonly transport: Transport;
  /** The name of its SRV records. */
  readonly service: string;
}

/** §4.1: flag "s" alone leads to SRV records, and needs no regular expression. */
function offerOf({ order, preference, flags, services, regexp, replacement }: NaptrRecord): Offer[] {
  const transport = SERVICES.get(services.toUpperCase());
  const isService = flags.toLowerCase() === 's' && regexp === '' && replacement !== '';
  return transport !== undefined && isService ? [{ order, preference, transport, service: replacement }] : [];
}
