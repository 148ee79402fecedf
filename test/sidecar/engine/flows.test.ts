import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../sidecar/wire/flow.ts';
import { Header } from '../../../sidecar/wire/header.ts';
import type { SipMessage } from '../../../sidecar/wire/message.ts';
import { forwarded, inviteFromPbx } from '../../support/dialog.ts';
import { PBX, phone, type Sent, stream, World } from '../../support/world.ts';

const INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"';
const bob = (regId: number, port = 5062): string => `<sip:bob@192.0.2.7:${port}>;reg-id=${regId};${INSTANCE}`;
const OUTBOUND = 'Supported: path, outbound, gruu';

interface Asked {
  readonly flow?: Flow;
  readonly contact?: string;
  readonly headers?: readonly string[];
  readonly reply?: readonly string[];
}

/** Bob asks for outbound; how the PBX is asked, and what Bob is told. */
function asks(world: World, asked: Asked = {}): { up: SipMessage; told: SipMessage } {
  const { flow = phone(), contact = bob(1), headers = [OUTBOUND], reply } = asked;
  world.request(flow, {
    method: 'REGISTER',
    from: 'sip:bob@pbx.test',
    callId: `reg-${contact}`,
    headers: [`Contact: ${contact}`, 'Expires: 3600', ...headers],
  });
  const up = forwarded(world);
  world.answers(up, 200, reply ?? [`Contact: ${up.message.value(Header.Contact)};expires=1800`]);
  return { up: up.message, told: world.sentOne().message };
}

/** Bob registers one flow of his phone; the contact that the PBX is shown. */
function register(world: World, regId: number, flow: Flow): string {
  const { up } = asks(world, { flow, contact: bob(regId) });
  return /<([^>]+)>/.exec(up.value(Header.Contact) ?? '')?.[1] ?? '';
}

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

describe('a phone with two flows (§7)', () => {
  const two = (): { world: World; first: string; second: string } => {
    const world = new World();
    const first = register(world, 1, stream(4));
    world.pass(1_000);
    const second = register(world, 2, stream(5));
    return { world, first, second };
  };
  const message = (world: World): void =>
    world.request(PBX, { method: 'MESSAGE', uri: 'sip:bob@pbx.test', sentBy: '198.51.100.1:5070' });
  const flowsOf = (sent: readonly Sent[]): number[] =>
    sent.filter(({ message }) => message.isRequest).map(({ flow }) => flow.connection);

  it('is two contacts to the PBX', () => {
    const { world, first, second } = two();
    expect(first).not.toBe(second);
    expect(world.location.find('bob@pbx.test').map(({ regId }) => regId)).toEqual([1, 2]);
  });

  it('gets one copy of a MESSAGE, over the newer', () => {
    const { world } = two();
    message(world);
    expect(flowsOf(world.sent())).toEqual([5]);
  });

  it('gets it over the other where that one is closed, or closes meanwhile', () => {
    const { world } = two();
    message(world);
    const copy = forwarded(world);
    world.give({ kind: 'sendFailed', ref: copy.ref, flow: copy.flow, reason: 'gone' });
    expect(flowsOf(world.sent())).toEqual([4]);
    const closed = two();
    closed.world.closes(stream(5));
    message(closed.world);
    expect(flowsOf(closed.world.sent())).toEqual([4]);
  });

  it('gets it over the other where it is silent on that one, answers 408 or 430', () => {
    for (const status of [408, 430]) {
      const { world } = two();
      message(world);
      world.answers(forwarded(world), status);
      expect(flowsOf(world.sent())).toEqual([4]);
    }
    const { world } = two();
    message(world);
    world.sent();
    world.pass(17_000);
    const [again] = world.sent().filter(({ message: { isRequest } }) => isRequest);
    expect(again?.flow.connection).toBe(4);
    world.answers(again as Sent, 200);
    expect(world.sentOne().message.status).toBe(200);
  });

  it('is not asked again once it has answered', () => {
    const { world } = two();
    message(world);
    world.answers(forwarded(world), 486);
    const { flow, message: answer } = world.sentOne();
    expect([flow, answer.status]).toEqual([PBX, 486]);
  });

  it('is the last word where neither flow works', () => {
    const { world } = two();
    message(world);
    world.answers(forwarded(world), 430);
    world.answers(forwarded(world), 430);
    const { message: answer } = world.sentOne();
    expect(answer.status).toBe(430);
    expect(world.location.find('bob@pbx.test')).toEqual([]);
  });

  it('is 480 to a phone that writes to it where neither flow works (§11.5)', () => {
    const { world } = two();
    world.register('alice', stream(6));
    world.request(stream(6), { method: 'MESSAGE', uri: 'sip:bob@pbx.test', from: 'sip:alice@pbx.test' });
    world.answers(forwarded(world), 430);
    world.answers(forwarded(world), 430);
    expect(world.sentOne()).toMatchObject({ flow: stream(6), message: { status: 480 } });
  });

  it('is called by the contact that the PBX names, and by the other flow where that one’s has gone', () => {
    const { world, first } = two();
    world.request(PBX, inviteFromPbx(first));
    const down = forwarded(world);
    expect(down.flow).toEqual(stream(4));
    world.give({ kind: 'sendFailed', ref: down.ref, flow: down.flow, reason: 'gone' });
    expect(forwarded(world).flow).toEqual(stream(5));
    const other = two();
    other.world.closes(stream(4));
    other.world.request(PBX, inviteFromPbx(other.first));
    expect(forwarded(other.world).flow).toEqual(stream(5));
  });

  it('is 430 to the PBX where both are closed', () => {
    const { world, first } = two();
    for (const connection of [4, 5]) world.closes(stream(connection));
    world.request(PBX, inviteFromPbx(first));
    expect(world.sent().at(-1)?.message.status).toBe(430);
  });

  it('rings once, although it has rung for as long as it may', () => {
    const { world, first } = two();
    world.request(PBX, inviteFromPbx(first));
    world.answers(forwarded(world), 180);
    world.pass(240_000);
    expect(flowsOf(world.sent().filter(({ message: { method } }) => method === 'INVITE'))).toEqual([]);
  });
});

it('contacts of one instance without a reg-id get one copy too, the newest', () => {
  const world = new World();
  const contact = (port: number): string => `<sip:bob@192.0.2.7:${port}>;${INSTANCE}`;
  world.register('bob', phone(5062), { contact: contact(5062) });
  world.pass(1_000);
  world.register('bob', phone(5064), { contact: contact(5064) });
  world.request(PBX, { method: 'MESSAGE', uri: 'sip:bob@pbx.test', sentBy: '198.51.100.1:5070' });
  expect(forwarded(world).flow.port).toBe(5064);
});

it('the dead flow of a dialog is 430 to the PBX, 480 to a phone (§11.5)', () => {
  const world = new World();
  world.register('alice', stream(4));
  world.register('bob', stream(5));
  world.request(stream(4), { method: 'INVITE', uri: 'sip:bob@pbx.test', from: 'sip:alice@pbx.test' });
  const alice = forwarded(world).message.values(Header.RecordRoute);
  world.closes(stream(4));
  world.sent();
  const bye = { method: 'BYE', uri: 'sip:alice@192.0.2.7', headers: alice.map((route) => `Route: ${route}`) };
  world.request(PBX, { ...bye, sentBy: '198.51.100.1:5070' });
  expect(world.sentOne().message.status).toBe(430);
  world.request(stream(5), { method: 'INVITE', uri: 'sip:alice@pbx.test', from: 'sip:bob@pbx.test' });
  const own = forwarded(world).message.values(Header.RecordRoute);
  world.request(stream(5), {
    ...bye,
    to: '<sip:alice@pbx.test>;tag=x',
    headers: [...own, ...alice].map((route) => `Route: ${route}`),
  });
  expect(world.sent().at(-1)?.message.status).toBe(480);
});
