import type { Rendered } from './tools.ts';

/** One rule of a Role or ClusterRole. */
export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

const isRole = ({ kind }: Rendered): boolean => kind === 'Role' || kind === 'ClusterRole';
export const nameOf = ({ kind, metadata }: Rendered): string =>
  `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

export const rolesOf = (objects: readonly Rendered[]): readonly Rendered[] => objects.filter(isRole);

/** Verbs by which one may give oneself more than one has. */
const CLIMBING = ['escalate', 'bind', 'impersonate'];

/** What a careful reader refuses of a role. */
export function roleFaults(role: Rendered): string[] {
  return (role.rules as readonly Rule[]).flatMap((rule) => {
    const { apiGroups = [], resources = [], verbs, resourceNames = [], nonResourceURLs = [] } = rule;
    const all = [...apiGroups, ...resources, ...verbs, ...resourceNames, ...nonResourceURLs];
    return [
      ...(all.some((each) => each.includes('*')) ? ['a wildcard'] : []),
      ...(resources.some((each) => each.split('/')[0] === 'secrets') ? ['Secrets'] : []),
      ...(resources.some((each) => /^(roles|rolebindings|clusterroles|clusterrolebindings)$/.test(each))
        ? ['roles']
        : []),
      ...verbs.filter((verb) => CLIMBING.includes(verb)),
      ...(nonResourceURLs.length > 0 ? ['paths that are no resources'] : []),
    ].map((fault) => `${nameOf(role)}: ${fault}`);
  });
}

/** Whether a rule lets one do all of `verbs` with every object of a kind. */
export const allows = (rules: readonly Rule[], group: string, resource: string, verbs: readonly string[]) =>
  verbs.every((verb) =>
    rules.some(
      (rule) =>
        rule.apiGroups?.includes(group) === true &&
        rule.resources?.includes(resource) === true &&
        rule.resourceNames === undefined &&
        rule.verbs.includes(verb),
    ),
  );

/** What the Restricted level of the Pod Security Standards, and a read-only root, find wrong with a pod. */
export function podFaults(spec: Rendered['spec']): string[] {
  const pod = spec.securityContext ?? {};
  const own = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => spec[field] === true);
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const foreignVolumes = (spec.volumes ?? []).filter(
    (volume: object) => !('configMap' in volume || 'emptyDir' in volume || 'projected' in volume),
  );
  const inContainers = containers.flatMap(({ name, securityContext: own = {}, ports = [], resources }) =>
    [
      (own.runAsNonRoot ?? pod.runAsNonRoot) === true ? undefined : 'runAsNonRoot',
      (own.runAsUser ?? pod.runAsUser) === 65532 ? undefined : 'runAsUser',
      (own.seccompProfile ?? pod.seccompProfile)?.type === 'RuntimeDefault' ? undefined : 'seccompProfile',
      own.allowPrivilegeEscalation === false ? undefined : 'allowPrivilegeEscalation',
      own.privileged === true ? 'privileged' : undefined,
      own.readOnlyRootFilesystem === true ? undefined : 'readOnlyRootFilesystem',
      own.capabilities?.drop?.includes('ALL') === true ? undefined : 'capabilities.drop',
      own.capabilities?.add === undefined ? undefined : 'capabilities.add',
      ports.some((port: { hostPort?: number }) => port.hostPort !== undefined) ? 'hostPort' : undefined,
      resources?.requests?.cpu && resources.limits?.memory ? undefined : 'resources',
    ].flatMap((fault) => (fault === undefined ? [] : [`${name}: ${fault}`])),
  );
  return [...own, ...foreignVolumes.map(() => 'volumes'), ...inContainers];
}

/** Whether labels have all that a selector asks for, and it asks for something. */
export const selects = (
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): boolean =>
  Object.keys(selector).length > 0 &&
  Object.entries(selector).every(([name, value]) => labels[name] === value);

/** The labels that a selector of each kind is written in. */
export const selectorOf = ({ kind, spec }: Rendered): Readonly<Record<string, string>> | undefined => {
  const places: Readonly<Record<string, unknown>> = {
    Service: spec?.selector,
    PodDisruptionBudget: spec?.selector?.matchLabels,
    NetworkPolicy: spec?.podSelector?.matchLabels,
    Deployment: spec?.selector?.matchLabels,
  };
  return places[kind] as Readonly<Record<string, string>> | undefined;
};
