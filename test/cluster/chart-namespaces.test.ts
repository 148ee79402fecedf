import { describe, expect, it } from 'vitest';
import { fileStage } from '../support/peers/stage.ts';
import { FrontResource, type Installation, installOperator } from './support/installation.ts';
import { type SharedCluster, withSharedCluster } from './support/run-cluster.ts';

const OPERATOR = 'few-system';
const SERVED = 'few-served';
const OTHER = 'few-other';

const stage = fileStage();
let cluster: SharedCluster;
let installation: Installation;

withSharedCluster(async (shared) => {
  cluster = shared;
  for (const namespace of [SERVED, OTHER]) {
    await cluster.kubectl(['create', 'namespace', namespace]);
    stage.onClose(() => cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']));
  }
  // Other tests install the chart elsewhere: what they left is taken over, and nothing is left to them.
  const few = ['watch.scope=Namespaces', `watch.namespaces={${SERVED}}`, 'crds.keep=false'];
  const values = few.flatMap((value) => ['--set', value]);
  installation = await installOperator(cluster, OPERATOR, '--take-ownership', ...values);
  stage.onClose(() => installation.helm('uninstall', '--wait'));
});

describe('an operator of a few namespaces', () => {
  it('is proved by the chart’s test', async () => {
    expect(await installation.helm('test')).toContain('Succeeded');
  });

  it('serves resources in them, and none elsewhere', async () => {
    const spec = {
      domains: ['pbx.test'],
      exposure: { type: 'ClusterIP' },
      upstream: { endpoints: [{ name: 'pbx', host: '192.0.2.20' }], probe: { method: 'None' } },
    };
    const other = new FrontResource(cluster, OTHER, 'office');
    const served = new FrontResource(cluster, SERVED, 'office');
    await other.apply(spec);
    await served.apply(spec);
    await served.is('Ready');
    expect((await other.read()).status).toBeUndefined();
  });

  it('tells its metrics behind its Service', async () => {
    const path = `/api/v1/namespaces/${OPERATOR}/services/midregistrar:http/proxy/metrics`;
    expect(await cluster.kubectl(['get', '--raw', path])).toMatch(/^midreg_operator_info\{version="/m);
  });
});
