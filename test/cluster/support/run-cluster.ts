import { beforeAll, beforeEach, inject } from 'vitest';
import type { Availability } from '../../support/peers/availability.ts';
import { attach, type Cluster } from './cluster.ts';
import { askFacts, type SharedFacts } from './facts.ts';
import { clusterAvailability, givenKubeconfig, type Mode, wholeClusterAvailability } from './kit.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the socket that tells the facts of the run's cluster. */
    readonly clusterSocket: string;
  }
}

export type SharedCluster = Cluster & Pick<SharedFacts, 'image'>;

const START_MS = 180_000;

const OF_OUR_MAKING: Availability = {
  ok: false,
  what: 'a cluster of our making',
  how: 'run the tests without MIDREG_TEST_KUBECONFIG',
};

/** Where something is missing each test of this file is skipped, with how to get it; else `prepare` runs before them. */
const withAll = (found: Availability, prepare: () => Promise<void>): void => {
  beforeAll(async () => {
    if (found.ok) await prepare();
  }, START_MS);
  beforeEach((context) => {
    if (!found.ok) context.skip(`${found.what}: ${found.how}`);
  });
};

/** The tests of this file start clusters of `mode` themselves, and are skipped where that cannot be. */
export const withClusterParts = (mode: Mode, prepare: () => Promise<void> = () => Promise.resolve()): void =>
  withAll(clusterAvailability(mode), prepare);

/**
 * The tests of this file use the run's cluster, which the first that asks for it starts; they are skipped where that
 * cannot be. `prepare` runs before them. `own`: they enter its node or give it images, which one that the user named
 * does not let us.
 */
export function withSharedCluster(
  prepare: (cluster: SharedCluster) => Promise<void> | void,
  needs: 'any' | 'own' = 'any',
): void {
  const isForeign = needs === 'own' && givenKubeconfig() !== undefined;
  withAll(isForeign ? OF_OUR_MAKING : wholeClusterAvailability(), async () => {
    const facts = await askFacts(inject('clusterSocket'));
    await prepare({ ...attach(facts), image: facts.image });
  });
}
