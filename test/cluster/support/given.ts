import { client } from './client.ts';
import type { SharedFacts } from './facts.ts';

/** The facts of a cluster that the user named, as far as it tells them itself. */
export async function factsOfGiven(kubeconfig: string, memory: string): Promise<SharedFacts> {
  const image = process.env.MIDREG_TEST_IMAGE;
  if (!image) throw new Error('with MIDREG_TEST_KUBECONFIG, MIDREG_TEST_IMAGE names our image for its pods');
  const { kubectl } = client(kubeconfig, memory);
  const ask = (path: string, ...words: string[]): Promise<string> =>
    kubectl([...words, '-o', `jsonpath=${path}`]);
  return {
    kubeconfig,
    memory,
    image,
    apiServer: await ask('{.clusters[0].cluster.server}', 'config', 'view', '--minify'),
    nodeIp: await ask('{.items[0].status.addresses[?(@.type=="InternalIP")].address}', 'get', 'nodes'),
    podCidr: await ask('{.items[0].spec.podCIDR}', 'get', 'nodes'),
    // It tells neither, and no test of a given cluster may rest on them.
    hostIp: '',
    serviceCidr: '',
    pid: undefined,
  };
}
