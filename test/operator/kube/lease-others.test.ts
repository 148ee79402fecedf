import { describe, expect, it } from 'vitest';
import type { Fate } from './electors.ts';
import { prompt } from './electors.ts';
import { scene, specOf, stopped } from './lease-scene.ts';

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
