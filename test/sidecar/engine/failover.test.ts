import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import type { Sent } from '../../support/world.ts';
import {
  A,
  alice,
  answers,
  B,
  branchOf,
  C,
  invites,
  onlyTo,
  refused,
  registers,
  requests,
  several,
} from './several.ts';

describe('a REGISTER that the first machine of the PBX does not answer', () => {
  it('goes to the next within the transaction, as the same request with another branch (RFC 3263 §4.3)', () => {
    const world = several();
    const first = registers(world);
    expect(first.flow.address).toBe(A);
    world.pass(2999);
    // Timer E has sent it again to the same.
    expect(new Set(world.sent().map(({ flow }) => flow.address))).toEqual(new Set([A]));
    world.pass(20);
    const second = world.sentOne();
    expect(second.flow.address).toBe(B);
    expect(branchOf(second)).not.toBe(branchOf(first));
    const withoutVia = ({ message }: Sent): string => message.text.replace(/^Via: [^\r]*\r\n/m, '');
    expect(withoutVia(second)).toBe(withoutVia(first));
    world.answers(second, 200, [`Contact: ${second.message.value(Header.Contact)};expires=600`]);
    expect(answers(world)).toEqual([200]);
    expect(world.location.find('alice@pbx.test')).toMatchObject([{ upstream: 'pbx' }]);
    expect(world.engine.counters.failovers.get('silent')).toBe(1);
    expect(world.notes.find(({ event }) => event === 'failed over')?.reason).toContain(
      `UDP ${A}:5060 does not answer: UDP ${B}:5060 is tried`,
    );
  });

  it('is answered at last, within the time that the phone waits, where none answers', () => {
    const world = several(A, B, C);
    registers(world);
    world.pass(9_900);
    const tried = new Set(requests(world).map(({ flow }) => flow.address));
    expect(tried).toEqual(new Set([A, B, C]));
    world.pass(120);
    expect(answers(world)).toEqual([504]);
  });

  it('waits for a machine that has answered 100 as long as for one alone', () => {
    const world = several();
    world.answers(registers(world), 100);
    world.pass(9_000);
    expect(requests(world).every(({ flow }) => flow.address === A)).toBe(true);
    world.pass(1_100);
    expect(answers(world)).toEqual([504]);
    expect(world.engine.counters.failovers.size).toBe(0);
  });

  it('has others go elsewhere at once, until that one answers', () => {
    const world = several();
    const lost = registers(world);
    world.pass(3_020);
    world.sent();
    expect(registers(world, { callId: 'other' }).flow.address).toBe(B);
    // Late, but there.
    world.answers(lost, 200);
    expect(registers(world, { callId: 'third' }).flow.address).toBe(A);
  });

  it('risks one request on that machine after half a minute, and sends the others elsewhere meanwhile', () => {
    const world = several();
    registers(world);
    world.pass(3_020);
    world.answers(world.sent().at(-1) as Sent, 200);
    world.pass(30_100);
    world.sent();
    expect(registers(world, { callId: 'trial' }).flow.address).toBe(A);
    expect(registers(world, { callId: 'other' }).flow.address).toBe(B);
  });

  it('has it probed, and trusts it again when that is answered', () => {
    const world = several();
    registers(world);
    world.pass(3_020);
    world.answers(world.sent().at(-1) as Sent, 200);
    world.sent();
    const name = `UDP ${A}:5060`;
    expect(world.suspected).toEqual([name]);
    world.give({ kind: 'probeFailed', hop: name, isDown: false });
    world.pass(29_000);
    world.sent();
    expect(registers(world, { callId: 'two' }).flow.address).toBe(B);
    world.give({ kind: 'probe', hop: name, isRepeat: false });
    world.answers(world.sentOne(), 200);
    expect(registers(world, { callId: 'three' }).flow.address).toBe(A);
  });
});

describe('a request that can not reach a machine', () => {
  it('goes to the next at once', () => {
    const world = several();
    refused(world, registers(world));
    expect(world.sentOne().flow.address).toBe(B);
    expect(world.engine.counters.failovers.get('unreachable')).toBe(1);
  });

  it('is answered 504 where none can be reached, and those that come are tried again at each', () => {
    const world = several();
    refused(world, registers(world));
    refused(world, world.sentOne());
    expect(answers(world)).toEqual([504]);
    // Both are avoided alike: nothing is refused for that alone.
    expect(registers(world, { callId: 'next' }).flow.address).toBe(A);
  });

  it('has no other to go to where it is too large for any datagram', () => {
    const world = several();
    const { flow, ref } = registers(world);
    world.give({ kind: 'sendFailed', ref, flow, reason: 'tooLarge' });
    expect(answers(world)).toEqual([504]);
  });
});

describe('a 503', () => {
  it('has the request go to the next machine, and says nothing of those to come (§21.5.4)', () => {
    const world = several();
    world.answers(registers(world), 503);
    expect(world.sentOne().flow.address).toBe(B);
    expect(registers(world, { callId: 'next' }).flow.address).toBe(A);
    expect(world.engine.counters.failovers.get('unavailable')).toBe(1);
  });

  it.each(['120', '120;duration=60', '120 (maintenance)'])(
    'with Retry-After: %s keeps the others away so long',
    (value) => {
      const world = several();
      world.answers(registers(world), 503, [`Retry-After: ${value}`]);
      world.answers(world.sentOne(), 200);
      world.pass(119_900);
      world.sent();
      expect(registers(world, { callId: 'two' }).flow.address).toBe(B);
      world.pass(200);
      world.sent();
      expect(registers(world, { callId: 'three' }).flow.address).toBe(A);
    },
  );

  it('goes back to the phone where all answer so', () => {
    const world = several();
    world.answers(registers(world), 503);
    world.answers(world.sentOne(), 503);
    expect(answers(world)).toEqual([503]);
  });

  it.each([401, 403, 404, 486, 500, 504, 603])('is the only answer that does: %i goes back', (status) => {
    const world = several();
    world.answers(registers(world), status);
    expect(answers(world)).toEqual([status]);
  });
});

describe('a call', () => {
  it('goes to the next machine where the first is silent, and is cancelled at the first if that wakes up (§9.1)', () => {
    const world = several();
    const first = invites(world);
    world.pass(3_020);
    const second = world.sent().at(-1) as Sent;
    expect([first.flow.address, second.flow.address]).toEqual([A, B]);
    world.pass(2_000);
    // Only the second is repeated from now on.
    expect(new Set(world.sent().map(({ flow }) => flow.address))).toEqual(new Set([B]));
    world.answers(first, 100);
    const cancel = onlyTo(world, 'CANCEL');
    expect([cancel.flow.address, branchOf(cancel)]).toEqual([A, branchOf(first)]);
    world.answers(cancel, 200);
    world.answers(first, 487);
    expect(onlyTo(world, 'ACK').flow.address).toBe(A);
    world.answers(second, 200, ['Contact: <sip:bob@198.51.100.2>']);
    expect(answers(world)).toEqual([200]);
  });

  it('that the first answers after all is the first’s, and is cancelled at the second', () => {
    const world = several();
    const first = invites(world);
    world.pass(3_020);
    const second = world.sent().at(-1) as Sent;
    world.answers(second, 180);
    world.sent();
    world.answers(first, 200, ['Contact: <sip:bob@198.51.100.1>']);
    const sent = world.sent();
    expect(sent.filter(({ message }) => message.status === 200)).toHaveLength(1);
    const cancels = sent.filter(({ message }) => message.method === 'CANCEL' && message.isRequest);
    expect(cancels.map(({ flow }) => flow.address)).toEqual([B]);
  });

  it('that is cancelled while one machine is silent goes to no other', () => {
    const world = several();
    invites(world);
    world.request(alice, {
      method: 'CANCEL',
      uri: 'sip:bob@pbx.test',
      from: 'sip:alice@pbx.test',
      callId: 'call',
      branch: 'z9hG4bKcall',
    });
    world.pass(6_000);
    expect(world.sent().filter(({ flow }) => flow.address === B)).toEqual([]);
  });

  it('has the ACK of a 503 go to whom it came from (§17.1.1.3)', () => {
    const world = several();
    const first = invites(world);
    world.answers(first, 503);
    const sent = world.sent();
    const ack = sent.find(({ message }) => message.method === 'ACK' && message.isRequest);
    expect([ack?.flow.address, ack?.message.topVia()?.branch]).toEqual([A, branchOf(first)]);
    expect(sent.find(({ message }) => message.method === 'INVITE' && message.isRequest)?.flow.address).toBe(
      B,
    );
  });
});
