import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../../../operator/kube/call.ts';
import type { KubeObject } from '../../../operator/kube/object.ts';

type Fields = Record<string, unknown>;

interface Port extends Fields {
  readonly port: number;
  readonly protocol?: string;
  readonly nodePort?: number;
}

const invalid = ({ kind, metadata }: KubeObject, what: string): ApiError =>
  new ApiError(422, 'Invalid', `${kind} "${metadata.name}" is invalid: ${what}`);

/** Numbers that the cluster gives out, each once. */
export class Allocations {
  #address = 0;
  #nodePort = 30_000;

  address(): string {
    this.#address++;
    return `10.96.${this.#address >> 8}.${this.#address & 255}`;
  }

  nodePort(): number {
    return this.#nodePort++;
  }
}

/** What the API server puts into an object that its writer has left open, in place. */
export function fillIn(object: KubeObject, given: Allocations): void {
  const spec = object.spec as Fields | undefined;
  if (spec === undefined) return;
  if (object.kind === 'Service') fillInService(spec, given);
  if (object.kind === 'Deployment') fillInDeployment(spec);
  if (object.kind === 'PersistentVolumeClaim') spec.volumeMode ??= 'Filesystem';
}

function fillInService(spec: Fields, given: Allocations): void {
  spec.type ??= 'ClusterIP';
  spec.clusterIP ??= given.address();
  spec.clusterIPs ??= [spec.clusterIP];
  spec.sessionAffinity ??= 'None';
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
  for (const port of (spec.ports ?? []) as Fields[]) {
    port.protocol ??= 'TCP';
    port.targetPort ??= port.port;
    if (spec.type === 'ClusterIP') delete port.nodePort;
    else port.nodePort ??= given.nodePort();
  }
}

function fillInDeployment(spec: Fields): void {
  spec.replicas ??= 1;
  spec.progressDeadlineSeconds ??= 600;
  const pod = (spec.template as { readonly spec: Fields }).spec;
  pod.restartPolicy ??= 'Always';
  pod.dnsPolicy ??= 'ClusterFirst';
  for (const container of pod.containers as Fields[]) {
    container.imagePullPolicy ??= 'IfNotPresent';
    container.terminationMessagePath ??= '/dev/termination-log';
  }
}

/** What the API server refuses of an object, whoever writes it; `others` are those of its kind. */
export function validate(
  object: KubeObject,
  live: KubeObject | undefined,
  others: readonly KubeObject[],
): void {
  const { name } = object.metadata;
  if (name.length > 253 || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name))
    throw invalid(object, `metadata.name: Invalid value: "${name}"`);
  const spec = (object.spec ?? {}) as Fields;
  const before = live?.spec as Fields | undefined;
  if (object.kind === 'Deployment') {
    if (Number(spec.replicas) < 0) throw invalid(object, 'spec.replicas: must be greater than or equal to 0');
    if (before !== undefined && !isDeepStrictEqual(before.selector, spec.selector))
      throw invalid(object, 'spec.selector: field is immutable');
  }
  if (object.kind === 'PersistentVolumeClaim' && before !== undefined)
    if (before.storageClassName !== spec.storageClassName)
      throw invalid(object, 'spec: Forbidden: spec is immutable after creation except resources.requests');
  if (object.kind === 'Service') validatePorts(object, others);
}

function validatePorts(service: KubeObject, others: readonly KubeObject[]): void {
  const portsOf = ({ spec }: KubeObject): readonly Port[] =>
    ((spec ?? {}) as { readonly ports?: Port[] }).ports ?? [];
  const used = new Set(others.flatMap(portsOf).map(({ nodePort, protocol }) => `${protocol} ${nodePort}`));
  for (const { nodePort, protocol } of portsOf(service))
    if (nodePort !== undefined && used.has(`${protocol} ${nodePort}`))
      throw invalid(
        service,
        `spec.ports[0].nodePort: Invalid value: ${nodePort}: provided port is already allocated`,
      );
}
