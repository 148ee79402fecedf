import { describe, expect, it } from 'vitest';
import { PATH, scene, specOf } from './lease-scene.ts';

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
