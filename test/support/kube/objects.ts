import { isDeepStrictEqual } from 'node:util';
import { CHILD_KINDS, POD } from '../../../operator/kinds.ts';
import { ApiError, type Call, type Kube } from '../../../operator/kube/call.ts';
import type { KubeObject } from '../../../operator/kube/object.ts';
import type { Delta } from '../../../operator/kube/reflector.ts';
import { PLURAL } from '../../../operator/names.ts';
import { Allocations, fillIn, validate } from './admission.ts';
import { mergePatch } from './fields.ts';
import { applyOver, managedFields, type Owned, updateOver, type Writer } from './owners.ts';

/** Where a request goes. */
interface Target {
  readonly plural: string;
  readonly namespace: string;
  /** Without the subresource; undefined for all of them. */
  readonly at: string | undefined;
  readonly name: string;
  readonly list: string;
  readonly subresource: string | undefined;
}

/** When it is, in whose objects: it stands still. */
const CREATED = '2026-01-01T00:00:00Z';

/** Kinds whose status only the door of that name writes. */
const HAS_STATUS = new Set(['Service', 'Deployment', 'Pod', 'MidRegistrar', 'PersistentVolumeClaim']);

/**
 * Objects as an API server keeps them: who owns which field, conflicts, versions, generations, defaults, refusals in
 * its words. It answers at once and tells of each change.
 */
export class ObjectServer implements Kube {
  readonly calls: Call[] = [];
  /** Called on each change, before the request that made it is answered. */
  readonly watchers = new Set<(delta: Delta) => void>();
  /** Plural names that the cluster serves. */
  readonly served = new Set(
    [...CHILD_KINDS, POD].map(({ plural }) => plural as string).concat(PLURAL, 'leases'),
  );
  /** As admission webhooks and quotas do: what to throw at a request, if anything. */
  refuse: (call: Call) => Error | undefined = () => undefined;
  readonly #stored = new Map<string, Owned>();
  readonly #given = new Allocations();
  #version = 99;
  #uid = 0;

  /** How many requests there were of each method since the counts were taken last. */
  takeCounts(): Readonly<Partial<Record<Call['method'], number>>> {
    const counts: Partial<Record<Call['method'], number>> = {};
    for (const { method } of this.calls.splice(0)) counts[method] = (counts[method] ?? 0) + 1;
    return counts;
  }

  // biome-ignore lint/correctness/useYield: changes are told to `watchers`.
  async *lines(): AsyncIterable<string> {
    throw new ApiError(405, 'MethodNotAllowed', 'watch is not served');
  }

  async send(call: Call): Promise<unknown> {
    this.calls.push(call);
    const target = this.#targetOf(call.path);
    const refusal = this.refuse(call);
    if (refusal !== undefined) throw refusal;
    return structuredClone(this.#serve(call, target));
  }

  /** All objects of a kind, without a request. */
  all(plural: string): readonly KubeObject[] {
    const isOne = (path: string): boolean => path.split('/').at(-2) === plural;
    return [...this.#stored].filter(([path]) => isOne(path)).map(([, { object }]) => structuredClone(object));
  }

  /** One object by its plural and name, without a request. */
  object(plural: string, name: string): KubeObject | undefined {
    return this.all(plural).find(({ metadata }) => metadata.name === name);
  }

  #serve(call: Call, target: Target): unknown {
    if (call.method === 'POST') return this.#create(call, target);
    if (target.at === undefined) {
      if (call.method !== 'GET')
        throw new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method');
      return this.#list(target, call.query?.labelSelector);
    }
    const live = this.#stored.get(target.at);
    const isApply = call.method === 'PATCH' && call.contentType === 'application/apply-patch+yaml';
    if (isApply) return this.#apply(call, target, live);
    if (live === undefined) throw notFound(target);
    if (call.method === 'GET') return live.object;
    if (call.method === 'DELETE') return this.#delete(call, target, live);
    return this.#update(call, target, live);
  }

  #list({ list }: Target, selector = ''): object {
    const [label = '', value] = selector.split('=');
    const isWanted = ({ metadata: { labels = {} } }: KubeObject): boolean =>
      label === '' || (value === undefined ? labels[label] !== undefined : labels[label] === value);
    const items = [...this.#stored]
      .filter(([path, { object }]) => path.startsWith(`${list}/`) && isWanted(object))
      .map(([, { object }]) => object);
    return { kind: 'List', metadata: { resourceVersion: String(this.#version) }, items };
  }

  #create({ body, query }: Call, target: Target): KubeObject {
    const object = structuredClone(body) as KubeObject;
    const { name, namespace } = object.metadata;
    const at = `${target.list}/${name}`;
    if (namespace !== undefined && namespace !== target.namespace)
      throw new ApiError(400, 'BadRequest', 'the namespace of the object does not match that of the request');
    if (this.#stored.has(at))
      throw new ApiError(409, 'AlreadyExists', `${target.plural} "${name}" already exists`);
    const made = updateOver(
      this.#blank(object, target, name),
      this.#named(object, target),
      writerOf(query, target),
    );
    return this.#store(at, made, undefined);
  }

  #apply({ body, query }: Call, target: Target, live: Owned | undefined): KubeObject {
    const wished = structuredClone(body) as KubeObject;
    if (query?.fieldManager === undefined)
      throw new ApiError(422, 'Invalid', 'fieldManager: Required value: is required for apply patch');
    if (wished.metadata.name !== target.name)
      throw new ApiError(400, 'BadRequest', 'the name of the object does not match the name on the URL');
    if (wished.metadata.managedFields !== undefined)
      throw new ApiError(400, 'BadRequest', 'metadata.managedFields must be nil');
    if (live === undefined && target.subresource !== undefined) throw notFound(target);
    const base = live ?? this.#blank(wished, target, target.name);
    checkVersion(base, wished);
    const made = applyOver(
      base,
      wished,
      { ...writerOf(query, target), operation: 'Apply' },
      query.force === 'true',
    );
    return this.#store(target.at as string, made, live);
  }

  #update({ method, body, query, contentType }: Call, target: Target, live: Owned): KubeObject {
    if (method === 'PATCH' && contentType !== 'application/merge-patch+json')
      throw new ApiError(415, 'UnsupportedMediaType', `the patch type ${contentType} is not supported`);
    const sent = method === 'PUT' ? structuredClone(body) : mergePatch(live.object, structuredClone(body));
    checkVersion(live, sent as KubeObject);
    const next = this.#throughDoor(live.object, this.#named(sent as KubeObject, target), target.subresource);
    return this.#store(target.at as string, updateOver(live, next, writerOf(query, target)), live);
  }

  /** Each door writes its own part only. */
  #throughDoor(live: KubeObject, sent: KubeObject, subresource: string | undefined): KubeObject {
    if (subresource === 'status') return { ...live, status: sent.status };
    if (subresource === 'scale') {
      const { replicas } = sent.spec as { readonly replicas?: number };
      return { ...live, spec: { ...(live.spec as object), replicas } };
    }
    return HAS_STATUS.has(live.kind) && live.status !== undefined ? { ...sent, status: live.status } : sent;
  }

  #delete({ body }: Call, { at, plural, name }: Target, live: Owned): object {
    const { preconditions } = (body ?? {}) as { readonly preconditions?: { readonly uid?: string } };
    const { uid } = live.object.metadata;
    if (preconditions?.uid !== undefined && preconditions.uid !== uid)
      throw new ApiError(
        409,
        'Conflict',
        `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid} (${plural} "${name}")`,
      );
    if (finalizersOf(live.object).length === 0) this.#drop(at as string, live.object);
    else {
      const metadata = { ...live.object.metadata, deletionTimestamp: CREATED };
      this.#store(at as string, { ...live, object: { ...live.object, metadata } }, live);
    }
    return { kind: 'Status', status: 'Success' };
  }

  #drop(at: string, object: KubeObject): void {
    this.#stored.delete(at);
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    this.#tell({ object: last, old: object, isGone: true });
  }

  /** What is there of an object before it is first written. */
  #blank({ apiVersion, kind }: KubeObject, { namespace }: Target, name: string): Owned {
    const metadata = { name, namespace, uid: `uid-${++this.#uid}`, creationTimestamp: CREATED };
    return { object: { apiVersion, kind, metadata }, owners: [] };
  }

  /** An object with what no writer sets: what stands, or what a new one gets. */
  #named(sent: KubeObject, { namespace, at }: Target): KubeObject {
    const live = at === undefined ? undefined : this.#stored.get(at)?.object.metadata;
    const uid = live?.uid ?? `uid-${++this.#uid}`;
    const creationTimestamp = live?.creationTimestamp ?? CREATED;
    return { ...sent, metadata: { ...sent.metadata, namespace, uid, creationTimestamp } };
  }

  #store(at: string, { object, owners }: Owned, live: Owned | undefined): KubeObject {
    fillIn(object, this.#given);
    const others = this.all(at.split('/').at(-2) ?? '').filter(
      ({ metadata }) => metadata.name !== object.metadata.name,
    );
    validate(object, live?.object, others);
    const before = live?.object;
    const generation =
      (before?.metadata.generation ?? 0) + Number(!isDeepStrictEqual(before?.spec, object.spec));
    const versioned = (resourceVersion: string): KubeObject => ({
      ...object,
      metadata: {
        ...object.metadata,
        ...(object.spec !== undefined && { generation }),
        managedFields: managedFields(owners),
        resourceVersion,
      },
    });
    const same = versioned(before?.metadata.resourceVersion ?? '');
    // A write that changes nothing makes no version, and is told to nobody.
    if (before !== undefined && isDeepStrictEqual(same, before)) return before;
    const stored = versioned(String(++this.#version));
    if (stored.metadata.deletionTimestamp !== undefined && finalizersOf(stored).length === 0) {
      this.#drop(at, stored);
      return stored;
    }
    this.#stored.set(at, { object: stored, owners });
    this.#tell({ object: stored, old: before, isGone: false });
    return stored;
  }

  #tell(delta: Delta): void {
    for (const watcher of this.watchers) watcher(structuredClone(delta));
  }

  #targetOf(path: string): Target {
    const parts =
      /^((?:\/api|\/apis\/[^/]+)\/[^/]+\/namespaces\/([^/]+)\/([^/]+))(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
        path,
      );
    const [, list = '', namespace = '', plural = '', name, subresource] = parts ?? [];
    if (!this.served.has(plural))
      throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
    return {
      list,
      namespace,
      plural,
      name: name ?? '',
      at: name === undefined ? undefined : `${list}/${name}`,
      subresource,
    };
  }
}

const writerOf = (query: Call['query'], { subresource }: Target): Writer => ({
  manager: query?.fieldManager ?? 'somebody',
  operation: 'Update',
  subresource,
});

const notFound = ({ plural, name }: Target): ApiError =>
  new ApiError(404, 'NotFound', `${plural} "${name}" not found`);

const finalizersOf = ({ metadata }: KubeObject): readonly string[] =>
  (metadata as { readonly finalizers?: readonly string[] }).finalizers ?? [];

function checkVersion({ object }: Owned, sent: KubeObject): void {
  const { resourceVersion } = sent.metadata;
  if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion)
    throw new ApiError(
      409,
      'Conflict',
      'the object has been modified; please apply your changes to the latest version and try again',
    );
}
