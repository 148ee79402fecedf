import { FrontCache } from '../../operator/cache.ts';
import { sha256 } from '../../operator/canonical.ts';
import { childKind } from '../../operator/kinds.ts';
import { apply } from '../../operator/kube/apply.ts';
import type { KubeObject } from '../../operator/kube/object.ts';
import { pathOf } from '../../operator/kube/path.ts';
import type { Delta } from '../../operator/kube/reflector.ts';
import { lean } from '../../operator/lean.ts';
import {
  API_VERSION,
  CONFIG_HASH,
  FIELD_MANAGER,
  FRONT_LABEL,
  KIND,
  labelsOf,
  PLURAL,
  STATUS_MANAGER,
} from '../../operator/names.ts';
import type { Note } from '../../operator/notes.ts';
import { readReport } from '../../operator/proxy-report.ts';
import { reconcile, type Verdict, type World } from '../../operator/reconcile.ts';
import { Written } from '../../operator/written.ts';
import { ObjectServer } from '../support/kube/objects.ts';

export const NAMESPACE = 'branch';
export const FRONT = { namespace: NAMESPACE, name: 'office' };
export const KEY = `${NAMESPACE}/office`;
const POD_IP = '10.244.0.5';

/** What a user writes, as little as will do. */
export const LEAST = {
  domains: ['office.test'],
  exposure: { type: 'ClusterIP' },
  upstream: { endpoints: [{ name: 'pbx', host: '192.0.2.20' }] },
} as const;

type Spec = Readonly<Record<string, unknown>>;

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** An operator's world over an API server in memory, with the controllers and the proxy played by the test. */
export class Stage {
  readonly server = new ObjectServer();
  readonly cache = new FrontCache();
  readonly written = new Written();
  readonly told: Note[] = [];
  /** What the proxies answer, by IP address. */
  readonly reports = new Map<string, unknown>();
  now = Date.parse('2026-01-01T00:00:00Z');
  hasServiceMonitors = true;
  image = 'midregistrar:1';
  crdDiffers = false;
  readonly #untold: Delta[] = [];
  readonly #world: World = {
    kube: this.server,
    cache: this.cache,
    written: this.written,
    means: () => ({ image: this.image, hasServiceMonitors: this.hasServiceMonitors }),
    ask: async (ip) => readReport(this.reports.get(ip)),
    writeStatus: (front, status) =>
      apply(
        this.server,
        { apiVersion: API_VERSION, kind: KIND, metadata: { ...front }, status },
        { plural: PLURAL, fieldManager: STATUS_MANAGER, force: true, subresource: 'status' },
      ),
    nudge: async (_front, pod, mark) => {
      const annotations = { [CONFIG_HASH]: mark };
      await this.edit('Pod', pod, { metadata: { annotations } }, FIELD_MANAGER);
    },
    tell: (_about, note) => void this.told.push(note),
    onStatus: () => {},
    now: () => this.now,
    version: '1.0.0',
    crdDiffers: () => this.crdDiffers,
  };

  constructor() {
    this.server.watchers.add((delta) => void this.#untold.push(delta));
  }

  /** Makes the resource, as a user does. */
  async make(spec: Spec = LEAST): Promise<void> {
    const body = { apiVersion: API_VERSION, kind: KIND, metadata: { ...FRONT }, spec };
    await this.server.send({ method: 'POST', path: this.#path(KIND), body });
    this.deliver();
    this.server.takeCounts();
  }

  /** Lets the watches tell what they have not told yet. */
  deliver(): void {
    for (const { object, old, isGone } of this.#untold.splice(0)) {
      const isWatched = (each: KubeObject): boolean =>
        each.kind === KIND || each.metadata.labels?.[FRONT_LABEL] !== undefined;
      const [is, was] = [isWatched(object), old !== undefined && isWatched(old)];
      if (!is && !was) continue;
      // For a watch that selects by a label, what loses the label is gone.
      const last = is
        ? object
        : { ...object, metadata: { ...object.metadata, labels: old?.metadata.labels ?? {} } };
      const delta = { object: lean(last), old: was ? old : undefined, isGone: isGone || !is };
      for (const key of this.cache.hear(delta)) this.written.heard(key, delta.object, delta.isGone);
    }
  }

  /** A look at the front once the watches have told everything. */
  async look(): Promise<Verdict> {
    this.deliver();
    const verdict = await reconcile(this.#world, KEY);
    this.deliver();
    return verdict;
  }

  /** A look while the watches are silent. */
  lookBehind(): Promise<Verdict> {
    return reconcile(this.#world, KEY);
  }

  #path(kind: string, name?: string, subresource?: string): string {
    const { apiVersion, plural } =
      kind === KIND
        ? { apiVersion: API_VERSION, plural: PLURAL }
        : kind === 'Pod'
          ? { apiVersion: 'v1', plural: 'pods' }
          : childKind(kind);
    const at = { apiVersion, plural, namespace: NAMESPACE, ...(name !== undefined && { name }) };
    return pathOf(subresource === undefined ? at : { ...at, subresource });
  }

  /** Somebody's merge patch. */
  async edit(kind: string, name: string, patch: object, manager = 'somebody', door?: string): Promise<void> {
    await this.server.send({
      method: 'PATCH',
      path: this.#path(kind, name, door),
      query: { fieldManager: manager },
      contentType: 'application/merge-patch+json',
      body: patch,
    });
  }

  /** A user's change of the resource. */
  change(spec: object): Promise<void> {
    return this.edit(KIND, FRONT.name, { spec }, 'kubectl-edit');
  }

  /** Somebody's new object. */
  async create(object: KubeObject): Promise<void> {
    await this.server.send({ method: 'POST', path: this.#path(object.kind), body: object });
  }

  async delete(kind: string, name: string): Promise<void> {
    await this.server.send({ method: 'DELETE', path: this.#path(kind, name) });
  }

  child(kind: string, name = 'office-midreg'): KubeObject | undefined {
    return this.server.object(childKind(kind).plural, name);
  }

  /** `Kind/name` of all children. */
  get children(): readonly string[] {
    return [...this.cache.children(FRONT)].map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort();
  }

  /** Versions of all that is stored, to see what has been written. */
  get versions(): ReadonlyMap<string, string | undefined> {
    const kinds = [...this.server.served];
    return new Map(
      kinds.flatMap((plural) =>
        this.server
          .all(plural)
          .map(({ metadata }) => [`${plural}/${metadata.name}`, metadata.resourceVersion]),
      ),
    );
  }

  /** Of the Deployment's template. */
  get podSpec(): object {
    const { template } = (this.child('Deployment')?.spec ?? {}) as {
      readonly template?: { readonly spec: object };
    };
    return template?.spec ?? {};
  }

  get config(): string {
    const { data } = this.child('ConfigMap') as unknown as { readonly data: Record<string, string> };
    return data['resource.json'] ?? '';
  }

  get status(): Readonly<Record<string, unknown>> {
    return (this.server.object(PLURAL, FRONT.name)?.status ?? {}) as Readonly<Record<string, unknown>>;
  }

  condition(type: string): Condition | undefined {
    return ((this.status.conditions ?? []) as readonly Condition[]).find((each) => each.type === type);
  }

  /** What holds, in one line: `True Ready`. */
  state(type: string): string {
    const { status, reason } = this.condition(type) ?? { status: 'no', reason: 'condition' };
    return `${status} ${reason}`;
  }

  reasons(): readonly string[] {
    return this.told.splice(0).map(({ reason }) => reason);
  }

  /** The Deployment's controller: its pod is there, of the wished template; `status` says how it fares. */
  async runPod(status: object = {}, isReady = true): Promise<void> {
    const { generation, labels } = this.child('Deployment')?.metadata ?? {};
    const count = { replicas: 1, updatedReplicas: 1, readyReplicas: Number(isReady) };
    const counts = { status: { observedGeneration: generation, ...count } };
    await this.edit('Deployment', 'office-midreg', counts, 'kube-controller-manager', 'status');
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'office-1', labels: labels ?? labelsOf(FRONT) },
    };
    if (this.server.object('pods', 'office-1') === undefined) await this.create(pod);
    const ready = {
      podIPs: [{ ip: POD_IP }],
      hostIPs: [{ ip: '192.0.2.7' }],
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    };
    await this.edit('Pod', 'office-1', { status: { ...ready, ...status } }, 'kubelet', 'status');
  }

  /** The proxy answers, by the configuration that stands in the ConfigMap, or another. */
  proxy(fields: object = {}, configHash = sha256(this.config)): void {
    this.reports.set(POD_IP, {
      version: '1.0.0',
      ready: true,
      resource: { sha256: configHash, refused: '' },
      bindings: 0,
      aors: 0,
      upstreams: [
        { name: 'pbx', host: '192.0.2.20', port: 5060, state: 'Up', since: '2026-01-01T00:00:00.000Z' },
      ],
      ...fields,
    });
  }

  /** Makes the resource and all that follows, until it is ready and nothing is left to be told. */
  async settle(spec: Spec = LEAST): Promise<void> {
    await this.make(spec);
    await this.look();
    await this.runPod();
    this.proxy();
    await this.look();
    await this.look();
    this.told.splice(0);
    this.server.takeCounts();
  }

  /** How many requests a look makes, by method. */
  async requestsOfLook(): Promise<Readonly<Record<string, number>>> {
    this.deliver();
    this.server.takeCounts();
    await this.look();
    return this.server.takeCounts();
  }
}
