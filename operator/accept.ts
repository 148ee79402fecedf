import type { MidRegistrarSpec } from '../crds/midregistrar.ts';
import { judgeObject } from '../sidecar/config.ts';
import type { Front } from './front.ts';
import type { KubeObject } from './kube/object.ts';
import { type FrontName, serviceName } from './names.ts';

/** A front, and why it can't be carried out here; with no front where the object is none. */
export interface Accepted {
  readonly front: Front | undefined;
  /** As sentences; empty where it can. */
  readonly faults: readonly string[];
}

/** Reads a MidRegistrar of the API server, which has checked schema and CEL already if its definition is of our version. */
export function accept(object: KubeObject): Accepted {
  const { name, namespace = '', uid = '', generation = 0 } = object.metadata;
  const judged = judgeObject({
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name },
    spec: object.spec,
  });
  if (judged.problems !== undefined) return { front: undefined, faults: judged.problems };
  const { spec } = judged.resource;
  const front = { name, namespace, uid, generation, spec };
  return { front, faults: checks.flatMap((check) => check(spec, front)) };
}

type Check = (spec: MidRegistrarSpec, front: FrontName) => readonly string[];

/** A pod's address is not known before it runs, so none can be named. */
const listensOnAll: Check = ({ listeners }) =>
  listeners
    .filter(({ address }) => address !== '0.0.0.0' && address !== '::')
    .map(
      ({ name, address }) =>
        `listener ${name} is bound to ${address}, which no pod has; set its address to 0.0.0.0 or "::"`,
    );

/** The probes, metrics and status of the pod are served there. */
const leavesAdminPort: Check = ({ listeners }) =>
  listeners
    .filter(({ transport, port }) => transport !== 'UDP' && port === 8080)
    .map(
      ({ name }) =>
        `listener ${name} has TCP port 8080, where the pod serves health and metrics; choose another`,
    );

/** A pod that fronts its own Service loops. Within its namespace a Service's bare name will do, and DNS knows no case. */
const frontsAnother: Check = ({ upstream }, front) => {
  const own = (['UDP', 'TCP'] as const).flatMap((transport) => {
    const service = serviceName(front, transport);
    return [service, `${service}.${front.namespace}`, `${service}.${front.namespace}.svc`];
  });
  const isOwn = (host: string): boolean =>
    own.some((name) => host === name || (name.endsWith('.svc') && host.startsWith(`${name}.`)));
  return upstream.endpoints
    .filter(({ host }) => isOwn(host.toLowerCase()))
    .map(
      ({ name, host }) =>
        `endpoint ${name}, ${host}, is this front's own Service; name the PBX's own address`,
    );
};

/** In a pod, this machine is the pod itself. */
const pbxIsElsewhere: Check = ({ upstream }) =>
  upstream.endpoints
    .filter(({ host }) => /^(localhost|::1|127\.[0-9.]+)$/i.test(host))
    .map(
      ({ name, host }) =>
        `endpoint ${name}, ${host}, is the proxy's own pod; name the PBX's address in the cluster or outside`,
    );

const checks: readonly Check[] = [
  listensOnAll, // the socket could not be opened
  leavesAdminPort, // nor could this one
  frontsAnother, // a proxy that fronts itself loops until Max-Forwards
  pbxIsElsewhere, // nothing but the proxy listens there
];
