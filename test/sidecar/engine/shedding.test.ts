import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { callFromPhone, inviteFromPhone, says } from '../../support/dialog.ts';
import { requestText } from '../../support/sip-text.ts';
import { PBX, phone, type Sent, stream, World } from '../../support/world.ts';

const STRANGER = phone(5099, '192.0.2.99');
const REGISTER = { method: 'REGISTER', headers: ['Contact: <sip:u1@192.0.2.7>', 'Expires: 60'] };

/** What comes has to wait, until that level is reached. */
function overload(world: World, level: number): World {
  const { overload: load } = world.guard;
  for (let i = 0; load.level < level && i < 100; i++) {
    world.now += 100;
    load.observe(1000, world.now);
  }
  expect(load.level).toBe(level);
  return world;
}

const told = (world: World): (string | number)[] =>
  world.sent().map(({ message }) => (message.isRequest ? message.method : message.status));
const statuses = (world: World): number[] =>
  world.sent().flatMap(({ message }) => (message.isRequest ? [] : [message.status]));

describe('a proxy that has too much to do', () => {
  it('answers an unknown caller 503 with Retry-After and keeps nothing of it', () => {
    const world = overload(new World(), 1);
    world.request(STRANGER, inviteFromPhone());
    const { message, flow } = world.sentOne();
    expect([message.status, flow]).toEqual([503, STRANGER]);
    expect(Number(message.value(Header.RetryAfter))).toBeGreaterThanOrEqual(5);
    expect(message.to()?.params).toMatch(/;tag=\w+/);
    expect(world.engine.transactions(world.now)).toMatchObject({ server: 0, client: 0 });
  });

  it('answers a repetition of what it has refused the same, for it has forgotten it (§8.2.7)', () => {
    const world = overload(new World(), 1);
    const text = requestText(inviteFromPhone());
    world.receives(STRANGER, text);
    world.receives(STRANGER, text);
    const [first, second] = world.sent();
    expect(second?.message.text).toBe(first?.message.text);
  });

  it('asks them to come back at different times', () => {
    const world = overload(new World(), 1);
    const waits = new Set<string | undefined>();
    for (let i = 0; i < 50; i++) {
      world.request(phone(5000 + i, `192.0.2.${i}`), inviteFromPhone());
      waits.add(world.sentOne().message.value(Header.RetryAfter));
    }
    expect(waits.size).toBeGreaterThan(10);
  });

  it('goes on to serve what is under way, refreshes and the PBX, whatever there is to do', () => {
    const world = new World();
    const shown = world.register('bob', phone());
    const { phone: end } = callFromPhone(world);
    overload(world, 3);
    world.request(phone(), { ...REGISTER, from: 'sip:bob@pbx.test' });
    says(world, end, 'BYE');
    world.request(PBX, { method: 'INVITE', uri: shown });
    expect(told(world)).toEqual(['REGISTER', 'BYE', 100, 'INVITE']);
    expect(world.engine.counters.events.get('shed')).toBeUndefined();
  });

  it('refuses REGISTERs of unknown senders only when it has not helped to refuse the rest, on any transport', () => {
    for (const flow of [STRANGER, stream(4)]) {
      const world = overload(new World(), 1);
      world.request(flow, REGISTER);
      expect(world.sentOne().flow).toEqual(PBX);
      overload(world, 2);
      world.request(flow, REGISTER);
      expect(statuses(world)).toEqual([503]);
    }
  });

  it('refuses new calls of registered phones last', () => {
    const world = new World();
    world.register('u1', phone());
    overload(world, 2);
    world.request(phone(), inviteFromPhone());
    expect(told(world)).toEqual([100, 'INVITE']);
    overload(world, 3);
    world.request(phone(), inviteFromPhone());
    expect(statuses(world)).toEqual([503]);
  });

  it('refuses in silence beyond what refusing may cost', () => {
    const world = overload(new World(), 1);
    for (let i = 0; i < 3000; i++) {
      const text = requestText(inviteFromPhone());
      world.receives(phone(1000 + i, `198.18.${i >> 8}.${i & 255}`), text);
    }
    expect(world.sent()).toHaveLength(1000);
    expect(world.engine.counters.drops.get('shed')).toBe(2000);
  });

  it('lets only so many unknown senders wait for a PBX that is slow, and all as soon as it answers', () => {
    const world = new World();
    world.register('u1', phone());
    const asks = (i: number): void =>
      world.request(phone(1000 + i, `198.18.${i >> 8}.${i & 255}`), {
        ...REGISTER,
        from: `sip:u${i}@pbx.test`,
      });
    for (let i = 10; i < 1010; i++) asks(i);
    const waiting = world.sent();
    expect(waiting).toHaveLength(1000);
    asks(1010);
    expect(statuses(world)).toEqual([503]);
    world.request(phone(), REGISTER);
    expect(world.sentOne().flow).toEqual(PBX);
    world.answers(waiting[0] as Sent, 401);
    world.sent();
    asks(1011);
    expect(world.sentOne().flow).toEqual(PBX);
  });
});
