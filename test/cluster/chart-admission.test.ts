import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { CHART, type Values } from './chart/tools.ts';
import { type OwnCluster, startCluster } from './support/cluster.ts';
import { withClusterParts } from './support/run-cluster.ts';

const RELEASE = 'midregistrar';
const OFFICE = {
  apiVersion: 'midregistrar.dev/v1',
  kind: 'MidRegistrar',
  metadata: { name: 'office' },
  spec: { domains: ['example.com'], upstream: { endpoints: [{ name: 'pbx', host: '192.0.2.20' }] } },
};

const stage = fileStage();
const test = testStage();
let cluster: OwnCluster;

// Nothing runs here: what is asked is what the API server takes, and what its authorizer allows.
withClusterParts('controlPlane', async () => {
  cluster = await startCluster({ mode: 'controlPlane' });
  stage.onClose(() => cluster.stop());
  for (const namespace of ['branch', 'lab']) await cluster.kubectl(['create', 'namespace', namespace]);
});

/** Installs into a namespace of its own that takes pods of the Restricted level only; gone after the test. */
async function install(namespace: string, values: Values): Promise<void> {
  await cluster.kubectl(['create', 'namespace', namespace]);
  await cluster.kubectl([
    'label',
    'namespace',
    namespace,
    'pod-security.kubernetes.io/enforce=restricted',
    'pod-security.kubernetes.io/enforce-version=latest',
  ]);
  const place = ['--namespace', namespace];
  // The definition that a former one has left behind is still that one's.
  const flags = ['--take-ownership', '-f', '-'];
  await cluster.helm(['install', RELEASE, CHART, ...place, ...flags], JSON.stringify(values));
  test.onClose(async () => {
    await cluster.helm(['uninstall', RELEASE, ...place, '--ignore-not-found']);
    await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']);
  });
}

/** Whether the operator that is installed in a namespace may do something; `args` as for `kubectl auth can-i`. */
async function may(namespace: string, ...args: string[]): Promise<boolean> {
  const as = `--as=system:serviceaccount:${namespace}:${RELEASE}`;
  const said = await cluster.kubectl(['auth', 'can-i', ...args, as]).catch(({ message }: Error) => message);
  return /^yes$/m.test(said);
}

const podNames = async (namespace: string): Promise<string[]> =>
  parse(await cluster.kubectl(['get', 'pods', '-n', namespace, '-o', 'json'])).items.map(
    ({ metadata }: { metadata: { name: string } }) => metadata.name,
  );

describe('an API server', () => {
  it('takes the chart, and its pods in a namespace of the Restricted level', async () => {
    await install('whole', { networkPolicy: { enabled: true }, metrics: { dashboards: { enabled: true } } });
    await vi.waitFor(async () => expect(await podNames('whole')).toHaveLength(2), { timeout: 30_000 });
    const rendered = await cluster.helm(['get', 'hooks', RELEASE, '--namespace', 'whole']);
    const pod = rendered.split('\n---\n').find((text) => /^kind: Pod$/m.test(text)) ?? '';
    const account = pod.replace(/serviceAccountName: .*/, 'serviceAccountName: midregistrar');
    await cluster.kubectl(
      ['apply', '-n', 'whole', '--dry-run=server', '--validate=strict', '-f', '-'],
      account,
    );
  });

  it('lets the operator of a whole cluster do its work everywhere, and read no Secret', async () => {
    await install('whole-rights', {});
    const can = (...args: string[]) => may('whole-rights', ...args);
    expect(await can('patch', 'deployments.apps', '-n', 'lab')).toBe(true);
    expect(await can('patch', 'midregistrars.midregistrar.dev', '--subresource=status', '-n', 'lab')).toBe(
      true,
    );
    expect(await can('get', 'customresourcedefinitions/midregistrars.midregistrar.dev')).toBe(true);
    expect(
      await can('update', 'leases.coordination.k8s.io/midregistrar-operator', '-n', 'whole-rights'),
    ).toBe(true);
    for (const verb of ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'])
      expect([verb, await can(verb, 'secrets', '-n', 'lab')]).toEqual([verb, false]);
    for (const args of [
      ['create', 'pods', '-n', 'lab'],
      ['create', 'clusterroles.rbac.authorization.k8s.io'],
      ['patch', 'customresourcedefinitions/midregistrars.midregistrar.dev'],
      ['update', 'leases.coordination.k8s.io/midregistrar-operator', '-n', 'lab'],
      ['patch', 'midregistrars.midregistrar.dev', '-n', 'lab'],
    ])
      expect([args, await can(...args)]).toEqual([args, false]);
  });

  it('lets the operator of a few namespaces work in them only', async () => {
    await install('few', { watch: { scope: 'Namespaces', namespaces: ['branch'] } });
    const watching = ['watch', 'midregistrars.midregistrar.dev', '-n'];
    expect(await may('few', ...watching, 'branch')).toBe(true);
    expect(await may('few', ...watching, 'lab')).toBe(false);
    expect(await may('few', 'create', 'deployments.apps', '-n', 'lab')).toBe(false);
    expect(await may('few', 'get', 'secrets', '-n', 'branch')).toBe(false);
  });

  it('lets people with the edit role write resources, those with the view role read them', async () => {
    await install('people', {});
    for (const role of ['view', 'edit'])
      await cluster.kubectl([
        'create',
        'rolebinding',
        role,
        '-n',
        'people',
        `--clusterrole=${role}`,
        `--user=${role}`,
      ]);
    const can = async (user: string, verb: string): Promise<boolean> => {
      const args = ['auth', 'can-i', verb, 'midregistrars.midregistrar.dev', '-n', 'people', `--as=${user}`];
      return /^yes$/m.test(await cluster.kubectl(args).catch(({ message }: Error) => message));
    };
    // Roles are put together some time after their parts are there.
    await vi.waitFor(async () => expect(await can('edit', 'create')).toBe(true), { timeout: 30_000 });
    await vi.waitFor(async () => expect(await can('view', 'list')).toBe(true), { timeout: 30_000 });
    expect(await can('view', 'create')).toBe(false);
  });

  it('keeps the definition and every resource when the chart is uninstalled and installed again', async () => {
    await install('first', {});
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd/midregistrars.midregistrar.dev']);
    await cluster.kubectl(['apply', '-n', 'lab', '-f', '-'], JSON.stringify(OFFICE));
    await cluster.helm(['uninstall', RELEASE, '--namespace', 'first']);
    expect(await cluster.kubectl(['get', 'midreg', '-n', 'lab', '-o', 'name'])).toContain('/office');
    await install('second', {});
    expect(await cluster.kubectl(['get', 'midreg', '-n', 'lab', '-o', 'name'])).toContain('/office');
  });
});
