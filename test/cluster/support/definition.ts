import { join } from 'node:path';
import type { KubeClient } from './client.ts';

/** The definition as it stands in the project. */
export const DEFINITION = join(import.meta.dirname, '../../../crds/midregistrar.yaml');

/** Puts the definition into a cluster without the chart; resolves when it is served. */
export async function installDefinition({ kubectl }: Pick<KubeClient, 'kubectl'>): Promise<void> {
  await kubectl(['apply', '--server-side', '-f', DEFINITION]);
  await kubectl(['wait', '--for=condition=Established', 'crd/midregistrars.midregistrar.dev']);
}

/** The least front that there is, in namespace default, with sections put over it. Its pods need not run. */
export const leastFront = (name: string, spec: object = {}): object => ({
  apiVersion: 'midregistrar.dev/v1',
  kind: 'MidRegistrar',
  metadata: { name, namespace: 'default' },
  spec: {
    domains: ['a.test'],
    exposure: { type: 'ClusterIP' },
    upstream: { endpoints: [{ name: 'pbx', host: '192.0.2.20' }] },
    ...spec,
  },
});
