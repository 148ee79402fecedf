import type { Stage } from '../../support/peers/stage.ts';
import type { SharedCluster } from './run-cluster.ts';

/** Makes a namespace that goes with the stage; one of that name that another file has left on its way out is waited for. */
export async function openNamespace(stage: Stage, cluster: SharedCluster, name: string): Promise<void> {
  await cluster.kubectl(['wait', '--for=delete', `namespace/${name}`, '--timeout=100s']);
  await cluster.kubectl(['create', 'namespace', name]);
  stage.onClose(() => cluster.kubectl(['delete', 'namespace', name, '--wait=false']));
}
