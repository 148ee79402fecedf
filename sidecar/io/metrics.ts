import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import type { Counters, HandshakeCount, Histogram, RequestCount } from '../counters.ts';

/** One figure with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A figure that is read when somebody asks for it. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly samples: () => Iterable<Sample>;
}

export interface Metrics {
  readonly contentType: string;
  /** The page in Prometheus' text format. */
  page(): Promise<string>;
  /** Adds a gauge; its name comes out as `midreg_<name>`. */
  gauge(gauge: Gauge): void;
  /** Adds a histogram kept elsewhere, likewise. */
  histogram(name: string, help: string, histogram: Histogram): void;
}

const PREFIX = 'midreg_';

/** Its figures hold the time between two looks, and are of the time since whoever asked last: ours is in gauges.ts. */
const FOREIGN_LAG = `${PREFIX}nodejs_eventloop_lag`;
const HARDLY_EVER_MS = 3_600_000;

interface Value extends Sample {
  readonly metricName?: string;
}

/**
 * All metrics of one proxy in a registry of their own. The hot path counts in plain numbers (`counters`); they become
 * metrics when they are asked for.
 */
export function createMetrics(counters: Counters): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({
    register: registry,
    prefix: PREFIX,
    eventLoopMonitoringPrecision: HARDLY_EVER_MS,
  });
  for (const { name } of registry.getMetricsAsArray())
    if (name.startsWith(FOREIGN_LAG)) registry.removeSingleMetric(name);

  function add(type: string, name: string, help: string, values: () => Iterable<Value>): void {
    const metric = { name: PREFIX + name, help, type, aggregator: 'sum' };
    const get = (): Promise<object> => Promise.resolve({ ...metric, values: [...values()] });
    registry.registerMetric({ ...metric, get } as unknown as Metric);
  }

  function histogram(name: string, help: string, of: Histogram): void {
    add('histogram', name, help, () => buckets(PREFIX + name, of));
  }

  add('counter', 'requests_total', 'Requests received, by the side they came from and method.', () =>
    labelled(counters.requests()),
  );
  add(
    'counter',
    'responses_received_total',
    'Responses received, by the side they came from, method and status.',
    () => labelled(counters.responses('received')),
  );
  add('counter', 'responses_sent_total', 'Responses sent, by the side they went to, method and status.', () =>
    labelled(counters.responses('sent')),
  );
  add('counter', 'drops_total', 'What led nowhere, received or to be sent, by reason.', () =>
    named(counters.drops, 'reason'),
  );
  add('counter', 'events_total', 'Events worth a figure of their own, by name.', () =>
    named(counters.events, 'event'),
  );
  add(
    'counter',
    'handshake_failures_total',
    'Connections that peers began and that did not come about, by transport and reason.',
    () => labelled(counters.handshakeFailures()),
  );
  add(
    'counter',
    'failovers_total',
    'Requests that went on to another address of the PBX, by why the one before had failed.',
    () => named(counters.failovers, 'reason'),
  );
  add('counter', 'dns_queries_total', 'Questions to DNS servers, by what came of them.', () =>
    named(counters.dnsQueries, 'outcome'),
  );
  add(
    'counter',
    'bugs_total',
    'Exceptions caught that should not have been thrown: please report them.',
    () => [{ labels: {}, value: counters.events.get('bugs') ?? 0 }],
  );
  histogram(
    'upstream_latency_seconds',
    'From forwarding a request to the PBX until its first answer beyond 100.',
    counters.upstreamLatency,
  );

  return {
    contentType: registry.contentType,
    page: () => registry.metrics(),
    gauge: ({ name, help, samples }) => add('gauge', name, help, samples),
    histogram,
  };
}

/** All of a count but its figure are its labels. */
function* labelled(counts: Iterable<RequestCount | HandshakeCount>): Iterable<Value> {
  for (const { count, ...labels } of counts) yield { labels, value: count };
}

function* named(counts: ReadonlyMap<string, number>, label: string): Iterable<Value> {
  for (const [name, value] of counts) yield { labels: { [label]: name }, value };
}

function* buckets(name: string, { bounds, counts, sum, count }: Histogram): Iterable<Value> {
  let upTo = 0;
  for (const [i, bound] of bounds.entries()) {
    upTo += counts[i] ?? 0;
    yield { metricName: `${name}_bucket`, labels: { le: bound }, value: upTo };
  }
  yield { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: count };
  yield { metricName: `${name}_sum`, labels: {}, value: sum };
  yield { metricName: `${name}_count`, labels: {}, value: count };
}
