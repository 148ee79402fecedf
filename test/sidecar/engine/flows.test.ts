import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { forwarded, inviteFromPbx } from '../../support/dialog.ts';
import { INSTANCE, register } from '../../support/outbound.ts';
import { PBX, phone, type Sent, stream, World } from '../../support/world.ts';

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

  it('rings once where the PBX forks to both its contacts: the other fork has the same answer', () => {
    const { world, first, second } = two();
    const fork = (uri: string) => inviteFromPbx(uri, { callId: 'forked', fromTag: 'pbx' });
    world.request(PBX, fork(first));
    const down = forwarded(world);
    world.request(PBX, fork(second));
    expect(world.sent().map(({ message: { status } }) => status)).toEqual([100]);
    world.answers(down, 180);
    expect(world.sent().map(({ message: { status } }) => status)).toEqual([180]);
    world.answers(down, 486);
    const answers = world.sent().filter(({ message }) => message.status === 486);
    expect(answers.map(({ flow }) => flow)).toEqual([PBX, PBX]);
    expect(new Set(answers.map(({ message }) => message.topVia()?.branch)).size).toBe(2);
  });

  it('is up once where the PBX forks to both its contacts: the other fork is over', () => {
    const { world, first, second } = two();
    const fork = (uri: string) => inviteFromPbx(uri, { callId: 'forked', fromTag: 'pbx' });
    world.request(PBX, fork(first));
    const down = forwarded(world);
    world.request(PBX, fork(second));
    world.sent();
    world.answers(down, 200, ['Contact: <sip:bob@192.0.2.7>']);
    expect(world.sent().map(({ message: { status } }) => status)).toEqual([200, 487]);
    expect(world.engine.held.joinable).toBe(0);
  });

  it('is called again by another call, and by the same once that was refused', () => {
    const { world, first, second } = two();
    for (const callId of ['one', 'two']) {
      world.request(PBX, inviteFromPbx(first, { callId, fromTag: 'pbx' }));
      world.answers(forwarded(world), 486);
      world.sent();
    }
    world.request(PBX, inviteFromPbx(second, { callId: 'two', fromTag: 'pbx' }));
    expect(forwarded(world).flow).toEqual(stream(5));
  });

  it('that waits for another fork’s answer may be cancelled by itself', () => {
    const { world, first, second } = two();
    const fork = (uri: string, branch: string) => ({
      ...inviteFromPbx(uri, { callId: 'forked', fromTag: 'pbx' }),
      branch,
    });
    world.request(PBX, fork(first, 'z9hG4bKone'));
    const down = forwarded(world);
    world.request(PBX, fork(second, 'z9hG4bKtwo'));
    world.sent();
    world.request(PBX, { ...fork(second, 'z9hG4bKtwo'), method: 'CANCEL', headers: [] });
    expect(world.sent().map(({ message: { status, method } }) => `${status} ${method}`)).toEqual([
      '200 CANCEL',
      '487 INVITE',
    ]);
    world.answers(down, 200, ['Contact: <sip:bob@192.0.2.7>']);
    expect(world.sent().map(({ message: { status } }) => status)).toEqual([200]);
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

it('a call from the PBX to a GRUU rings that instance alone (RFC 5627 §5.1)', () => {
  const world = new World();
  register(world, 1, stream(4));
  world.register('bob', stream(5), { contact: '<sip:bob@192.0.2.8>;+sip.instance="<urn:uuid:2>"' });
  world.request(PBX, inviteFromPbx('sip:bob@pbx.test;gr=urn:uuid:2'));
  expect(forwarded(world).flow).toEqual(stream(5));
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
