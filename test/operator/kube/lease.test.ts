import { describe, expect, it } from 'vitest';
import { FakeTime } from '../../support/fake-time.ts';
import { KubeMemory } from '../../support/kube-memory.ts';
import { Elector, type Fate, prompt, type World } from './electors.ts';

const PATH = '/apis/coordination.k8s.io/v1/namespaces/system/leases/operator';

interface Scene {
  readonly world: World & { fate: () => Fate };
  readonly time: FakeTime;
  readonly kube: KubeMemory;
  readonly elector: (identity: string, namespace?: string) => Elector;
  /** Passes time until the condition holds; tells how long it took. */
  readonly until: (condition: () => boolean, atMost: number) => Promise<number>;
}

function scene(): Scene {
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

const specOf = (kube: KubeMemory): Record<string, unknown> =>
  kube.objects.get(PATH)?.spec as Record<string, unknown>;

async function stopped(time: FakeTime, { lease }: Elector): Promise<void> {
  const end = lease.stop();
  await time.pass(0);
  await end;
}

describe('a leader', () => {
  it('makes the lease where there is none, and renews it every 2 s with one request', async () => {
    const { time, kube, elector } = scene();
    const one = elector('one');
    await time.pass(0);
    expect(one.mayWrite).toBe(true);
    expect(one.led).toBe(1);
    expect(specOf(kube)).toEqual({
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      acquireTime: '2026-11-25T00:00:00.000000Z',
      renewTime: '2026-11-25T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    kube.calls.length = 0;
    await time.pass(20_000);
    expect(kube.calls.map(({ method }) => method)).toEqual(Array(10).fill('PUT'));
    expect(specOf(kube)).toMatchObject({
      acquireTime: '2026-11-25T00:00:00.000000Z',
      renewTime: '2026-11-25T00:00:20.000000Z',
    });
    expect(one.led).toBe(1);
  });

  it('keeps what others have written into the lease', async () => {
    const { time, kube, elector } = scene();
    const one = elector('one');
    await time.pass(0);
    const stored = kube.objects.get(PATH);
    const metadata = { ...stored?.metadata, labels: { team: 'voice' } };
    kube.serve({
      method: 'PUT',
      path: PATH,
      body: { ...stored, metadata, spec: { ...specOf(kube), strategy: 's' } },
    });
    await time.pass(4000);
    expect(one.mayWrite).toBe(true);
    expect(kube.objects.get(PATH)?.metadata).toMatchObject({ labels: { team: 'voice' } });
    expect(specOf(kube)).toMatchObject({ strategy: 's', renewTime: '2026-11-25T00:00:04.000000Z' });
  });

  it('may not write any more 10 s after its last renewal was begun, and is told once, while requests hang', async () => {
    const { time, elector } = scene();
    const one = elector('one');
    await time.pass(1000);
    one.isCut = true;
    await time.pass(8999);
    expect(one.mayWrite).toBe(true);
    expect(one.lost).toEqual([]);
    await time.pass(1);
    expect(one.mayWrite).toBe(false);
    expect(one.lost).toEqual([
      'the lease could not be renewed in time: lease system/operator: no answer within 5 s',
    ]);
    one.isCut = false;
    await time.pass(100_000);
    expect(one.lost).toHaveLength(1);
    expect(one.led).toBe(1);
    expect(one.mayWrite).toBe(false);
  });

  it('survives a server that is away for less than that', async () => {
    const { time, elector } = scene();
    const one = elector('one');
    await time.pass(1000);
    one.isCut = true;
    await time.pass(5500);
    one.isCut = false;
    await time.pass(60_000);
    expect(one.lost).toEqual([]);
    expect(one.mayWrite).toBe(true);
  });

  it('counts from the beginning of its renewal, not from the answer', async () => {
    const { world, time, elector } = scene();
    world.fate = () => ({ thereMs: 0, backMs: 4000 });
    const one = elector('one');
    // The answer to GET comes at 4 s, that to POST at 8 s.
    await time.pass(7999);
    expect(one.mayWrite).toBe(false);
    one.isCut = true;
    await time.pass(1);
    expect(one.mayWrite).toBe(true);
    await time.pass(5999);
    expect(one.mayWrite).toBe(true);
    await time.pass(1);
    expect(one.mayWrite).toBe(false);
  });

  it('claims anew where an answer came too late to lead by it', async () => {
    const { world, time, elector } = scene();
    const one = elector('one');
    one.stall(60_000);
    await time.pass(59_999);
    expect(one.mayWrite).toBe(false);
    await time.pass(10_000);
    expect(one.mayWrite).toBe(true);
    expect(one.lost).toEqual([]);
    expect(world.kube.calls.map(({ method }) => method)[0]).toBe('GET');
  });

  it('sends nothing after it was stopped for too long', async () => {
    const { time, kube, elector } = scene();
    const one = elector('one');
    await time.pass(1000);
    one.stall(11_000);
    expect(one.mayWrite).toBe(true);
    await time.pass(10_500);
    expect(one.mayWrite).toBe(false);
    kube.calls.length = 0;
    await time.pass(60_000);
    expect(kube.calls).toEqual([]);
    expect(one.lost).toEqual(['the lease could not be renewed in time']);
  });

  it('sends nothing after it was stopped between reading and writing', async () => {
    const { world, time, kube, elector } = scene();
    const one = elector('one');
    await time.pass(1000);
    // Somebody touches the lease, so that it has to be read.
    kube.serve({
      method: 'PUT',
      path: PATH,
      body: {
        ...kube.objects.get(PATH),
        metadata: { name: 'operator', namespace: 'system', labels: { a: 'b' } },
      },
    });
    world.fate = () => ({ thereMs: 0, backMs: 500 });
    await time.pass(1600);
    one.stall(20_000);
    kube.calls.length = 0;
    await time.pass(60_000);
    expect(kube.calls).toEqual([]);
    expect(one.lost).toHaveLength(1);
  });

  it('goes on leading after it was stopped for a short time', async () => {
    const { time, elector } = scene();
    const one = elector('one');
    await time.pass(1000);
    one.stall(7000);
    await time.pass(60_000);
    expect(one.mayWrite).toBe(true);
    expect(one.lost).toEqual([]);
  });

  it('ends at once where it finds another in the lease', async () => {
    const { time, kube, elector } = scene();
    const one = elector('one');
    await time.pass(1000);
    kube.serve({
      method: 'PUT',
      path: PATH,
      body: { ...kube.objects.get(PATH), spec: { ...specOf(kube), holderIdentity: 'x' } },
    });
    await time.pass(1000);
    expect(one.mayWrite).toBe(false);
    expect(one.lost).toEqual(['x has taken the lease']);
  });

  it('makes the lease anew where it was deleted, and no other comes before', async () => {
    const { time, kube, elector } = scene();
    const one = elector('one');
    await time.pass(0);
    const two = elector('two');
    await time.pass(1950);
    kube.serve({ method: 'DELETE', path: PATH });
    // The other looks first, and knows the leader of before.
    two.lease.start();
    await time.pass(20_000, () => expect(two.mayWrite).toBe(false));
    expect(one.mayWrite).toBe(true);
    expect(specOf(kube)).toMatchObject({ holderIdentity: 'one', leaseTransitions: 0 });
  });
});

describe('one who waits', () => {
  it('takes over within the lease and 2 s after the leader has died', async () => {
    // Just after a renewal, and with all phases between the two.
    for (let phase = 0; phase < 2000; phase += 190) {
      const { time, elector, until } = scene();
      const one = elector('one');
      await time.pass(phase);
      const two = elector('two');
      await time.pass(20_000 - phase);
      one.kill();
      expect(await until(() => two.mayWrite, 20_000)).toBeLessThanOrEqual(17_000);
      expect(two.led).toBe(1);
    }
  });

  it('takes over at its next look after the leader has let go', async () => {
    const { time, kube, elector, until } = scene();
    const one = elector('one');
    await time.pass(500);
    const two = elector('two');
    await time.pass(20_000);
    await stopped(time, one);
    expect(one.mayWrite).toBe(false);
    expect(specOf(kube)).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    expect(await until(() => two.mayWrite, 20_000)).toBeLessThanOrEqual(2000);
    expect(specOf(kube)).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
    expect(one.lost).toEqual([]);
  });

  it('is not misled by wall clocks', async () => {
    const { time, elector } = scene();
    const one = elector('one');
    const two = elector('two');
    await time.pass(5000);
    const day = 86_400_000;
    for (const [ours, theirs] of [
      [day, -day],
      [-day, day],
      [-7 * day, -7 * day],
    ] as const) {
      one.wallOffset = ours;
      two.wallOffset = theirs;
      await time.pass(40_000);
      expect([one.mayWrite, two.mayWrite]).toEqual([true, false]);
    }
  });

  it('sees the renewals of a leader whose wall clock stands still', async () => {
    const { time, elector } = scene();
    const one = elector('one');
    await time.pass(0);
    const two = elector('two');
    for (let at = 0; at < 60_000; at += 2000) {
      one.wallOffset = -time.clock() - 2000;
      await time.pass(2000);
    }
    expect([one.mayWrite, two.mayWrite]).toEqual([true, false]);
  });

  it('looks at the lease with one request every 2 s or a little sooner', async () => {
    const { world, time, kube, elector } = scene();
    const one = elector('one');
    await time.pass(100);
    one.stall(1);
    Object.assign(world, { random: () => 0.999 });
    elector('two');
    await time.pass(0);
    kube.calls.length = 0;
    await time.pass(10_000);
    expect(kube.calls.filter(({ method }) => method === 'GET')).toHaveLength(5);
  });
});

describe('stopping', () => {
  it('lets go of a claim whose answer never came', async () => {
    const { world, time, kube, elector } = scene();
    const fates: Fate[] = [prompt(), { thereMs: 0, backMs: 0, fault: 'answer lost' }];
    world.fate = () => fates.shift() ?? prompt();
    const one = elector('one');
    await time.pass(100);
    expect(one.mayWrite).toBe(false);
    expect(specOf(kube)).toMatchObject({ holderIdentity: 'one' });
    await stopped(time, one);
    expect(specOf(kube)).toMatchObject({ holderIdentity: '' });
  });

  it('leaves the lease of another alone', async () => {
    const { time, kube, elector } = scene();
    elector('one');
    await time.pass(100);
    const two = elector('two');
    await time.pass(100);
    await stopped(time, two);
    expect(specOf(kube)).toMatchObject({ holderIdentity: 'one' });
    kube.calls.length = 0;
    await time.pass(1000);
    expect(kube.calls).toEqual([]);
  });

  it('does not wait long for a server that is away', async () => {
    const { time, elector } = scene();
    const one = elector('one');
    await time.pass(100);
    one.isCut = true;
    await time.pass(3000);
    let isStopped = false;
    void one.lease.stop().then(() => {
      isStopped = true;
    });
    await time.pass(2000);
    expect(isStopped).toBe(true);
    expect(one.lost).toEqual([]);
    expect(one.notes.at(-1)).toBe('lease not reached: lease system/operator: no answer within 2 s');
    expect(time.timers).toBe(0);
  });
});

describe('a refusal', () => {
  it.each([
    ['get leases', 'the operator lacks the verb get on leases (coordination.k8s.io) in namespace system'],
    [
      'create leases',
      'the operator lacks the verb create on leases (coordination.k8s.io) in namespace system',
    ],
  ])('of %s is told once, with what is missing', async (forbidden, advice) => {
    const { time, kube, elector } = scene();
    kube.forbidden.add(forbidden);
    const one = elector('one');
    await time.pass(20_000);
    expect(one.notes).toHaveLength(1);
    expect(one.notes[0]).toContain('User "operator" cannot');
    expect(one.notes[0]).toContain(advice);
    expect(one.lease.isKnown).toBe(false);
    kube.forbidden.clear();
    await time.pass(2000);
    expect(one.mayWrite).toBe(true);
  });

  it('of updates is told by the leader that ends of it', async () => {
    const { time, kube, elector } = scene();
    const one = elector('one');
    await time.pass(100);
    kube.forbidden.add('update leases');
    await time.pass(10_000);
    expect(one.notes).toHaveLength(1);
    expect(one.lost).toEqual([
      expect.stringContaining('lacks the verb update on leases (coordination.k8s.io) in namespace system'),
    ]);
  });

  it('names a namespace that there is not', async () => {
    const { time, elector } = scene();
    const one = elector('one', 'nowhere');
    await time.pass(10_000);
    expect(one.notes).toEqual([
      'lease not reached: lease nowhere/operator: namespaces "nowhere" not found; is there a namespace nowhere?',
    ]);
  });

  it('of a namespace that is going away blames no missing verb', async () => {
    const { time, kube, elector } = scene();
    kube.terminating.add('system');
    const one = elector('one');
    await time.pass(10_000);
    expect(one.notes).toEqual([expect.stringMatching(/because it is being terminated$/)]);
  });
});
