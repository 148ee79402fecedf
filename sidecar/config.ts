import type { Endpoint, Listener, MidRegistrar } from '../crds/midregistrar.ts';
import { readText } from './config/document.ts';
import { canonicalHost } from './config/formats.ts';
import { judge } from './config/judge.ts';
import { type Problem, printPath } from './config/problem.ts';
import {
  type ListenerTlsConfig,
  listenerTls,
  listenerWebSocket,
  type UpstreamTlsConfig,
  upstreamTls,
  type WebSocketConfig,
} from './config/tls.ts';
import type { Transport } from './wire/flow.ts';

export { type JudgedObject, judgeObject } from './config/object.ts';
export { formatProblem, type Problem } from './config/problem.ts';
export type { ListenerTlsConfig, SecretEntry, UpstreamTlsConfig, WebSocketConfig } from './config/tls.ts';

/** A host (IPv6 without brackets) and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** One socket of `spec.listeners`. */
export interface ListenerConfig {
  readonly name: string;
  readonly transport: Transport;
  /** An IP literal, IPv6 without brackets and in its short form (RFC 5952). */
  readonly address: string;
  readonly port: number;
  /** What phones and the PBX are told to reach it by; undefined: its own address, to be found at start where it listens on all. */
  readonly advertised: { readonly phones: HostPort | undefined; readonly upstream: HostPort | undefined };
  /** There for TLS and WSS. */
  readonly tls?: ListenerTlsConfig;
  /** There for WS and WSS. */
  readonly webSocket?: WebSocketConfig;
}

/** One of `spec.upstream.endpoints`; port and transport undefined where DNS says (RFC 3263). */
export interface EndpointConfig {
  readonly name: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly transport: Transport | undefined;
  readonly oversizeTransport: Transport;
  readonly priority: number;
  readonly weight: number;
}

/** How it is found out whether the PBX answers. */
export interface ProbeConfig {
  readonly method: 'Options' | 'None';
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly failureThreshold: number;
}

/** A resource, checked and with its defaults, in the units that the sidecar counts in. */
export interface SidecarConfig {
  readonly name: string;
  /** In lower case. */
  readonly domains: ReadonlySet<string>;
  readonly upstream: {
    readonly endpoints: readonly EndpointConfig[];
    /** CIDRs and addresses from which requests are the PBX's too. */
    readonly sources: readonly string[];
    readonly probe: ProbeConfig;
    readonly responseTimeoutMs: number;
    /** Whether a request for a sips: address may go to an endpoint that is not reached over TLS. */
    readonly sips: 'RequireTls' | 'Trusted';
    readonly tls: UpstreamTlsConfig;
    /** Of the PBX's WebSocket. */
    readonly webSocketPath: string;
    /** How long one address may be silent before the next is tried. */
    readonly failoverMs: number;
  };
  readonly listeners: readonly ListenerConfig[];
  readonly registration: {
    readonly mode: 'Mirror';
    readonly insertion: 'Contact' | 'Path' | 'None';
    readonly minExpiresSeconds: number;
    readonly maxExpiresSeconds: number;
    readonly maxContactsPerAor: number;
    readonly replyContacts: 'Auto' | 'Complete' | 'Partial';
    readonly foreignContacts: 'Keep' | 'Ignore';
    /** How long phones are told that a flow may be without a keep-alive; 0: nothing is told. */
    readonly flowTimerSeconds: number;
  };
  readonly messaging: {
    readonly senders: 'Registered' | 'Any';
    readonly onUnregistered: 'Reject';
    /** In lower case: type/subtype, type/* or *\/*. */
    readonly contentTypes: readonly string[];
    /** Of the body. */
    readonly maxBytes: number;
    /** Of the whole message on a UDP hop. */
    readonly maxUdpBytes: number;
  };
  readonly store: { readonly type: 'Durable' | 'Memory'; readonly maxBindings: number };
  readonly security: {
    readonly maxMessageBytes: number;
    readonly maxConnections: number;
    readonly maxConnectionsPerSource: number;
    readonly connectionIdleMs: number;
    readonly maxTransactions: number;
    /** CIDRs and addresses; none means everybody. */
    readonly allowedSources: readonly string[];
    /** CIDRs and addresses that no bound of `rateLimit` holds for. */
    readonly trustedSources: readonly string[];
    /** How much a source may send; 0 a second is no bound, and 0 ms no ban. */
    readonly rateLimit: {
      readonly perSourcePerSecond: number;
      readonly burstPerSource: number;
      readonly bannedMs: number;
    };
    /** How many failures with credentials; 0 is no bound. */
    readonly failureLimit: {
      readonly perAorAndSourcePerMinute: number;
      readonly perAorPerMinute: number;
      readonly perSourcePerMinute: number;
      readonly blockedMs: number;
    };
    readonly overload: { readonly mode: 'Auto' | 'Off'; readonly maxDelayMs: number };
  };
  readonly drainMs: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** Enough to mend a file by; a file with more is none of ours. */
const MOST_PROBLEMS = 100;

/**
 * Reads a MidRegistrar resource (YAML or JSON) in full or not at all. `file` is only how problems name it. There is at
 * least one problem, in the order of the text, where there is no configuration. Never throws, whatever the text.
 */
export function readResource(
  text: string,
  file: string,
): { readonly config: SidecarConfig } | { readonly problems: readonly Problem[] } {
  const { document, mistakes, position } = readText(text);
  const { resource, mistakes: more } =
    document === undefined ? { resource: undefined, mistakes: [] } : judge(document);
  const all = [...mistakes, ...more];
  if (resource !== undefined && all.length === 0) return { config: configOf(resource) };
  const problems = all.sort((a, b) => a.offset - b.offset).slice(0, MOST_PROBLEMS);
  return {
    problems: problems.map(({ path, offset, found, allowed, message }) => ({
      file,
      ...position(offset),
      path: printPath(path),
      found,
      allowed,
      message,
    })),
  };
}

const LOG_LEVELS = { Debug: 'debug', Info: 'info', Warn: 'warn', Error: 'error' } as const;

function configOf({ metadata, spec }: MidRegistrar): SidecarConfig {
  const { upstream, listeners, registration, messaging, store, security } = spec;
  const { intervalSeconds, timeoutSeconds, ...probe } = upstream.probe;
  const { connectionIdleSeconds, rateLimit, failureLimit, overload, ...bounds } = security;
  const { bannedSeconds, ...rates } = rateLimit;
  const { blockedSeconds, ...failures } = failureLimit;
  return {
    name: metadata.name,
    domains: new Set(spec.domains.map(canonicalHost)),
    upstream: {
      endpoints: upstream.endpoints.map(endpointOf),
      sources: upstream.sources,
      probe: { ...probe, intervalMs: intervalSeconds * 1000, timeoutMs: timeoutSeconds * 1000 },
      responseTimeoutMs: upstream.responseTimeoutSeconds * 1000,
      sips: upstream.sips,
      tls: upstreamTls(upstream.tls),
      webSocketPath: upstream.webSocket?.path ?? '/',
      failoverMs: upstream.failoverSeconds * 1000,
    },
    listeners: listeners.map(listenerOf),
    registration,
    messaging: { ...messaging, contentTypes: messaging.contentTypes.map((type) => type.toLowerCase()) },
    store: { type: store.type, maxBindings: store.maxBindings },
    security: {
      ...bounds,
      connectionIdleMs: connectionIdleSeconds * 1000,
      rateLimit: { ...rates, bannedMs: bannedSeconds * 1000 },
      failureLimit: { ...failures, blockedMs: blockedSeconds * 1000 },
      overload: { mode: overload.mode, maxDelayMs: overload.maxDelayMilliseconds },
    },
    drainMs: spec.drain.windowSeconds * 1000,
    logLevel: LOG_LEVELS[spec.logLevel],
  };
}

const endpointOf = ({ port, transport, ...endpoint }: Endpoint): EndpointConfig => ({
  ...endpoint,
  host: canonicalHost(endpoint.host),
  port,
  transport,
});

function listenerOf(listener: Listener, index: number): ListenerConfig {
  const { name, transport, address, port, advertised } = listener;
  const told = (side: 'phones' | 'upstream'): HostPort | undefined => {
    const asked = advertised?.[side];
    return asked && { host: canonicalHost(asked.host), port: asked.port ?? port };
  };
  return {
    name,
    transport,
    address: canonicalHost(address),
    port,
    advertised: { phones: told('phones'), upstream: told('upstream') },
    ...listenerTls(listener, `spec.listeners[${index}].tls`),
    ...listenerWebSocket(listener),
  };
}
