import { describe, expect, it } from 'vitest';
import type { Flow } from '../../../sidecar/wire/flow.ts';
import { Header } from '../../../sidecar/wire/header.ts';
import { forwarded } from '../../support/dialog.ts';
import { PBX, phone, type Sent, World } from '../../support/world.ts';

const THIEF = phone(6666, '192.0.2.66');
const CREDENTIALS = 'Authorization: Digest username="u1", realm="r", nonce="n", response="0"';
const CHALLENGE = 'WWW-Authenticate: Digest realm="r", nonce="n"';

const tries = (world: World, flow: Flow, user = 'u1', method = 'REGISTER'): Sent[] => {
  world.request(flow, {
    method,
    from: `sip:${user}@pbx.test`,
    headers: [CREDENTIALS, `Contact: <sip:${user}@${flow.address}:${flow.port}>`, 'Expires: 60'],
  });
  return world.sent();
};

/** Tries so often as the PBX has refused it; what came of the last is returned. */
function guesses(world: World, flow: Flow, times: number, status: number, challenge = CHALLENGE): void {
  for (let i = 0; i < times; i++) {
    const [up] = tries(world, flow).filter(({ flow: { address } }) => address === PBX.address);
    if (up === undefined) throw new Error(`try ${i} did not reach the PBX`);
    world.answers(up, status, [challenge]);
    world.sent();
  }
}

const limits = (spec: string): World => new World(`  security: {failureLimit: {${spec}}}`);

describe('who guesses a password', () => {
  it.each([401, 403, 404, 407])('is not heard any more after too many answers of %i', (status) => {
    const world = new World();
    guesses(world, THIEF, 11, status);
    const [answer, ...more] = tries(world, THIEF);
    expect([answer?.message.status, more]).toEqual([403, []]);
    expect(answer?.message.value(Header.RetryAfter)).toBe('60');
    expect(world.notes.at(-1)).toMatchObject({ event: 'guess refused', aor: 'sip:u1@pbx.test' });
  });

  it('is heard again after the time that it was told', () => {
    const world = new World();
    guesses(world, THIEF, 11, 401);
    tries(world, THIEF);
    world.pass(60_000);
    expect(tries(world, THIEF)[0]?.flow.address).toBe(PBX.address);
  });

  it('is held back by any method', () => {
    const world = new World();
    guesses(world, THIEF, 11, 401);
    for (const method of ['INVITE', 'MESSAGE', 'SUBSCRIBE', 'BYE'])
      expect(tries(world, THIEF, 'u1', method).at(-1)?.message.status).toBe(403);
  });

  it('does not lock out the phone that is registered, nor that user where it comes from elsewhere', () => {
    const world = new World();
    world.register('u1', phone());
    guesses(world, THIEF, 11, 401);
    expect(tries(world, THIEF)[0]?.message.status).toBe(403);
    for (const flow of [phone(), phone(5062, '192.0.2.77')])
      expect(tries(world, flow)[0]?.flow.address).toBe(PBX.address);
  });

  it('is not let through for being registered as somebody else', () => {
    const world = new World();
    world.register('mallory', THIEF);
    guesses(world, THIEF, 11, 401);
    expect(tries(world, THIEF)[0]?.message.status).toBe(403);
    expect(tries(world, THIEF, 'mallory')[0]?.flow.address).toBe(PBX.address);
  });

  it('from many sources finds the user closed, which the phone that is registered does not', () => {
    const world = limits('perAorPerMinute: 20');
    world.register('u1', phone());
    for (let i = 0; i < 21; i++) guesses(world, phone(6666, `192.0.2.${100 + i}`), 1, 401);
    expect(tries(world, phone(6666, '192.0.2.99'))[0]?.message.status).toBe(403);
    expect(tries(world, phone())[0]?.flow.address).toBe(PBX.address);
  });
});

describe('who guesses nothing', () => {
  it('is who is challenged for sending no credentials', () => {
    const world = new World();
    for (let i = 0; i < 50; i++) {
      world.request(THIEF, { method: 'REGISTER', headers: ['Contact: <sip:u1@h>', 'Expires: 60'] });
      world.answers(forwarded(world), 401, [CHALLENGE]);
      world.sent();
    }
    expect(tries(world, THIEF)[0]?.flow.address).toBe(PBX.address);
  });

  it('is whose nonce was stale', () => {
    const world = new World();
    guesses(world, THIEF, 50, 401, `${CHALLENGE}, stale=true`);
    expect(tries(world, THIEF)[0]?.flow.address).toBe(PBX.address);
  });

  it('is who calls a number that does not exist', () => {
    const world = new World();
    for (let i = 0; i < 20; i++) {
      const up = tries(world, THIEF, 'u1', 'INVITE').find(({ flow }) => flow.address === PBX.address);
      world.answers(up as Sent, 404);
      world.sent();
    }
    expect(tries(world, THIEF)[0]?.flow.address).toBe(PBX.address);
  });

  it('is the PBX, whatever it is answered', () => {
    const world = new World();
    world.register('u1', phone());
    for (let i = 0; i < 20; i++) {
      world.request(PBX, { method: 'OPTIONS', uri: 'sip:u1@pbx.test', headers: [CREDENTIALS] });
      world.answers(world.sentOne(), 401, [CHALLENGE]);
      world.sent();
    }
    expect(tries(world, phone())[0]?.flow.address).toBe(PBX.address);
  });
});
