/** What a proxy says of itself on its admin port (`/v1/status`), as far as we read it. */
export interface ProxyReport {
  readonly version: string;
  readonly ready: boolean;
  readonly draining: boolean;
  /** SHA-256 of the configuration that it runs by. */
  readonly configHash: string;
  /** Why it did not take the last one that it saw; empty where it did. */
  readonly refusal: string;
  readonly contacts: number;
  readonly aors: number;
  readonly upstreams: readonly ReportedUpstream[];
  /** What is wrong with the key of `registration.tokenSecretRef`; empty where nothing is. */
  readonly tokenKeyFault: string;
  /** What is wrong with a Secret of certificates that has changed, as a sentence; empty where nothing is. */
  readonly certificateFault: string;
}

export interface ReportedUpstream {
  readonly name: string;
  readonly host: string;
  /** 0 where DNS says which. */
  readonly port: number;
  readonly state: 'Up' | 'Down' | 'Unknown';
  /** RFC 3339; since when. */
  readonly since: string | undefined;
  /** To how many addresses it leads, and how many of them answer. */
  readonly addresses: number;
  readonly addressesUp: number;
  /** What is known of why one of them does not answer, in words; empty where nothing is. */
  readonly fault: string;
}

/** A pod, and what its proxy says; undefined where it does not answer. */
export interface AskedProxy {
  readonly pod: string;
  readonly report: ProxyReport | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 1000) : '');
const count = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : 0;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.slice(0, 128) : []);

/** Reads the answer of a proxy, of this version or another: what is missing counts as not said. */
export function readReport(value: unknown): ProxyReport | undefined {
  const answer = fields(value);
  if (typeof answer.version !== 'string' || typeof answer.ready !== 'boolean') return undefined;
  const resource = fields(answer.resource);
  return {
    version: text(answer.version),
    ready: answer.ready,
    draining: answer.draining === true,
    configHash: text(resource.sha256),
    refusal: text(resource.refused),
    contacts: count(answer.bindings),
    aors: count(answer.aors),
    upstreams: list(answer.upstreams).slice(0, 16).map(readUpstream),
    tokenKeyFault: text(fields(answer.tokenKey).fault),
    certificateFault: text(list(answer.certificateFaults)[0]),
  };
}

function readUpstream(value: unknown): ReportedUpstream {
  const { name, host, port, state, since, addresses } = fields(value);
  const each = list(addresses).map(fields);
  return {
    name: text(name),
    host: text(host),
    port: count(port),
    state: state === 'Up' || state === 'Down' ? state : 'Unknown',
    since: typeof since === 'string' ? since : undefined,
    addresses: each.length,
    addressesUp: each.filter((address) => address.state === 'Up').length,
    fault: each.map(({ fault }) => text(fault)).find((fault) => fault !== '') ?? '',
  };
}
