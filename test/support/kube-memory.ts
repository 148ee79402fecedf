import { ApiError, type Call, type Kube } from '../../operator/kube/call.ts';

export interface StoredObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
  };
  readonly [field: string]: unknown;
}

interface Target {
  readonly group: string;
  readonly namespace: string;
  readonly plural: string;
  readonly name: string | undefined;
}

const VERBS: Readonly<Record<Call['method'], string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/**
 * Leases and events as an API server keeps them: versions and conflicts, namespaces, what it forbids and what it finds
 * invalid, in its words. Answers at once.
 */
export class KubeMemory implements Kube {
  /** By their path. */
  readonly objects = new Map<string, StoredObject>();
  readonly calls: Call[] = [];
  readonly namespaces = new Set<string>(['default', 'system']);
  readonly terminating = new Set<string>();
  /** Such as `create leases`. */
  readonly forbidden = new Set<string>();
  #version = 0;

  async send(call: Call): Promise<unknown> {
    call.signal?.throwIfAborted();
    return this.serve(call);
  }

  // biome-ignore lint/correctness/useYield: nobody watches here.
  async *lines(): AsyncIterable<string> {
    throw new ApiError(405, 'MethodNotAllowed', 'watch is not served');
  }

  /** What `send` answers, at once. */
  serve(call: Call): unknown {
    this.calls.push(call);
    const target = targetOf(call.path);
    this.#authorize(call, target);
    if (call.method === 'POST') return this.#create(call, target);
    const stored = this.objects.get(call.path);
    if (stored === undefined)
      throw new ApiError(404, 'NotFound', `${target.plural}.${target.group} "${target.name}" not found`);
    if (call.method === 'GET') return structuredClone(stored);
    if (call.method === 'DELETE') {
      this.objects.delete(call.path);
      return { kind: 'Status', status: 'Success' };
    }
    return call.method === 'PUT' ? this.#replace(call, stored) : this.#merge(call, stored);
  }

  #authorize({ method }: Call, { group, namespace, plural }: Target): void {
    const verb = VERBS[method];
    if (!this.forbidden.has(`${verb} ${plural}`)) return;
    const message = `${plural}.${group} is forbidden: User "operator" cannot ${verb} resource "${plural}" in API group "${group}" in the namespace "${namespace}"`;
    throw new ApiError(403, 'Forbidden', message);
  }

  #create({ path, body }: Call, { group, namespace, plural }: Target): unknown {
    const object = structuredClone(body) as StoredObject;
    const { name } = object.metadata;
    if (!this.namespaces.has(namespace))
      throw new ApiError(404, 'NotFound', `namespaces "${namespace}" not found`);
    if (this.terminating.has(namespace)) {
      const message = `${plural}.${group} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
      throw new ApiError(403, 'Forbidden', message);
    }
    if (object.metadata.namespace !== namespace) throw invalid('metadata.namespace: does not match');
    const at = `${path}/${name}`;
    if (this.objects.has(at))
      throw new ApiError(409, 'AlreadyExists', `${plural}.${group} "${name}" already exists`);
    return this.#store(at, object);
  }

  #replace({ path, body }: Call, stored: StoredObject): unknown {
    const object = structuredClone(body) as StoredObject;
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== stored.metadata.resourceVersion)
      throw new ApiError(409, 'Conflict', 'the object has been modified; please apply your changes');
    return this.#store(path, object);
  }

  #merge({ path, body, contentType }: Call, stored: StoredObject): unknown {
    if (contentType !== 'application/merge-patch+json')
      throw new ApiError(415, 'UnsupportedMediaType', `the patch type ${contentType} is not supported`);
    return this.#store(path, { ...stored, ...(structuredClone(body) as object) });
  }

  #store(path: string, object: StoredObject): unknown {
    validate(object);
    const former = this.objects.get(path);
    const versioned = (resourceVersion: string): StoredObject => ({
      ...object,
      metadata: { ...object.metadata, resourceVersion },
    });
    // A change that changes nothing makes no version.
    const before = former?.metadata.resourceVersion ?? '';
    const isSame = JSON.stringify(versioned(before)) === JSON.stringify(former);
    const stored = versioned(isSame ? before : String(++this.#version));
    this.objects.set(path, stored);
    return structuredClone(stored);
  }
}

function targetOf(path: string): Target {
  const parts = /^\/apis\/([^/]+)\/[^/]+\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/.exec(path);
  if (parts === null) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
  const [, group = '', namespace = '', plural = '', name] = parts;
  return { group, namespace, plural, name };
}

const invalid = (message: string): ApiError => new ApiError(422, 'Invalid', `invalid: ${message}`);

function validate(object: StoredObject): void {
  const { name } = object.metadata;
  if (name.length > 253 || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) || /[-.]\.|\.-/.test(name))
    throw invalid(`metadata.name: "${name}"`);
  if (object.kind === 'Lease') validateLease(object.spec as Record<string, unknown>);
  if (object.kind === 'Event') validateEvent(object);
}

function validateLease(spec: Record<string, unknown>): void {
  if (!(Number(spec.leaseDurationSeconds) > 0))
    throw invalid('spec.leaseDurationSeconds: must be greater than 0');
  for (const field of ['acquireTime', 'renewTime'])
    if (!MICRO_TIME.test(String(spec[field]))) throw invalid(`spec.${field}: ${String(spec[field])}`);
}

function validateEvent(event: StoredObject): void {
  const { action, reason, note, reportingInstance, eventTime } = event;
  for (const [field, value] of Object.entries({ action, reason, reportingInstance }))
    if (typeof value !== 'string' || value === '' || value.length > 128)
      throw invalid(`${field}: ${String(value)}`);
  if (Buffer.byteLength(String(note)) > 1024) throw invalid('note: can have at most 1024 bytes');
  if (!MICRO_TIME.test(String(eventTime))) throw invalid(`eventTime: ${String(eventTime)}`);
  const { namespace } = event.regarding as { namespace?: string };
  if ((namespace ?? 'default') !== event.metadata.namespace) throw invalid('involvedObject.namespace');
  const series = event.series as { count: number; lastObservedTime: string } | undefined;
  if (series === undefined) return;
  if (!(series.count >= 2)) throw invalid('series.count: should be at least 2');
  if (!MICRO_TIME.test(series.lastObservedTime)) throw invalid('series.lastObservedTime: required');
}
