import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { runCommand } from '../../support/peers/command.ts';
import { type OwnCluster, startCluster } from './cluster.ts';
import { type SharedFacts, tellFacts } from './facts.ts';
import { factsOfGiven } from './given.ts';
import { givenKubeconfig } from './kit.ts';

const IMAGES = join(import.meta.dirname, '../../../images/main.ts');
const BUILD_MS = 120_000;
const IMAGE = 'registry.local/midregistrar:test';

/** Lends one cluster to all test files of a run. It starts when the first asks for it and ends with the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'midreg-cluster-'));
  const tidy = (): void => rmSync(directory, { recursive: true, force: true });
  // A run that is interrupted ends without a tear-down; the cluster itself ends with us in any case.
  process.once('exit', tidy);
  let own: OwnCluster | undefined;

  const start = async (): Promise<SharedFacts> => {
    const given = givenKubeconfig();
    if (given !== undefined) return factsOfGiven(given, join(directory, 'client'));
    const tar = join(directory, 'midregistrar.tar');
    // In a process of its own, as it is busy for seconds and the cluster comes up meanwhile.
    const built = runCommand(process.execPath, [IMAGES, 'tar', tar, IMAGE], BUILD_MS);
    built.catch(() => {}); // told below, when the cluster is up
    own = await startCluster({ mode: 'full' });
    await built;
    await own.loadImage(tar);
    rmSync(tar);
    const { kubeconfig, memory, apiServer, nodeIp, hostIp, podCidr, serviceCidr, pid } = own;
    return { kubeconfig, memory, apiServer, nodeIp, hostIp, podCidr, serviceCidr, pid, image: IMAGE };
  };

  const socket = join(directory, 'cluster.sock');
  const end = await tellFacts(socket, start);
  project.provide('clusterSocket', socket);
  return async () => {
    await end();
    await own?.stop();
    tidy();
  };
}
