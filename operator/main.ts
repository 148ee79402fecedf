import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { FrontCache } from './cache.ts';
import { definitionState } from './definition.ts';
import { askProxy } from './io/ask.ts';
import { openHealth } from './io/health.ts';
import { createLog, type Log, type LogLevel, reasonOf } from './io/log.ts';
import { createOperatorMetrics, type OperatorMetrics } from './io/metrics.ts';
import { SERVICE_MONITOR } from './kinds.ts';
import { apply } from './kube/apply.ts';
import type { Kube } from './kube/call.ts';
import { type ConnectOptions, connect } from './kube/connect.ts';
import { EventRecorder } from './kube/events.ts';
import { Lease } from './kube/lease.ts';
import { pathOf } from './kube/path.ts';
import { afterMs } from './kube/pause.ts';
import { Reflector } from './kube/reflector.ts';
import { API_VERSION, CONFIG_HASH, FIELD_MANAGER, GROUP, KIND, PLURAL, STATUS_MANAGER } from './names.ts';
import { type Next, Queue } from './queue.ts';
import { reconcile, type Verdict, type World } from './reconcile.ts';
import { watchSpecs } from './watches.ts';
import { Written } from './written.ts';

export interface OperatorOptions {
  /** A kubeconfig file; undefined for the pod's own account or the environment's. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** The proxy's image where a resource names none. */
  readonly image: string;
  /** Undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  readonly leaseNamespace: string | undefined;
  readonly health: { readonly host: string; readonly port: number };
  readonly concurrency: number;
  readonly resyncSeconds: number;
  readonly qps: number;
  readonly burst: number;
  readonly logLevel: LogLevel;
  readonly version: string;
  /** The pod, for events and the lease. */
  readonly podName: string;
  /** Tells a person why it can't start. */
  readonly complain: (sentence: string) => void;
}

const LEASE_NAME = 'midregistrar-operator';

/** How long the queue and the events may take to come to an end. */
const END_MS = 10_000;

/** A watch that has heard nothing for so long, through all its attempts, makes the operator be restarted. */
const DEAF_MS = 10 * 60_000;

/** A silently dead connection must be found out well before the lease is lost for it. */
const LEASE_PING_MS = 3000;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const monotonic = (): number => performance.now();

/** Makes the cluster what its MidRegistrars say until it is told to end (exit code 0), or can't go on (1). Never rejects. */
export async function runOperator(options: OperatorOptions): Promise<number> {
  // Most that is allocated is garbage at once; the heap need not double before it is looked through.
  setFlagsFromString('--heap-growing-percent=10');
  const log = createLog(options.logLevel);
  const ended = Promise.withResolvers<{ readonly code: number; readonly reason: string }>();
  const hear = (reason: string): void => ended.resolve({ code: 0, reason });
  for (const signal of SIGNALS) process.on(signal, hear);
  const running = await start(options, log, (reason) => ended.resolve({ code: 1, reason }));
  if (typeof running === 'string') {
    log.flush();
    options.complain(running);
    return 1;
  }
  const { code, reason } = await ended.promise;
  log.note(code === 0 ? 'info' : 'error', 'ending', { reason });
  // Without the lease another may lead in seconds: nothing is brought to its end then.
  if (code === 0)
    await Promise.race([running.close(), new Promise((resolve) => setTimeout(resolve, END_MS))]);
  log.note('info', 'ended');
  log.flush();
  return code;
}

interface Running {
  close(): Promise<void>;
}

/** Puts everything together and opens it. The reason as a text where it can't be. */
async function start(
  options: OperatorOptions,
  log: Log,
  giveUp: (reason: string) => void,
): Promise<Running | string> {
  await using opened = new AsyncDisposableStack();
  const { image, namespaces, version, podName } = options;
  const cache = new FrontCache();
  const written = new Written();
  let crdDiffers = false;

  const metrics: OperatorMetrics = createOperatorMetrics({
    version,
    depth: () => queue.depth,
    isLeader: () => lease.isLeading,
    crdDiffers: () => crdDiffers,
    lastHeard: () => reflectors.map(({ kind, lastHeard = 0 }) => [kind, lastHeard / 1000]),
  });
  const to: ConnectOptions = {
    file: options.kubeconfig,
    context: options.context,
    qps: options.qps,
    burst: options.burst,
    userAgent: `midregistrar-operator/${version}`,
    tally: metrics,
  };
  const connection = connect({ ...to, mayWrite: () => lease.isLeading });
  // The lease is renewed over a connection of its own: no work stands before it.
  const leaseConnection = connect({ ...to, qps: 10, burst: 10, pingMs: LEASE_PING_MS });
  if (typeof connection === 'string') return connection;
  if (typeof leaseConnection === 'string') return leaseConnection;
  const { kube } = connection;
  opened.defer(() => kube.close());
  opened.defer(() => leaseConnection.kube.close());

  const events = new EventRecorder({
    kube,
    controller: `${GROUP}/operator`,
    instance: podName,
    now: Date.now,
    random: Math.random,
    onDropped: metrics.eventDropped,
    onDisabled: (reason) => log.note('warn', 'events disabled', { reason }),
  });

  const hasServiceMonitors = await serves(kube, SERVICE_MONITOR.apiVersion, SERVICE_MONITOR.plural);
  const world: World = {
    kube,
    cache,
    written,
    means: () => ({ image, hasServiceMonitors }),
    ask: (ip) => askProxy(ip),
    writeStatus: (front, status) =>
      apply(
        world.kube,
        { apiVersion: API_VERSION, kind: KIND, metadata: { ...front }, status },
        { plural: PLURAL, fieldManager: STATUS_MANAGER, force: true, subresource: 'status' },
      ),
    nudge: async ({ namespace }, pod, mark) => {
      await world.kube.send({
        method: 'PATCH',
        path: pathOf({ apiVersion: 'v1', plural: 'pods', namespace, name: pod }),
        query: { fieldManager: FIELD_MANAGER },
        contentType: 'application/merge-patch+json',
        body: { metadata: { annotations: { [CONFIG_HASH]: mark } } },
      });
    },
    tell: (regarding, { type, reason, action, text }) => {
      log.note(type === 'Normal' ? 'info' : 'warn', reason, {
        front: `${regarding.metadata.namespace}/${regarding.metadata.name}`,
        reason: text,
      });
      events.record({ regarding, type, reason, action, note: text });
    },
    onStatus: metrics.conditions,
    now: Date.now,
    version,
    crdDiffers: () => crdDiffers,
  };

  const queue = new Queue({
    workers: options.concurrency,
    work: async (key): Promise<Next> => {
      const begun = monotonic();
      const seconds = (): number => (monotonic() - begun) / 1000;
      try {
        const verdict = await reconcile(world, key);
        const next = nextOf(verdict, options.resyncSeconds * 1000);
        metrics.reconciled(next.kind === 'retry' ? 'error' : 'success', seconds());
        if (typeof verdict === 'object' && 'failed' in verdict)
          log.note('warn', 'front not reconciled', { front: key, reason: reasonOf(verdict.failed) });
        return next;
      } catch (error) {
        metrics.reconciled('error', seconds());
        throw error;
      }
    },
    clock: monotonic,
    after: afterMs,
    tally: {
      queued: metrics.queued,
      retried: metrics.retried,
      waited: metrics.waited,
      failed: (key, error) =>
        log.note('warn', 'front not reconciled', { front: key, reason: reasonOf(error) }),
    },
  });

  const reflectors = watchSpecs(namespaces, hasServiceMonitors).map(
    (spec) =>
      new Reflector({
        ...spec,
        kube,
        random: Math.random,
        now: Date.now,
        heard: (delta) => {
          for (const key of cache.hear(delta)) {
            written.heard(key, delta.object, delta.isGone);
            queue.add(key);
          }
        },
        tally: {
          restarted: (kind, error) => {
            metrics.restarted(kind);
            if (error !== undefined) log.note('warn', 'watch begun anew', { kind, reason: reasonOf(error) });
          },
          missed: metrics.missed,
          failed: (kind, error) => log.note('error', 'a bug of ours', { kind, reason: reasonOf(error) }),
        },
      }),
  );

  const lease = new Lease({
    kube: leaseConnection.kube,
    namespace: options.leaseNamespace ?? connection.namespace,
    name: LEASE_NAME,
    identity: `${podName}_${randomBytes(8).toString('hex')}`,
    clock: { monotonic, wall: Date.now, random: Math.random, after: afterMs },
    onLeading: () => {
      log.note('info', 'leading');
      void Promise.all(reflectors.map(({ synced }) => synced)).then(() => queue.open());
    },
    onLost: giveUp,
    note: (event, fields) => log.note('warn', event, fields),
  });

  const health = await openHealth(options.health, {
    notAlive: () =>
      reflectors
        .filter(({ lastHeard }) => lastHeard !== undefined && Date.now() - lastHeard > DEAF_MS)
        .map(({ kind }) => `the watch of ${kind} has heard nothing for ${DEAF_MS / 60_000} minutes`),
    notReady: () => [
      ...reflectors
        .filter(({ isSynced }) => !isSynced)
        .map(
          ({ kind, trouble }) =>
            `${kind} not read yet${trouble === undefined ? '' : `: ${reasonOf(trouble)}`}`,
        ),
      ...(lease.isKnown ? [] : ['the lease is not read yet']),
    ],
    metrics: metrics.registry,
  });
  if (typeof health === 'string') return health;
  opened.defer(() => health.close());

  for (const reflector of reflectors) reflector.start();
  opened.defer(async () => void (await Promise.all(reflectors.map((reflector) => reflector.stop()))));
  const definition = await definitionState(kube);
  crdDiffers = definition.differs;
  if (definition.sentence !== '') log.note('error', 'definition', { reason: definition.sentence });
  lease.start();
  // In the end first the work, then the events that tell of it, then the lease.
  opened.defer(() => lease.stop());
  opened.defer(() => events.close(END_MS / 2));
  opened.defer(() => queue.close());
  log.note('info', 'started', {
    reason: `health on port ${health.port}, ${namespaces === undefined ? 'all namespaces' : namespaces.join(', ')}`,
  });
  const running = opened.move();
  return { close: () => running.disposeAsync() };
}

function nextOf(verdict: Verdict, resyncMs: number): Next {
  if (verdict === 'gone') return { kind: 'done' };
  if ('failed' in verdict) return { kind: 'retry' };
  return { kind: 'again', ms: Math.min(verdict.again, resyncMs) };
}

/** Whether the cluster serves a kind; also false where that can't be found out. */
async function serves(kube: Kube, apiVersion: string, plural: string): Promise<boolean> {
  try {
    const answer = (await kube.send({ method: 'GET', path: `/apis/${apiVersion}` })) as {
      readonly resources?: readonly { readonly name: string }[];
    };
    return answer.resources?.some(({ name }) => name === plural) === true;
  } catch {
    return false;
  }
}
