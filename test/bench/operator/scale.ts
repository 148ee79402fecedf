import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MidRegistrarStatus } from '../../../crds/midregistrar.ts';
import { bundle } from '../../../images/bundle.ts';
import type { Kube } from '../../../operator/kube/call.ts';
import { connect } from '../../../operator/kube/connect.ts';
import type { KubeObject } from '../../../operator/kube/object.ts';
import { pathOf } from '../../../operator/kube/path.ts';
import { type Delta, Reflector } from '../../../operator/kube/reflector.ts';
import { API_VERSION, FRONT_LABEL, KIND, PLURAL } from '../../../operator/names.ts';
import { startCluster } from '../../cluster/support/cluster.ts';
import { installDefinition } from '../../cluster/support/definition.ts';
import { type Counts, type OperatorProcess, startOperator } from '../../support/operator.ts';
import type { Stage } from '../../support/peers/stage.ts';

export interface ScaleFigures {
  readonly resources: number;
  readonly coldSeconds: number;
  readonly coldRequestsEach: number;
  readonly restartSeconds: number;
  readonly restartWrites: number;
  readonly idleWrites: number;
  readonly changeP50Ms: number;
  readonly changeP99Ms: number;
  readonly connections: number;
  readonly rssMebibytes: number;
}

const IDLE_MS = 30_000;
const CHANGES = 200;
/** So many changes are under way at a time. */
const AT_A_TIME = 4;
const DONE_MS = 600_000;

/** Of the chart's Deployment. */
const AS_THE_CHART_DOES = { NODE_OPTIONS: '--max-semi-space-size=4' };

/** The bundle that the image holds. */
async function shipped(stage: Stage): Promise<readonly [string, string]> {
  const home = stage.directory('bundle');
  await bundle(home);
  copyFileSync(join(import.meta.dirname, '../../../package.json'), join(home, 'package.json'));
  return [process.execPath, join(home, 'dist/midreg.js')];
}

/** What the API server tells, for whoever waits for it. */
class Seen {
  readonly #waiting = new Set<() => void>();
  readonly objects = new Map<string, KubeObject>();

  readonly hear = ({ object, isGone }: Delta): void => {
    const key = `${object.kind}/${object.metadata.name}`;
    if (isGone) this.objects.delete(key);
    else this.objects.set(key, object);
    for (const look of this.#waiting) look();
  };

  /** Resolves when it holds. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const look = (): void => {
        if (!holds()) return;
        end();
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`it did not come within ${DONE_MS / 1000} s`));
      }, DONE_MS);
      this.#waiting.add(look);
      look();
    });
  }
}

const nameOf = (i: number): string => `front-${String(i).padStart(5, '0')}`;

const resource = (i: number): object => ({
  apiVersion: API_VERSION,
  kind: KIND,
  metadata: { name: nameOf(i), namespace: 'default' },
  spec: {
    domains: [`d${i}.test`],
    exposure: { type: 'ClusterIP' },
    upstream: { endpoints: [{ name: 'pbx', host: '192.0.2.20' }] },
  },
});

const quantile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;

const writes = (counts: Counts): number => counts.writes;

/** Measures one operator process by a real API server. There are no nodes: objects are applied, pods never run. */
export async function measureScale(
  stage: Stage,
  resources: number,
  progress: (line: string) => void,
): Promise<ScaleFigures> {
  const cluster = await startCluster({
    mode: 'controlPlane',
    flags: {
      controllers: false,
      apiServer: ['--max-requests-inflight=1500', '--max-mutating-requests-inflight=800'],
    },
  });
  stage.onClose(() => cluster.stop());
  await installDefinition(cluster);
  const connection = connect({ file: cluster.kubeconfig, qps: 5000, burst: 5000, userAgent: 'bench' });
  if (typeof connection === 'string') throw new Error(connection);
  const { kube } = connection;
  stage.onClose(() => kube.close());

  const seen = new Seen();
  const silent = { restarted: () => {}, missed: () => {}, failed: () => {} };
  const watch = (kind: string, apiVersion: string, plural: string, labelSelector?: string): Reflector => {
    const reflector = new Reflector({
      kube,
      kind,
      of: { apiVersion, plural },
      heard: seen.hear,
      tally: silent,
      random: Math.random,
      now: Date.now,
      ...(labelSelector !== undefined && { labelSelector }),
    });
    reflector.start();
    stage.onClose(() => reflector.stop());
    return reflector;
  };
  const watches = [
    watch(KIND, API_VERSION, PLURAL),
    watch('ConfigMap', 'v1', 'configmaps', FRONT_LABEL),
    watch('Deployment', 'apps/v1', 'deployments', FRONT_LABEL),
  ];
  await Promise.all(watches.map(({ synced }) => synced));

  const list = pathOf({ apiVersion: API_VERSION, plural: PLURAL, namespace: 'default' });
  progress(`${resources} resources are made`);
  for (let i = 0; i < resources; i += 50)
    await Promise.all(
      Array.from({ length: Math.min(50, resources - i) }, (_, j) =>
        kube.send({ method: 'POST', path: list, body: resource(i + j) }),
      ),
    );

  const isDone = (i: number): boolean => {
    const front = seen.objects.get(`${KIND}/${nameOf(i)}`);
    const status = front?.status as MidRegistrarStatus | undefined;
    return (
      status?.observedGeneration === front?.metadata.generation &&
      seen.objects.has(`Deployment/${nameOf(i)}-midreg`)
    );
  };
  let next = 0;
  const allDone = (): boolean => {
    while (next < resources && isDone(next)) next++;
    return next === resources;
  };

  const program = await shipped(stage);
  const start = (): Promise<OperatorProcess> =>
    startOperator(stage, cluster.kubeconfig, AS_THE_CHART_DOES, program);
  const begun = performance.now();
  const first = await start();
  await seen.until(allDone);
  const coldSeconds = (performance.now() - begun) / 1000;
  const cold = await first.counts();
  progress(`cold: ${coldSeconds.toFixed(1)} s, ${cold.requests} requests`);

  const before = await first.counts();
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idleWrites = writes(await first.counts()) - writes(before);
  progress(`idle: ${idleWrites} writes`);

  const changes = await measureChanges(kube, seen, resources);
  progress(`changes: p50 ${quantile(changes, 0.5).toFixed(0)} ms`);
  const after = await first.counts();
  await first.stop();

  const again = performance.now();
  const second = await start();
  await second.lookedAt(resources);
  const restartSeconds = (performance.now() - again) / 1000;
  const restarted = await second.counts();
  await second.stop();
  return {
    resources,
    coldSeconds,
    coldRequestsEach: cold.requests / resources,
    restartSeconds,
    restartWrites: writes(restarted),
    idleWrites,
    changeP50Ms: quantile(changes, 0.5),
    changeP99Ms: quantile(changes, 0.99),
    connections: after.connections,
    rssMebibytes: after.rssMebibytes,
  };
}

/** How long each of many changes took from its being sent until the watch told of the changed ConfigMap. */
async function measureChanges(kube: Kube, seen: Seen, resources: number): Promise<number[]> {
  const times: number[] = [];
  const change = async (nth: number): Promise<void> => {
    const name = nameOf((nth * 7919) % resources);
    const maxBytes = 2000 + nth;
    const begun = performance.now();
    await kube.send({
      method: 'PATCH',
      path: pathOf({ apiVersion: API_VERSION, plural: PLURAL, namespace: 'default', name }),
      contentType: 'application/merge-patch+json',
      body: { spec: { messaging: { maxBytes } } },
    });
    const holds = (): boolean => {
      const data = seen.objects.get(`ConfigMap/${name}-midreg`)?.data as Record<string, string> | undefined;
      return data?.['resource.json']?.includes(`"maxBytes": ${maxBytes}`) === true;
    };
    await seen.until(holds);
    times.push(performance.now() - begun);
  };
  for (let i = 0; i < CHANGES; i += AT_A_TIME)
    await Promise.all(Array.from({ length: AT_A_TIME }, (_, j) => change(i + j)));
  return times;
}
