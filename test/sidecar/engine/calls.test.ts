import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import {
  callFromPbx,
  callFromPhone,
  forwarded,
  inviteFromPbx,
  inviteFromPhone,
  says,
} from '../../support/dialog.ts';
import { responseText } from '../../support/sip-text.ts';
import { PBX, phone, type Sent, stream, World } from '../../support/world.ts';

const alice = phone(5062);
const bob = phone(5064);
const statuses = (sent: readonly Sent[]): number[] => sent.map(({ message }) => message.status);

describe('a call from a phone', () => {
  it('is told 100 at once, and goes to the PBX with all that the phone wrote', () => {
    const world = new World();
    world.request(alice, inviteFromPhone({ body: 'v=0' }));
    const [trying, up] = world.sent() as [Sent, Sent];
    expect(trying.message.status).toBe(100);
    expect(trying.message.to()?.params).toBe('');
    expect(up.flow).toMatchObject({ address: '198.51.100.1', port: 5070, transport: 'UDP' });
    expect(up.message.requestUri).toBe('sip:bob@pbx.test');
    expect(up.message.value(Header.Contact)).toBe('<sip:alice@192.0.2.7:5062>');
    expect(up.message.body).toBe('v=0');
  });

  it('is recorded twice where the two sides know us by other names, the PBX’s on top (RFC 5658)', () => {
    const world = new World();
    world.request(alice, inviteFromPhone());
    const [near, far, ...more] = forwarded(world).message.values(Header.RecordRoute);
    expect(near).toMatch(/^<sip:f[0-9a-f]+@203\.0\.113\.5:5060;lr>$/);
    expect(far).toMatch(/^<sip:f[0-9a-f]+@sip\.example\.com:5060;lr>$/);
    expect(more).toEqual([]);
  });

  it('is recorded with each side’s transport', () => {
    const world = new World();
    world.request(stream(4), inviteFromPhone());
    const [near, far] = forwarded(world).message.values(Header.RecordRoute);
    expect(near).toMatch(/@203\.0\.113\.5:5060;lr>$/);
    expect(far).toMatch(/@sip\.example\.com:5060;transport=tcp;lr>$/);
  });

  it('is answered by the PBX: each provisional answer but 100 passes at once, with the caller’s Via alone', () => {
    const world = new World().makeKnown(alice);
    world.request(alice, inviteFromPhone());
    const up = forwarded(world);
    for (const status of [100, 180, 183, 199]) world.answers(up, status);
    const sent = world.sent();
    expect(statuses(sent)).toEqual([180, 183, 199]);
    for (const { flow, message } of sent) {
      expect(flow).toEqual(alice);
      expect(message.values(Header.Via)).toHaveLength(1);
    }
  });

  it('passes a 401 back as the PBX wrote it, and the ACK of it ends here', () => {
    const world = new World();
    world.request(alice, inviteFromPhone({ branch: 'z9hG4bKcall' }));
    const up = forwarded(world);
    world.answers(up, 401, ['WWW-Authenticate: Digest realm="pbx.test", nonce="n"']);
    const [ack, refusal] = world.sent() as [Sent, Sent];
    expect(ack.message.method).toBe('ACK');
    expect(ack.flow).toEqual(up.flow);
    expect(ack.message.topVia()?.branch).toBe(up.message.topVia()?.branch);
    expect(ack.message.to()?.params).toBe(';tag=peer');
    expect(refusal.message.value(Header.WwwAuthenticate)).toContain('nonce="n"');
    world.request(alice, inviteFromPhone({ method: 'ACK', branch: 'z9hG4bKcall' }));
    expect(world.sent()).toEqual([]);
  });

  it('leaves a 2xx’s Record-Route as it is, so that the caller’s route set leads through here', () => {
    const world = new World();
    const { phone: end, pbx } = callFromPhone(world);
    expect([...end.routes].reverse()).toEqual(pbx.routes);
  });

  it('passes the ACK of a 2xx to the PBX’s Contact, each time that it is repeated', () => {
    const world = new World();
    const { phone: end } = callFromPhone(world);
    for (const branch of ['z9hG4bKack', 'z9hG4bKack']) {
      says(world, end, 'ACK', { branch, cseq: 1 });
      const { flow, message } = world.sentOne();
      expect(flow).toMatchObject({ address: '198.51.100.1', port: 5070 });
      expect(message.requestUri).toBe('sip:bob@198.51.100.1:5070');
      expect(message.has(Header.Route)).toBe(false);
      expect(message.topVia()?.branch).not.toBe(branch);
    }
  });

  it('passes the ACK of a 2xx also when a phone sends it with the INVITE’s branch', () => {
    const world = new World();
    world.request(alice, inviteFromPhone({ branch: 'z9hG4bKold' }));
    world.answers(forwarded(world), 200);
    world.sent();
    world.request(alice, inviteFromPhone({ method: 'ACK', branch: 'z9hG4bKold' }));
    expect(world.sentOne().message.method).toBe('ACK');
  });

  it('passes each repetition of a 2xx until timers L and M end', () => {
    const world = new World().makeKnown(alice);
    world.request(alice, inviteFromPhone());
    const up = forwarded(world);
    for (const wait of [500, 1_000, 2_000, 4_000]) {
      world.answers(up, 200);
      expect(world.sentOne().message.status).toBe(200);
      world.pass(wait);
    }
    world.pass(32_000);
    world.answers(up, 200);
    expect(world.sent()).toEqual([]);
    expect(world.engine.transactions(world.now)).toEqual({ server: 0, client: 0 });
  });

  it('absorbs a repeated INVITE and says again what was said last', () => {
    const world = new World();
    const invite = inviteFromPhone({ branch: 'z9hG4bKsame' });
    world.request(alice, invite);
    const up = forwarded(world);
    world.request(alice, invite);
    expect(statuses([world.sentOne()])).toEqual([100]);
    world.answers(up, 183);
    world.sent();
    world.request(alice, invite);
    expect(statuses([world.sentOne()])).toEqual([183]);
  });

  it('passes several early dialogs and several 2xx of a PBX that forks, each with its own To tag', () => {
    const world = new World().makeKnown(alice);
    world.request(alice, inviteFromPhone());
    const up = forwarded(world);
    const answers = [
      [183, 'one'],
      [183, 'two'],
      [200, 'one'],
      [200, 'two'],
    ] as const;
    for (const [status, tag] of answers)
      world.receives(up.flow, responseText(up.message, status).replace('tag=peer', `tag=${tag}`));
    const passed = world.sent().map(({ message }) => [message.status, message.to()?.params.slice(5)]);
    expect(passed).toEqual(answers);
  });
});

describe('a call from the PBX', () => {
  it('reaches the phone by the contact that the PBX was shown, on the flow it registered over', () => {
    const world = new World();
    const shown = world.register('bob', bob, { contact: '<sip:bob@10.0.0.9:5060;ob>' });
    world.request(PBX, inviteFromPbx(shown));
    const [trying, down] = world.sent() as [Sent, Sent];
    expect(trying.message.status).toBe(100);
    expect(trying.flow).toEqual(PBX);
    expect(down.flow).toEqual(bob);
    expect(down.message.requestUri).toBe('sip:bob@10.0.0.9:5060;ob');
    expect(down.message.values(Header.RecordRoute)[0]).toMatch(/@sip\.example\.com:5060;lr>$/);
    expect(down.message.values(Header.Via)[0]).toMatch(/^SIP\/2\.0\/UDP sip\.example\.com:5060;/);
  });

  it('takes what a Contact may hold but no Request-URI away (§16.6 step 2)', () => {
    const world = new World();
    const contact = '<sip:bob@192.0.2.7:5064;method=INVITE;ob?Subject=x>';
    world.request(PBX, inviteFromPbx(world.register('bob', bob, { contact })));
    expect(forwarded(world).message.requestUri).toBe('sip:bob@192.0.2.7:5064;ob');
  });

  it('follows the newest flow of a phone that has registered anew', () => {
    const world = new World();
    const contact = '<sip:bob@192.0.2.7:5064;transport=tcp>';
    const shown = world.register('bob', stream(1), { contact, callId: 'b' });
    expect(world.register('bob', stream(2), { contact, callId: 'b', cseq: 2 })).toBe(shown);
    world.request(PBX, inviteFromPbx(shown));
    expect(forwarded(world).flow.connection).toBe(2);
  });

  it('rings and is answered, and the PBX’s ACK reaches the phone on its flow', () => {
    const world = new World();
    const { pbx } = callFromPbx(world, world.register('bob', bob), bob);
    says(world, pbx, 'ACK', { cseq: 1 });
    const { flow, message } = world.sentOne();
    expect(flow).toEqual(bob);
    expect(message.requestUri).toBe('sip:bob@192.0.2.7:5064');
    expect(message.has(Header.Route)).toBe(false);
  });

  it('is answered 404 for a contact whose time is up', () => {
    const world = new World();
    const shown = world.register('bob', bob, { grant: 60 });
    world.pass(61_000);
    world.request(PBX, inviteFromPbx(shown));
    expect(statuses(world.sent())).toEqual([100, 404]);
  });

  it('is answered 430 for a phone whose connection has closed, and the contact is dropped (RFC 5626 §5.3)', () => {
    const world = new World();
    const shown = world.register('bob', stream(7));
    world.closes(stream(7));
    world.request(PBX, inviteFromPbx(shown));
    expect(statuses(world.sent())).toEqual([100, 430]);
    expect(world.location.find('bob@pbx.test')).toEqual([]);
  });

  it('is answered 430 when the connection turns out to be gone as the INVITE leaves', () => {
    const world = new World();
    const shown = world.register('bob', stream(7));
    world.request(PBX, inviteFromPbx(shown));
    const { flow, ref } = forwarded(world);
    world.give({ kind: 'sendFailed', flow, ref, reason: 'gone' });
    expect(statuses(world.sent())).toEqual([430]);
    expect(world.location.find('bob@pbx.test')).toEqual([]);
  });
});
