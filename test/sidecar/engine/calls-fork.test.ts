import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { inviteFromPbx } from '../../support/dialog.ts';
import { responseText } from '../../support/sip-text.ts';
import { PBX, phone, type Sent, World } from '../../support/world.ts';

const told = (sent: readonly Sent[]): (string | number)[] =>
  sent.map(({ message }) => (message.isRequest ? message.method : message.status));

/** The PBX calls an AoR with some phones; what each was sent. */
function ring(world: World, phones: number, headers: readonly string[] = []): Sent[] {
  for (let i = 0; i < phones; i++) world.register('bob', phone(6000 + i), { callId: `reg-${i}` });
  world.request(PBX, inviteFromPbx('sip:bob@pbx.test', { headers }));
  return world.sent().filter(({ message }) => message.isRequest);
}

describe('a call from the PBX to an AoR', () => {
  it('rings all its phones, each with its own branch and its own Record-Route', () => {
    const world = new World();
    const copies = ring(world, 3);
    expect(copies.map(({ flow }) => flow.port)).toEqual([6000, 6001, 6002]);
    expect(new Set(copies.map(({ message }) => message.topVia()?.branch)).size).toBe(3);
    expect(new Set(copies.map(({ message }) => message.value(Header.RecordRoute))).size).toBe(3);
  });

  it('passes the early dialog of each phone', () => {
    const world = new World();
    for (const [i, copy] of ring(world, 2).entries())
      world.receives(copy.flow, responseText(copy.message, 183).replace('tag=peer', `tag=${i}`));
    expect(world.sent().map(({ message }) => message.to()?.params)).toEqual([';tag=0', ';tag=1']);
  });

  it('goes to who answers first; the others are cancelled and told why (RFC 3326)', () => {
    const world = new World();
    const [one, two] = ring(world, 2) as [Sent, Sent];
    world.answers(one, 180);
    world.answers(two, 180);
    world.sent();
    world.answers(two, 200);
    const [ok, cancel] = world.sent() as [Sent, Sent];
    expect(ok).toMatchObject({ flow: PBX, message: { status: 200 } });
    expect(cancel).toMatchObject({ flow: one.flow, message: { method: 'CANCEL' } });
    expect(cancel.message.value(Header.Reason)).toBe('SIP;cause=200;text="Call completed elsewhere"');
    world.answers(one, 487);
    expect(told(world.sent())).toEqual(['ACK']);
  });

  it('passes each 2xx where two phones answer at once', () => {
    const world = new World();
    for (const copy of ring(world, 2)) world.answers(copy, 200);
    expect(told(world.sent())).toEqual([200, 200]);
  });

  it('waits for all before it is refused', () => {
    const world = new World();
    const [one, two] = ring(world, 2) as [Sent, Sent];
    world.answers(one, 486);
    expect(told(world.sent())).toEqual(['ACK']);
    world.answers(two, 480);
    expect(told(world.sent())).toEqual(['ACK', 486]);
  });

  it.each([
    [[486, 302], 302, 'a lower class before a higher one'],
    [[500, 486], 486, 'a lower class before a higher one'],
    [[486, 401], 401, 'a challenge before other refusals'],
    [[404, 484], 484, 'what lets the caller do better'],
    [[486, 404], 486, 'the first of equals'],
    [[503, 500], 503, 'the first of equals'],
  ] as const)('is refused with the best of %j, which is %i: %s (§16.7 step 6)', (statuses, best, _why) => {
    const world = new World();
    for (const [i, copy] of ring(world, 2).entries()) world.answers(copy, statuses[i] as number);
    const expected = best === 503 ? 500 : best;
    expect(told(world.sent()).filter((what) => what !== 'ACK')).toEqual([expected]);
  });

  it('is refused with a peer’s word before our own about a silent one', () => {
    const world = new World();
    const [, two] = ring(world, 2) as [Sent, Sent];
    world.answers(two, 486);
    world.pass(32_100);
    expect(told(world.sent()).filter((what) => typeof what === 'number')).toEqual([486]);
  });

  it('ends with a 6xx: the others are cancelled, and a phone of lower q is not tried', () => {
    const world = new World();
    world.register('bob', phone(7000), { contact: '<sip:bob@192.0.2.7:7000>;q=0.1', callId: 'later' });
    const [one, two] = ring(world, 2) as [Sent, Sent];
    world.answers(two, 180);
    world.sent();
    world.answers(one, 603);
    expect(told(world.sent())).toEqual(['ACK', 'CANCEL']);
    world.answers(two, 487);
    expect(told(world.sent())).toEqual(['ACK', 603]);
  });

  it('is still answered when a 2xx follows a 6xx', () => {
    const world = new World();
    const [one, two] = ring(world, 2) as [Sent, Sent];
    world.answers(one, 600);
    world.sent();
    world.answers(two, 200);
    expect(told(world.sent())).toEqual([200]);
  });

  it('gives the challenges of all phones together (§16.7 step 7)', () => {
    const world = new World();
    const [one, two] = ring(world, 2) as [Sent, Sent];
    world.answers(one, 407, ['Proxy-Authenticate: Digest realm="a", nonce="1"']);
    const others = [
      'WWW-Authenticate: Digest realm="b", nonce="2"',
      'WWW-Authenticate: Digest realm="b2", nonce="3"',
    ];
    world.answers(two, 401, others);
    const answer = world.sent().at(-1)?.message;
    expect(answer?.status).toBe(407);
    expect(answer?.values(Header.ProxyAuthenticate)).toEqual(['Digest realm="a", nonce="1"']);
    expect(answer?.values(Header.WwwAuthenticate)).toEqual(others.map((line) => line.slice(18)));
  });

  it('tries a lower q when the higher has failed, and rings nobody twice', () => {
    const world = new World();
    world.register('bob', phone(7000), { contact: '<sip:bob@192.0.2.7:7000>;q=0.1', callId: 'later' });
    const [one] = ring(world, 1) as [Sent];
    expect(one.flow.port).toBe(6000);
    world.answers(one, 480);
    expect(told(world.sent())).toEqual(['ACK', 'INVITE']);
  });

  it('is answered 480 where nobody is registered', () => {
    const world = new World();
    world.request(PBX, inviteFromPbx('sip:nobody@pbx.test'));
    expect(told(world.sent())).toEqual([100, 480]);
  });

  it('does not fail because one connection is gone while another phone rings', () => {
    const world = new World();
    const [one, two] = ring(world, 2) as [Sent, Sent];
    world.give({ kind: 'sendFailed', flow: one.flow, ref: one.ref, reason: 'gone' });
    world.answers(two, 200);
    expect(told(world.sent())).toEqual([200]);
  });
});

describe('a phone’s 503', () => {
  it('becomes 500 towards the PBX, which would else think that nobody here serves (§16.7 step 6)', () => {
    const world = new World();
    world.answers(ring(world, 1)[0] as Sent, 503, ['Retry-After: 3600']);
    const answer = world.sent().at(-1)?.message;
    expect(answer?.status).toBe(500);
    expect(answer?.has(Header.RetryAfter)).toBe(false);
  });
});

describe('Max-Breadth (RFC 5393)', () => {
  it('is shared among the copies; a request that does not say starts with 60', () => {
    expect(ring(new World(), 3).map(({ message }) => message.value(Header.MaxBreadth))).toEqual([
      '20',
      '20',
      '20',
    ]);
    const halves = ring(new World(), 2, ['Max-Breadth: 5']);
    expect(halves.map(({ message }) => message.value(Header.MaxBreadth))).toEqual(['2', '2']);
  });

  it('lets no more phones ring at once than it says; the others have their turn after them', () => {
    const world = new World();
    const [only, ...none] = ring(world, 3, ['Max-Breadth: 1']);
    expect(none).toEqual([]);
    world.answers(only as Sent, 486);
    expect(nextInvite(world).flow.port).toBe(6001);
  });

  it('of 0 is answered 440', () => {
    const world = new World();
    expect(ring(world, 1, ['Max-Breadth: 0'])).toEqual([]);
    expect(world.engine.unanswered).toBe(0);
  });

  it('passes unchanged where there is one way to go', () => {
    expect(ring(new World(), 1, ['Max-Breadth: 7'])[0]?.message.value(Header.MaxBreadth)).toBe('7');
    expect(ring(new World(), 1)[0]?.message.has(Header.MaxBreadth)).toBe(false);
  });

  it('is cut to 60 where it says more (§5.3.3)', () => {
    expect(ring(new World(), 1, ['Max-Breadth: 61'])[0]?.message.value(Header.MaxBreadth)).toBe('60');
    expect(ring(new World(), 2, ['Max-Breadth: 9999'])[0]?.message.value(Header.MaxBreadth)).toBe('30');
  });
});

/** The next INVITE; the ACK of the refusal before it is left out. */
function nextInvite(world: World): Sent {
  const next = world.sent().find(({ message }) => message.method === 'INVITE');
  if (next === undefined) throw new Error('no further phone was tried');
  return next;
}
