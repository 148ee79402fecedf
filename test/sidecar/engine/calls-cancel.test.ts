import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { callFromPhone, forwarded, inviteFromPbx, inviteFromPhone } from '../../support/dialog.ts';
import { PBX, phone, type Sent, World } from '../../support/world.ts';

const alice = phone(5062);
const invite = inviteFromPhone({ branch: 'z9hG4bKcall' });
const cancel = inviteFromPhone({ method: 'CANCEL', branch: 'z9hG4bKcall' });
const told = (sent: readonly Sent[]): (string | number)[] =>
  sent.map(({ message }) => (message.isRequest ? message.method : message.status));

/** A call from the PBX to an AoR with two phones; both have been sent the INVITE. */
function ringBoth(world: World): [Sent, Sent] {
  world.register('bob', phone(5064), { callId: 'one' });
  world.register('bob', phone(5066), { callId: 'two' });
  world.request(PBX, inviteFromPbx('sip:bob@pbx.test', { branch: 'z9hG4bKpbx' }));
  const [, one, two] = world.sent();
  return [one as Sent, two as Sent];
}

describe('a CANCEL', () => {
  it('is answered 200 here, and one of ours follows the INVITE once that has had a provisional answer (§9.1)', () => {
    const world = new World();
    world.request(alice, invite);
    const up = forwarded(world);
    world.answers(up, 180);
    world.sent();
    world.request(alice, cancel);
    const [ok, ours] = world.sent() as [Sent, Sent];
    expect(ok.message.status).toBe(200);
    expect(ours.message.method).toBe('CANCEL');
    expect(ours.flow).toEqual(up.flow);
    expect(ours.message.requestUri).toBe(up.message.requestUri);
    expect(ours.message.topVia()).toEqual(up.message.topVia());
    expect(ours.message.values(Header.Via)).toHaveLength(1);
    expect(ours.message.cseq()).toEqual({ number: 1, method: 'CANCEL' });
    expect(ours.message.value(Header.To)).toBe(up.message.value(Header.To));
  });

  it('waits while the INVITE has had no answer at all', () => {
    const world = new World();
    world.request(alice, invite);
    const up = forwarded(world);
    world.request(alice, cancel);
    expect(told(world.sent())).toEqual([200]);
    world.answers(up, 100);
    expect(told(world.sent())).toEqual(['CANCEL']);
    world.answers(up, 180);
    expect(told(world.sent())).toEqual([180]);
  });

  it('ends the call by the PBX’s 487, which the proxy acknowledges', () => {
    const world = new World();
    world.request(alice, invite);
    const up = forwarded(world);
    world.answers(up, 180);
    world.request(alice, cancel);
    world.sent();
    world.answers(up, 487);
    expect(told(world.sent())).toEqual(['ACK', 487]);
  });

  it('does not undo a 2xx that crosses it', () => {
    const world = new World();
    world.request(alice, invite);
    const up = forwarded(world);
    world.answers(up, 180);
    world.request(alice, cancel);
    world.sent();
    world.answers(up, 200);
    expect(told(world.sent())).toEqual([200]);
  });

  it('that comes after the answer is answered 200 and changes nothing', () => {
    const world = new World();
    callFromPhone(world);
    world.request(alice, invite);
    world.answers(forwarded(world), 486);
    world.sent();
    world.request(alice, cancel);
    expect(told(world.sent())).toEqual([200]);
  });

  it('for nothing is answered 481', () => {
    const world = new World();
    world.request(alice, cancel);
    expect(told(world.sent())).toEqual([481]);
  });

  it('that is repeated is absorbed', () => {
    const world = new World();
    world.request(alice, invite);
    world.answers(forwarded(world), 180);
    world.request(alice, cancel);
    world.sent();
    world.request(alice, cancel);
    expect(told(world.sent())).toEqual([200]);
  });

  it('of the PBX goes to each phone that rings, with the Reason that it gives (RFC 3326)', () => {
    const world = new World();
    const [one, two] = ringBoth(world);
    world.answers(one, 180);
    world.answers(two, 180);
    world.sent();
    const reason = 'SIP;cause=200;text="Call completed elsewhere"';
    const headers = [`Reason: ${reason}`];
    world.request(
      PBX,
      inviteFromPbx('sip:bob@pbx.test', { method: 'CANCEL', branch: 'z9hG4bKpbx', headers }),
    );
    const [ok, ...ours] = world.sent() as [Sent, Sent, Sent];
    expect(ok.message.status).toBe(200);
    expect(
      ours.map(({ flow, message }) => [flow.port, message.method, message.value(Header.Reason)]),
    ).toEqual([
      [5064, 'CANCEL', reason],
      [5066, 'CANCEL', reason],
    ]);
    world.answers(one, 487);
    world.answers(two, 487);
    expect(told(world.sent())).toEqual(['ACK', 'ACK', 487]);
  });

  it('keeps a phone of lower q from being tried', () => {
    const world = new World();
    world.register('bob', phone(5064), { contact: '<sip:bob@192.0.2.7:5064>;q=1', callId: 'one' });
    world.register('bob', phone(5066), { contact: '<sip:bob@192.0.2.7:5066>;q=0.1', callId: 'two' });
    world.request(PBX, inviteFromPbx('sip:bob@pbx.test', { branch: 'z9hG4bKpbx' }));
    const one = forwarded(world);
    world.answers(one, 180);
    world.request(PBX, inviteFromPbx('sip:bob@pbx.test', { method: 'CANCEL', branch: 'z9hG4bKpbx' }));
    world.sent();
    world.answers(one, 487);
    expect(told(world.sent())).toEqual(['ACK', 487]);
  });

  it('that comes while the phone is being looked up ends the call with 487, and no phone rings afterwards', () => {
    const world = new World();
    const shown = world.register('bob', phone(5064));
    for (const uri of [shown, 'sip:bob@pbx.test']) {
      world.holdFinds = true;
      world.request(PBX, inviteFromPbx(uri, { branch: `z9hG4bK${uri.length}` }));
      world.request(PBX, inviteFromPbx(uri, { method: 'CANCEL', branch: `z9hG4bK${uri.length}` }));
      expect(told(world.sent())).toEqual([100, 200, 487]);
      world.findNow();
      expect(world.sent()).toEqual([]);
    }
  });

  it('that nobody answers leaves the INVITE its own 64*T1, and then the caller is told', () => {
    const world = new World();
    world.request(alice, invite);
    world.answers(forwarded(world), 180);
    world.request(alice, cancel);
    world.sent();
    world.pass(32_100);
    expect(told(world.sent()).filter((what) => what !== 'CANCEL')).toEqual([408]);
    world.pass(70_000);
    expect(world.engine.transactions(world.now)).toEqual({ server: 0, client: 0 });
  });
});
