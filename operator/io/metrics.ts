import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { MidRegistrarStatus } from '../../crds/midregistrar.ts';
import type { FrontName } from '../names.ts';

/** What is measured as it happens. Names and labels of controller-runtime and client-go where they have one, for dashboards know these. */
export interface OperatorMetrics {
  readonly registry: Registry;
  reconciled(outcome: 'success' | 'error' | 'requeue_after', seconds: number): void;
  queued(): void;
  retried(): void;
  waited(seconds: number): void;
  requested(code: number | 'none', method: string): void;
  connected(): void;
  restarted(kind: string): void;
  missed(kind: string, count: number): void;
  eventDropped(): void;
  conditions(front: FrontName, status: MidRegistrarStatus | undefined): void;
}

/** What is asked when the page is. */
export interface Observed {
  readonly version: string;
  readonly depth: () => number;
  readonly isLeader: () => boolean;
  readonly crdDiffers: () => boolean;
  /** When each watch last heard of its server, in seconds since 1970, by kind. */
  readonly lastHeard: () => Iterable<readonly [kind: string, seconds: number]>;
}

const CONTROLLER = { controller: 'midregistrar' };
const QUEUE = { name: 'midregistrar' };
const LEASE = { name: 'midregistrar-operator' };
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createOperatorMetrics(observed: Observed): OperatorMetrics {
  const registers = [new Registry()] as const;
  const [registry] = registers;
  collectDefaultMetrics({ register: registry });
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> =>
    new Counter({ name, help, labelNames: [...labelNames], registers: [...registers] });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]): Histogram<L> =>
    new Histogram({ name, help, labelNames: [...labelNames], buckets: SECONDS, registers: [...registers] });
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect: (gauge: Gauge<L>) => void,
  ): Gauge<L> => {
    const made: Gauge<L> = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [...registers],
      collect: () => collect(made),
    });
    return made;
  };

  const reconciles = counter('controller_runtime_reconcile_total', 'Reconciles by result', [
    'controller',
    'result',
  ]);
  const errors = counter('controller_runtime_reconcile_errors_total', 'Reconciles that failed', [
    'controller',
  ]);
  const duration = histogram('controller_runtime_reconcile_time_seconds', 'How long a reconcile took', [
    'controller',
  ]);
  const adds = counter('workqueue_adds_total', 'Keys put into the queue', ['name']);
  const retries = counter('workqueue_retries_total', 'Keys put back after a failure', ['name']);
  const wait = histogram('workqueue_queue_duration_seconds', 'How long a key waited in the queue', ['name']);
  const work = histogram('workqueue_work_duration_seconds', 'How long a key was worked on', ['name']);
  const requests = counter('rest_client_requests_total', 'Requests to the API server', ['code', 'method']);
  const connections = counter('rest_client_connections_opened_total', 'Connections opened to the API server');
  const restarts = counter('midreg_watch_restarts_total', 'Watches that ended and were begun anew', ['kind']);
  const missed = counter('midreg_relist_missed_objects_total', 'Changes that only a new list told', ['kind']);
  const dropped = counter(
    'midreg_events_dropped_total',
    'Events that were not recorded, for there were too many',
  );
  const condition = new Gauge({
    name: 'midreg_cr_condition',
    help: 'Conditions of each MidRegistrar; 1 for the status that holds',
    labelNames: ['namespace', 'name', 'type', 'status'],
    registers: [...registers],
  });
  gauge('workqueue_depth', 'Keys that wait in the queue', ['name'], (each) =>
    each.set(QUEUE, observed.depth()),
  );
  gauge('leader_election_master_status', 'Whether this operator holds the lease', ['name'], (each) =>
    each.set(LEASE, Number(observed.isLeader())),
  );
  gauge(
    'midreg_crd_outdated',
    "Whether the cluster's definition of MidRegistrar is of another version",
    [],
    (each) => each.set(Number(observed.crdDiffers())),
  );
  gauge(
    'midreg_watch_last_event_timestamp_seconds',
    'When a watch last heard of the API server',
    ['kind'],
    (each) => {
      // Of the watches of one kind, one for each namespace, the one that has been silent for longest counts.
      const oldest = new Map<string, number>();
      for (const [kind, seconds] of observed.lastHeard())
        oldest.set(kind, Math.min(seconds, oldest.get(kind) ?? Infinity));
      for (const [kind, seconds] of oldest) each.set({ kind }, seconds);
    },
  );
  gauge('midreg_operator_info', 'The version that runs', ['version'], (each) =>
    each.set({ version: observed.version }, 1),
  );

  const shown = new Map<string, readonly string[]>();
  return {
    registry,
    reconciled(result, seconds) {
      reconciles.inc({ ...CONTROLLER, result });
      if (result === 'error') errors.inc(CONTROLLER);
      duration.observe(CONTROLLER, seconds);
      work.observe(QUEUE, seconds);
    },
    queued: () => adds.inc(QUEUE),
    retried: () => retries.inc(QUEUE),
    waited: (seconds) => wait.observe(QUEUE, seconds),
    requested: (code, method) => requests.inc({ code: String(code), method }),
    connected: () => connections.inc(),
    restarted: (kind) => restarts.inc({ kind }),
    missed: (kind, count) => missed.inc({ kind }, count),
    eventDropped: () => dropped.inc(),
    conditions({ namespace, name }, status) {
      const key = `${namespace}/${name}`;
      const now = (status?.conditions ?? []).map(({ type }) => type);
      for (const type of shown.get(key) ?? [])
        if (!now.includes(type))
          for (const each of STATUSES) condition.remove({ namespace, name, type, status: each });
      for (const { type, status: holds } of status?.conditions ?? [])
        for (const each of STATUSES)
          condition.set({ namespace, name, type, status: each }, Number(each === holds));
      if (status === undefined) shown.delete(key);
      else shown.set(key, now);
    },
  };
}

const STATUSES = ['True', 'False', 'Unknown'] as const;
