import { FakeTime } from '../../support/fake-time.ts';
import { KubeMemory } from '../../support/kube-memory.ts';
import { Elector, type Fate, prompt, type World } from './electors.ts';

export const PATH = '/apis/coordination.k8s.io/v1/namespaces/system/leases/operator';

export interface Scene {
  readonly world: World & { fate: () => Fate };
  readonly time: FakeTime;
  readonly kube: KubeMemory;
  readonly elector: (identity: string, namespace?: string) => Elector;
  /** Passes time until the condition holds; tells how long it took. */
  readonly until: (condition: () => boolean, atMost: number) => Promise<number>;
}

/** A world in fake time with one API server. */
export function scene(): Scene {
  const time = new FakeTime();
  const kube = new KubeMemory();
  // By no chance at all those who wait look as seldom as they ever do.
  const world = { time, kube, fate: prompt, random: () => 0 };
  return {
    world,
    time,
    kube,
    elector: (identity, namespace) => {
      const elector = new Elector(world, identity, namespace);
      elector.lease.start();
      return elector;
    },
    async until(condition, atMost) {
      const begun = time.clock();
      while (!condition()) {
        if (time.clock() - begun >= atMost) throw new Error(`not within ${atMost} ms`);
        await time.pass(20);
      }
      return time.clock() - begun;
    },
  };
}

export const specOf = (kube: KubeMemory): Record<string, unknown> =>
  kube.objects.get(PATH)?.spec as Record<string, unknown>;

export async function stopped(time: FakeTime, { lease }: Elector): Promise<void> {
  const end = lease.stop();
  await time.pass(0);
  await end;
}
