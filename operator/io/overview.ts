import type { MidRegistrarStatus } from '../../crds/midregistrar.ts';
import { ApiError, type Kube } from '../kube/call.ts';
import { type ConnectOptions, connect } from '../kube/connect.ts';
import { pagesOf, type Selection } from '../kube/list.ts';
import type { KubeObject } from '../kube/object.ts';
import { API_VERSION, FRONT_LABEL, KIND, PLURAL } from '../names.ts';
import { type PodView, viewPod } from '../pods.ts';
import { reasonOf } from './log.ts';

/** A front as its owner wants to see it. */
export interface FrontView {
  readonly namespace: string;
  readonly name: string;
  readonly status: MidRegistrarStatus;
  readonly pods: readonly PodView[];
  /** The last ones, the newest first. */
  readonly events: readonly EventView[];
}

export interface EventView {
  /** RFC 3339. */
  readonly at: string;
  readonly type: string;
  readonly reason: string;
  readonly text: string;
}

export interface OverviewOptions extends Pick<ConnectOptions, 'file' | 'context'> {
  /** Undefined: the kubeconfig's; `*`: all. */
  readonly namespace: string | undefined;
  readonly version: string;
}

const EVENTS = 5;

/** Every front of a namespace, or of all, with its pods and last events; a sentence where that can't be had. Never rejects. */
export async function overview({
  namespace,
  version,
  ...to
}: OverviewOptions): Promise<readonly FrontView[] | string> {
  const connection = connect({ ...to, qps: 50, burst: 50, userAgent: `midreg/${version}` });
  if (typeof connection === 'string') return connection;
  const { kube } = connection;
  const place = namespace === '*' ? {} : { namespace: namespace ?? connection.namespace };
  try {
    const [fronts, pods, events] = await Promise.all([
      listed(kube, { kind: KIND, of: { apiVersion: API_VERSION, plural: PLURAL, ...place } }),
      listed(kube, {
        kind: 'Pod',
        of: { apiVersion: 'v1', plural: 'pods', ...place },
        labelSelector: FRONT_LABEL,
      }),
      listed(kube, {
        kind: 'Event',
        of: { apiVersion: 'v1', plural: 'events', ...place },
        fieldSelector: `involvedObject.kind=${KIND}`,
      }),
    ]);
    return fronts.map((front) => viewFront(front, pods, events));
  } catch (error) {
    return explain(error);
  } finally {
    await kube.close();
  }
}

function explain(error: unknown): string {
  const reason = reasonOf(error);
  if (error instanceof ApiError && error.status === 404)
    return `this cluster knows no MidRegistrars (${reason}); install the chart, or name another cluster with --context`;
  if (error instanceof ApiError && error.status === 403)
    return `${reason}; ask for the cluster's view role in that namespace, or name another with -n`;
  return `the cluster is not reached: ${reason}`;
}

async function listed(kube: Kube, wish: Selection): Promise<readonly KubeObject[]> {
  const all: KubeObject[] = [];
  for await (const { objects } of pagesOf(kube, wish)) all.push(...objects);
  return all;
}

interface CoreEvent {
  readonly involvedObject?: { readonly namespace?: string; readonly name?: string; readonly uid?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly eventTime?: string;
  readonly series?: { readonly lastObservedTime?: string };
}

function viewFront(front: KubeObject, pods: readonly KubeObject[], events: readonly KubeObject[]): FrontView {
  const { name, namespace = '', uid } = front.metadata;
  const isMine = ({ metadata }: KubeObject): boolean =>
    metadata.namespace === namespace && metadata.labels?.[FRONT_LABEL] === name;
  const told = (events as readonly (KubeObject & CoreEvent)[])
    .filter(({ involvedObject }) => involvedObject?.uid === uid)
    .map(({ type = '', reason = '', message = '', eventTime, series, metadata }) => ({
      at: series?.lastObservedTime ?? eventTime ?? metadata.creationTimestamp ?? '',
      type,
      reason,
      text: message,
    }))
    .sort((a, b) => (a.at < b.at ? 1 : -1));
  return {
    namespace,
    name,
    status: (front.status ?? {}) as MidRegistrarStatus,
    pods: pods.filter(isMine).map(viewPod),
    events: told.slice(0, EVENTS),
  };
}
