import type { Condition, Endpoint, MidRegistrarStatus } from '../crds/midregistrar.ts';
import { isIpLiteral } from './addresses.ts';
import { canonicalJson } from './canonical.ts';
import { type Finding, type Found, findingsOf } from './conditions.ts';
import { selectorOf } from './names.ts';

/** How often bindings alone are worth a write: status is no store of metrics. */
const BINDINGS_EVERY_MS = 60_000;

/** What the front's status is to be. `former` is the one that stands there. */
export function statusOf(
  found: Found,
  former: MidRegistrarStatus | undefined,
  operatorVersion: string,
  now: number,
): MidRegistrarStatus {
  const { front, pods, resolved, configHash } = found;
  const reports = found.proxies.flatMap(({ report }) => (report === undefined ? [] : [report]));
  const phones = resolved.addresses.find(({ side }) => side === 'phones');
  const proxyVersion = reports[0]?.version ?? former?.version?.proxy;
  const status = {
    observedGeneration: front.generation,
    conditions: findingsOf(found).map((finding) => conditionOf(finding, front.generation, former, now)),
    replicas: pods.length,
    readyReplicas: pods.filter(({ ready }) => ready).length,
    selector: Object.entries(selectorOf(front))
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
    ...(phones && { address: hostPort(phones.host, phones.port) }),
    addresses: resolved.addresses.map(({ side, ...address }) => ({
      ...address,
      side: side === 'phones' ? ('Phones' as const) : ('Upstream' as const),
    })),
    upstream: upstreamOf(found),
    configHash,
    version: { operator: operatorVersion, ...(proxyVersion !== undefined && { proxy: proxyVersion }) },
  };
  // Without an answer the last known counts stand, with their time.
  if (reports.length === 0) return former?.bindings ? { ...status, bindings: former.bindings } : status;
  const bindings = {
    contacts: sum(reports.map(({ contacts }) => contacts)),
    aors: sum(reports.map(({ aors }) => aors)),
    observedTime: rfc3339(now),
  };
  return { ...status, bindings };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** As metav1.Time has it: to the second. */
const rfc3339 = (now: number): string => `${new Date(now).toISOString().slice(0, 19)}Z`;

const hostPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** An endpoint in a word; without a port where DNS says which. */
function placeOf({ host, port }: Endpoint): string {
  if (port !== undefined) return hostPort(host, port);
  return isIpLiteral(host) ? hostPort(host, 5060) : host;
}

function conditionOf(
  { type, status, reason, message }: Finding,
  generation: number,
  former: MidRegistrarStatus | undefined,
  now: number,
): Condition {
  const before = former?.conditions?.find((condition) => condition.type === type);
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : rfc3339(now);
  return {
    type,
    status,
    reason,
    // Half a character would come back from the API server as another one, and be written anew at each look.
    message: message.slice(0, 4096).toWellFormed(),
    lastTransitionTime,
    observedGeneration: generation,
  };
}

function upstreamOf({ front, proxies }: Found): NonNullable<MidRegistrarStatus['upstream']> {
  const seen = proxies.flatMap(({ report }) => report?.upstreams ?? []);
  const endpoints = front.spec.upstream.endpoints.map(({ name }) => {
    const found = seen.find((each) => each.name === name);
    const since = found?.since;
    return {
      name,
      state: found?.state ?? ('Unknown' as const),
      ...(found !== undefined && { addresses: found.addresses, addressesUp: found.addressesUp }),
      ...(since !== undefined && { lastTransitionTime: `${since.slice(0, 19)}Z` }),
    };
  });
  const [first, second] = front.spec.upstream.endpoints;
  const state = endpoints[0]?.state ?? 'Unknown';
  if (first === undefined) return { summary: state, endpoints };
  if (second === undefined) return { summary: `${state} ${placeOf(first)}`, endpoints };
  const up = endpoints.filter((endpoint) => endpoint.state === 'Up').length;
  return { summary: `${wordFor(endpoints)} ${up} of ${endpoints.length}`, endpoints };
}

/** The PBX is there while any endpoint is. */
function wordFor(endpoints: readonly { readonly state: string }[]): string {
  if (endpoints.some(({ state }) => state === 'Up')) return 'Up';
  return endpoints.every(({ state }) => state === 'Down') ? 'Down' : 'Unknown';
}

/** Whether a status is worth writing over the former one. */
export function isWorthWriting(
  next: MidRegistrarStatus,
  former: MidRegistrarStatus | undefined,
  now: number,
): boolean {
  if (former === undefined) return true;
  if (canonicalJson({ ...next, bindings: undefined }) !== canonicalJson({ ...former, bindings: undefined }))
    return true;
  const { bindings } = former;
  if (next.bindings === undefined) return false;
  if (bindings === undefined) return true;
  const isSame = bindings.contacts === next.bindings.contacts && bindings.aors === next.bindings.aors;
  return !isSame && now - Date.parse(bindings.observedTime ?? '') >= BINDINGS_EVERY_MS;
}

/** The status of a resource that can't be read as one: what was found of the former spec stands, for it still runs. */
export function invalidStatus(
  generation: number,
  faults: readonly string[],
  former: MidRegistrarStatus | undefined,
  now: number,
): MidRegistrarStatus {
  const message = `${faults.join('; ')}; what ran before goes on as it was`;
  const findings: readonly Finding[] = [
    { type: 'Accepted', status: 'False', reason: 'Invalid', message },
    { type: 'Ready', status: 'False', reason: 'Invalid', message },
    { type: 'Reconciling', status: 'False', reason: 'Settled', message: 'nothing is under way' },
    { type: 'Stalled', status: 'True', reason: 'Invalid', message },
  ];
  const told = findings.map((finding) => conditionOf(finding, generation, former, now));
  const kept = (former?.conditions ?? []).filter(({ type }) => told.every((each) => each.type !== type));
  return { ...former, observedGeneration: generation, conditions: [...told, ...kept] };
}
