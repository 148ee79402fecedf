import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { forwarded, inviteFromPbx } from '../../support/dialog.ts';
import { type Asked, asks, bob, INSTANCE, OUTBOUND } from '../../support/outbound.ts';
import { PBX, phone, stream, World } from '../../support/world.ts';

const VIA = 'Via: SIP/2.0/UDP 192.0.2.200;branch=z9hG4bKfirst';

describe('a phone that asks for outbound (RFC 5626)', () => {
  it('is told that it has it, and how often to be heard (§5.4, §6)', () => {
    const { told } = asks(new World(), { flow: stream(4) });
    expect(told.values(Header.Require)).toEqual(['outbound']);
    expect(told.values(Header.FlowTimer)).toEqual(['120']);
    expect(told.value(Header.Contact)).toBe(`${bob(1)};expires=1800`);
  });

  it('over UDP is to be heard before a NAT forgets it (§4.4.2)', () => {
    expect(asks(new World()).told.value(Header.FlowTimer)).toBe('29');
  });

  it('is to be heard as often as registration.flowTimerSeconds says, and before its stream counts as idle', () => {
    const timer = (spec: string) => asks(new World(spec), { flow: stream(4) }).told.value(Header.FlowTimer);
    expect(timer('  registration: {flowTimerSeconds: 40}')).toBe('40');
    expect(timer('  security: {connectionIdleSeconds: 100}')).toBe('80');
    expect(timer('  registration: {flowTimerSeconds: 0}')).toBeUndefined();
  });

  it('is told another flowTimerSeconds as soon as that is changed', () => {
    const world = new World();
    asks(world, { flow: stream(4) });
    world.changes('  registration: {flowTimerSeconds: 33}');
    expect(asks(world, { flow: stream(5), contact: bob(2) }).told.value(Header.FlowTimer)).toBe('33');
  });

  it('asks the PBX for no such thing where the PBX sees our contact: there we are the registrar of its flows', () => {
    const { up } = asks(new World(), {
      headers: ['Supported: path, outbound', 'k: gruu', 'Require: outbound'],
    });
    expect(up.values(Header.Supported)).toEqual(['path', 'gruu']);
    expect(up.has(Header.Require)).toBe(false);
    expect(up.has(Header.Path)).toBe(false);
  });

  it('has its parameters back where the PBX does not give them', () => {
    const world = new World();
    world.request(phone(), { method: 'REGISTER', headers: [`Contact: ${bob(1)}`, OUTBOUND] });
    const up = forwarded(world);
    const shown = /<[^>]+>/.exec(up.message.value(Header.Contact) ?? '')?.[0];
    world.answers(up, 200, [`Contact: ${shown};expires=60`]);
    expect(world.sentOne().message.value(Header.Contact)).toBe(
      `<sip:bob@192.0.2.7:5062>;expires=60;reg-id=1;${INSTANCE}`,
    );
  });

  it('is not told that it has it where the PBX does not list its contact', () => {
    const { told } = asks(new World(), { reply: [] });
    expect([told.has(Header.Require), told.has(Header.FlowTimer)]).toEqual([false, false]);
  });

  it('may have one flow a REGISTER (§6)', () => {
    const world = new World();
    const headers = [`Contact: ${bob(1)}, ${bob(2)}`, OUTBOUND];
    world.request(phone(), { method: 'REGISTER', headers });
    expect(world.sentOne().message.status).toBe(400);
    world.request(phone(), {
      method: 'REGISTER',
      headers: [`Contact: ${bob(1)}, ${bob(2)};expires=0`, OUTBOUND],
    });
    expect(forwarded(world).message.method).toBe('REGISTER');
  });

  it('behind a first hop that does not name its flow is answered 439 (§6)', () => {
    const world = new World();
    for (const path of [[], ['Path: <sip:edge.test;lr>']]) {
      world.request(phone(), { method: 'REGISTER', headers: [VIA, `Contact: ${bob(1)}`, OUTBOUND, ...path] });
      expect(world.sentOne().message.status).toBe(439);
    }
  });

  it('behind a first hop that does has it; Flow-Timer is that hop’s to tell', () => {
    const headers = [VIA, OUTBOUND, 'Path: <sip:inner.test;lr>, <sip:token@edge.test;lr;ob>'];
    const { told } = asks(new World(), { headers });
    expect(told.value(Header.Require)).toBe('outbound');
    expect(told.has(Header.FlowTimer)).toBe(false);
  });
});

describe('a phone that does not ask for outbound', () => {
  it.each([
    ['has no reg-id', { contact: `<sip:bob@192.0.2.7:5062>;${INSTANCE}` }],
    ['has no instance', { contact: '<sip:bob@192.0.2.7:5062>;reg-id=1' }],
    ['does not support it', { headers: ['Supported: path'] }],
  ])('since it %s is told nothing of it', (_why, asked) => {
    const { told } = asks(new World(), asked);
    expect([told.has(Header.Require), told.has(Header.FlowTimer)]).toEqual([false, false]);
  });

  it('is known by its URI where its first hop names no flow, whatever its reg-id (§6)', () => {
    const world = new World();
    for (const port of [5062, 5064])
      asks(world, { contact: bob(1, port), headers: [VIA, 'Supported: path'] });
    expect(world.location.find('bob@pbx.test').map(({ regId }) => regId)).toEqual([0, 0]);
  });
});

describe('a Path with a flow', () => {
  const PATH = '  registration: {insertion: Path}';

  it('says by ob that we are the first hop, of those alone that have a reg-id (§5.1)', () => {
    const path = (asked: Asked) => asks(new World(PATH), asked).up.value(Header.Path);
    expect(path({})).toMatch(/;lr;ob>$/);
    expect(path({ headers: ['Supported: path'] })).toMatch(/;lr;ob>$/);
    expect(path({ contact: '<sip:bob@192.0.2.7:5062>' })).toMatch(/;lr>$/);
    expect(path({ headers: [VIA, 'Path: <sip:t@edge.test;lr;ob>', OUTBOUND] })).toMatch(/;lr>$/);
  });

  it('leaves it to the PBX whether the phone has outbound, which is told what we want to hear', () => {
    const { up, told } = asks(new World(PATH), { flow: stream(4) });
    expect(up.value(Header.Supported)).toBe('path, outbound, gruu');
    expect(told.has(Header.Require)).toBe(false);
    const contact = `Contact: ${bob(1)};expires=1800`;
    const kept = asks(new World(PATH), {
      flow: stream(4),
      reply: [contact, 'Require: outbound', 'Flow-Timer: 5'],
    });
    expect(kept.told.values(Header.Require)).toEqual(['outbound']);
    expect(kept.told.values(Header.FlowTimer)).toEqual(['120']);
  });

  it('leads a call over that flow, and the dialog’s later requests too, without ob (§5.3.1)', () => {
    const world = new World(PATH);
    const { up } = asks(world, { flow: stream(4) });
    world.receives(stream(4), '\r\n');
    const path = up.value(Header.Path) as string;
    world.request(
      PBX,
      inviteFromPbx('sip:bob@192.0.2.7:5062', { headers: [`Route: ${path}`, 'Contact: <sip:pbx>'] }),
    );
    const { flow, message } = forwarded(world);
    expect(flow).toEqual(stream(4));
    expect(message.has(Header.Route)).toBe(false);
    for (const route of message.values(Header.RecordRoute)) expect(route).not.toContain(';ob');
  });
});
