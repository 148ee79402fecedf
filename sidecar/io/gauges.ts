import type { Histogram } from '../counters.ts';
import type { Guard } from '../guard/guard.ts';
import type { Health } from '../health.ts';
import type { Location } from '../registrar/location.ts';
import type { RemainingTime } from './certificates.ts';
import type { Metrics, Sample } from './metrics.ts';
import type { EndpointHealth } from './prober.ts';
import type { UpstreamState } from './upstreams.ts';

/** What is measured when somebody asks. */
export interface Measured {
  readonly location: Location;
  readonly transactions: () => { readonly server: number; readonly client: number };
  /** By transport. */
  readonly connections: () => ReadonlyMap<string, number>;
  readonly upstreams: () => readonly UpstreamState[];
  /** How an endpoint is, and its addresses, as their probes have shown. */
  readonly upstreamHealth: (endpoint: string) => EndpointHealth;
  readonly certificates: () => readonly RemainingTime[];
  readonly isJournalFailing: () => boolean;
  readonly guard: Guard;
  readonly eventLoopSeconds: Histogram;
  /** Of the durable journal; undefined where there is none. */
  readonly commitSeconds: Histogram | undefined;
  readonly version: string;
}

/** The figures that are states, not counts of what has happened. */
export function addGauges(metrics: Metrics, of: Measured): void {
  const one = (name: string, help: string, value: () => number): void =>
    metrics.gauge({ name, help, samples: () => [{ labels: {}, value: value() }] });
  one('bindings', 'Bindings in the location.', () => of.location.bindingCount);
  one('aors', 'Users with a binding in the location.', () => of.location.aorCount);
  one('bindings_capacity', 'The most bindings that are kept.', () => of.location.capacity);
  one('journal_failing', 'Whether the disk refuses writes.', () => Number(of.isJournalFailing()));
  one('bans', 'Sources that are banned now.', () => of.guard.held.bans);
  one(
    'sources',
    'Sources that are known, those that have only sent something among them.',
    () => of.guard.held.sources,
  );
  one(
    'overload_level',
    'What is refused for there is too much to do: 0 nothing, to 3.',
    () => of.guard.overload.level,
  );
  metrics.gauge({
    name: 'connections',
    help: 'Connections that are open, by transport.',
    samples: () => [...of.connections()].map(([transport, value]) => ({ labels: { transport }, value })),
  });
  metrics.gauge({
    name: 'certificate_remaining_seconds',
    help: 'For how long a certificate that is shown is still valid; listener is empty for the one that the PBX is shown.',
    samples: () =>
      of.certificates().map(({ seconds, listener, serverName, secret }) => ({
        labels: { listener, server_name: serverName, secret },
        value: seconds,
      })),
  });
  metrics.gauge({
    name: 'transactions',
    help: 'SIP transactions that are held, by kind.',
    samples: () => Object.entries(of.transactions()).map(([kind, value]) => ({ labels: { kind }, value })),
  });
  metrics.gauge({
    name: 'upstream_addresses',
    help: 'Addresses that the name of an upstream endpoint leads to.',
    samples: () =>
      of.upstreams().map(({ name, hops }) => ({ labels: { upstream: name }, value: hops.length })),
  });
  metrics.gauge({
    name: 'upstream_up',
    help: 'Whether an upstream endpoint answers its probes; absent while that is not known.',
    samples: () =>
      of.upstreams().flatMap(({ name }) => upSample({ upstream: name }, of.upstreamHealth(name))),
  });
  metrics.gauge({
    name: 'upstream_address_up',
    help: 'Whether an address of an upstream endpoint answers its probes; absent while that is not known.',
    samples: () =>
      of
        .upstreams()
        .flatMap(({ name }) =>
          of
            .upstreamHealth(name)
            .hops.flatMap((hop) => upSample({ upstream: name, address: hop.name }, hop.health)),
        ),
  });
  metrics.gauge({
    name: 'build_info',
    help: 'The version that runs.',
    samples: () => [{ labels: { version: of.version, node: process.version }, value: 1 }],
  });
  metrics.histogram(
    'event_loop_delay_seconds',
    'How late what is due comes to its turn, sampled twenty times a second.',
    of.eventLoopSeconds,
  );
  if (of.commitSeconds !== undefined)
    metrics.histogram(
      'journal_commit_seconds',
      'From the start of a transaction of bindings until it is on disk.',
      of.commitSeconds,
    );
}

const upSample = (labels: Readonly<Record<string, string>>, { state }: Health): readonly Sample[] =>
  state === 'Unknown' ? [] : [{ labels, value: Number(state === 'Up') }];
