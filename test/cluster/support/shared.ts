import { beforeAll, beforeEach, inject } from 'vitest';
import { attach, type Cluster } from './cluster.ts';
import { askFacts, type SharedFacts } from './facts.ts';
import { clusterAvailability, type Mode } from './kit.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the socket that tells the facts of the run's cluster. */
    readonly clusterSocket: string;
  }
}

export type SharedCluster = Cluster & Pick<SharedFacts, 'image'>;

const START_MS = 180_000;

/**
 * The tests of this file need what a cluster of `mode` is made of. Where that is missing each of them is skipped, with
 * what is missing and how to get it; else `prepare` runs before the first.
 */
export function withClusterParts(mode: Mode, prepare: () => Promise<void>): void {
  const found = clusterAvailability(mode);
  beforeAll(async () => {
    if (found.ok) await prepare();
  }, START_MS);
  beforeEach((context) => {
    if (!found.ok) context.skip(`${found.what}: ${found.how}`);
  });
}

/** The tests of this file use the run's cluster, which the first that asks for it starts. `prepare` runs before them. */
export function withSharedCluster(prepare: (cluster: SharedCluster) => Promise<void> | void): void {
  withClusterParts('full', async () => {
    const facts = await askFacts(inject('clusterSocket'));
    await prepare({ ...attach(facts), image: facts.image });
  });
}
