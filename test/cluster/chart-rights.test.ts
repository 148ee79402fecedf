import { describe, expect, it } from 'vitest';
import { CHILD_KINDS, POD } from '../../operator/kinds.ts';
import { fileStage } from '../support/peers/stage.ts';
import { CLUSTER_KINDS, ofKind, rendered } from './chart/objects.ts';
import { allows, nameOf, type Rule, rolesOf } from './chart/rules.ts';
import { NAMESPACE, offlineHelm, withTools } from './chart/tools.ts';

const helm = offlineHelm(fileStage());
withTools('helm');

describe('the rights of the operator', () => {
  const groupOf = ({ apiVersion }: { readonly apiVersion: string }): string =>
    apiVersion.includes('/') ? (apiVersion.split('/')[0] as string) : '';
  const WRITES = ['get', 'list', 'watch', 'create', 'patch', 'delete'];

  const suffices = (rules: readonly Rule[]): void => {
    const refused = CHILD_KINDS.filter((kind) => !allows(rules, groupOf(kind), kind.plural, WRITES));
    expect(refused).toEqual([]);
    expect(allows(rules, '', POD.plural, ['get', 'list', 'watch', 'patch'])).toBe(true);
    expect(allows(rules, 'midregistrar.dev', 'midregistrars', ['get', 'list', 'watch'])).toBe(true);
    expect(allows(rules, 'midregistrar.dev', 'midregistrars/status', ['get', 'patch'])).toBe(true);
    // Where OwnerReferencesPermissionEnforcement is on, an owner that blocks its deletion needs it.
    expect(allows(rules, 'midregistrar.dev', 'midregistrars/finalizers', ['update'])).toBe(true);
    expect(allows(rules, 'events.k8s.io', 'events', ['create', 'patch'])).toBe(true);
  };

  it('cover every kind that it makes, in the whole cluster', async () => {
    const role = ofKind(await rendered(helm, 'default'), 'ClusterRole').find(
      ({ metadata }) => metadata.name === 'midregistrar',
    );
    suffices(role?.rules);
    expect(role?.rules).toContainEqual({
      apiGroups: ['apiextensions.k8s.io'],
      resources: ['customresourcedefinitions'],
      resourceNames: ['midregistrars.midregistrar.dev'],
      verbs: ['get'],
    });
  });

  it('cover them in each of a few namespaces, and nowhere else', async () => {
    const roles = ofKind(await rendered(helm, 'a few namespaces'), 'Role').filter(
      ({ metadata }) => metadata.name === 'midregistrar',
    );
    expect(roles.map(({ metadata }) => metadata.namespace)).toEqual(['branch', 'office']);
    for (const role of roles) suffices(role.rules);
  });

  it('do not reach beyond those namespaces where the definition and the people’s roles are not ours', async () => {
    const kinds = (await rendered(helm, 'nothing for the whole cluster')).map(({ kind }) => kind);
    expect(kinds.filter((kind) => CLUSTER_KINDS.includes(kind))).toEqual([]);
    const wider = (await rendered(helm, 'a few namespaces')).filter(({ kind }) =>
      CLUSTER_KINDS.includes(kind),
    );
    expect(wider.map(({ metadata }) => metadata.name).sort()).toEqual([
      'midregistrar-admin',
      'midregistrar-edit',
      'midregistrar-view',
      'midregistrars.midregistrar.dev',
    ]);
  });

  it('let it hold one lease, in its own namespace', async () => {
    for (const name of ['default', 'a few namespaces', 'its own namespace']) {
      const lease = rolesOf(await rendered(helm, name)).filter(({ rules }) =>
        (rules as readonly Rule[]).some(({ resources }) => resources?.includes('leases')),
      );
      expect(lease.map(nameOf)).toEqual([`Role ${NAMESPACE}/midregistrar-lease`]);
      expect(lease[0]?.rules).toEqual([
        { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
        {
          apiGroups: ['coordination.k8s.io'],
          resources: ['leases'],
          resourceNames: ['midregistrar-operator'],
          verbs: ['get', 'update'],
        },
      ]);
    }
  });

  it('are not those of people, whose view, edit and admin roles take in the resource', async () => {
    const roles = ofKind(await rendered(helm, 'default'), 'ClusterRole');
    const aggregated = (to: string) =>
      roles
        .filter(
          ({ metadata }) => metadata.labels?.[`rbac.authorization.k8s.io/aggregate-to-${to}`] === 'true',
        )
        .flatMap(({ rules }) => rules as readonly Rule[]);
    const changing = ['create', 'update', 'patch', 'delete'];
    const may = (to: string, resource: string, verbs: readonly string[]): boolean =>
      allows(aggregated(to), 'midregistrar.dev', resource, verbs);
    expect(may('view', 'midregistrars', ['get', 'list', 'watch'])).toBe(true);
    expect(changing.some((verb) => may('view', 'midregistrars', [verb]))).toBe(false);
    expect(may('edit', 'midregistrars', changing)).toBe(true);
    expect(may('edit', 'midregistrars/scale', ['update', 'patch'])).toBe(true);
    expect(may('edit', 'midregistrars', ['deletecollection'])).toBe(false);
    expect(may('admin', 'midregistrars', [...changing, 'deletecollection'])).toBe(true);
    expect(['view', 'edit', 'admin'].some((to) => may(to, 'midregistrars/status', ['patch']))).toBe(false);
  });
});
