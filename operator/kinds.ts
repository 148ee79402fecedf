/** A kind of object as the API server's paths name it. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
}

/** What a front may own. Services come first, for the addresses that the others tell are theirs; the Deployment last, for it needs the rest. */
export const CHILD_KINDS = [
  { apiVersion: 'v1', kind: 'Service', plural: 'services' },
  { apiVersion: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts' },
  { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', plural: 'networkpolicies' },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets' },
  { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', plural: 'servicemonitors' },
  { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' },
] as const satisfies readonly Kind[];

export type ChildKind = (typeof CHILD_KINDS)[number]['kind'];

/** A kind that not every cluster serves. */
export const SERVICE_MONITOR: Kind = CHILD_KINDS[6];

export const POD: Kind = { apiVersion: 'v1', kind: 'Pod', plural: 'pods' };

const BY_KIND = new Map<string, Kind>(CHILD_KINDS.map((kind) => [kind.kind, kind]));

/** The child kind of that name; `kind` must be one. */
export function childKind(kind: string): Kind {
  const found = BY_KIND.get(kind);
  if (found === undefined) throw new Error(`${kind} is no kind of a front's children`);
  return found;
}
