import { describe, expect, it } from 'vitest';
import type { PbxEvent } from '../../demo/pbx.ts';
import { startedPbx, startedPhone } from './fixture.ts';

describe('a phone that registers at the demo PBX', () => {
  it('is accepted after it has answered the challenge', async () => {
    const pbx = await startedPbx();
    const phone = await startedPhone(pbx, 'alice');
    expect(await phone.register()).toMatchObject({ code: 200 });
    expect(pbx.bindings()).toEqual([{ user: 'alice', contact: phone.contact, expiresInSeconds: 120 }]);
  });

  it('is granted the expiry of the PBX, not the one it asked for', async () => {
    const phone = await startedPhone(await startedPbx({ grantedExpiresSeconds: 90 }), 'alice');
    expect(await phone.register()).toMatchObject({ code: 200, grantedSeconds: 90 });
  });

  it('is granted what it asks for when that is shorter', async () => {
    const phone = await startedPhone(await startedPbx(), 'alice');
    expect(await phone.register({ expiresSeconds: 30 })).toMatchObject({ code: 200, grantedSeconds: 30 });
  });

  it('is refused with a wrong password and leaves no binding', async () => {
    const pbx = await startedPbx();
    const phone = await startedPhone(pbx, 'alice');
    const refusal = await phone.register({ password: 'wrong' });
    expect(refusal).toMatchObject({ code: 403, reason: 'Wrong user or password', grantedSeconds: 0 });
    expect(pbx.bindings()).toEqual([]);
  });

  it('is told the same for an unknown user as for a wrong password', async () => {
    const phone = await startedPhone(await startedPbx(), 'mallory');
    expect(await phone.register()).toMatchObject({ code: 403, reason: 'Wrong user or password' });
  });

  it('keeps what it had when a refresh is refused', async () => {
    const pbx = await startedPbx();
    const phone = await startedPhone(pbx, 'alice');
    await phone.register();
    expect(await phone.register({ password: 'wrong' })).toMatchObject({ code: 403 });
    expect(pbx.bindings('alice')).toHaveLength(1);
  });

  it('stays one contact when it refreshes', async () => {
    const phone = await startedPhone(await startedPbx(), 'alice');
    await phone.register();
    expect((await phone.register()).contacts).toHaveLength(1);
  });

  it('is shown every contact of its user', async () => {
    const pbx = await startedPbx();
    const [desk, mobile] = [await startedPhone(pbx, 'alice'), await startedPhone(pbx, 'alice')];
    await desk.register({ expiresSeconds: 60 });
    expect((await mobile.register()).contacts).toEqual([
      { uri: desk.contact, expiresInSeconds: 60 },
      { uri: mobile.contact, expiresInSeconds: 120 },
    ]);
  });

  it('is refused with a reason when its user has as many contacts as the PBX allows', async () => {
    const pbx = await startedPbx({ maxContactsPerUser: 1 });
    const [desk, mobile] = [await startedPhone(pbx, 'alice'), await startedPhone(pbx, 'alice')];
    await desk.register();
    const refusal = await mobile.register();
    expect(refusal).toMatchObject({ code: 403, reason: 'Contact limit reached (1 per user)' });
    expect(pbx.bindings('alice').map(({ contact }) => contact)).toEqual([desk.contact]);
    expect(await desk.register()).toMatchObject({ code: 200 });
  });

  it('can ask what is registered without registering', async () => {
    const pbx = await startedPbx();
    const [desk, mobile] = [await startedPhone(pbx, 'alice'), await startedPhone(pbx, 'alice')];
    expect(await mobile.register({ query: true })).toMatchObject({ code: 200, contacts: [] });
    await desk.register();
    expect((await mobile.register({ query: true })).contacts.map(({ uri }) => uri)).toEqual([desk.contact]);
  });

  it('removes only itself with expires=0', async () => {
    const pbx = await startedPbx();
    const [desk, mobile] = [await startedPhone(pbx, 'alice'), await startedPhone(pbx, 'alice')];
    await desk.register();
    await mobile.register();
    expect((await desk.unregister()).contacts.map(({ uri }) => uri)).toEqual([mobile.contact]);
  });

  it('removes every contact of its user with Contact: *', async () => {
    const pbx = await startedPbx();
    const [desk, mobile] = [await startedPhone(pbx, 'alice'), await startedPhone(pbx, 'alice')];
    await desk.register();
    await mobile.register();
    expect(await desk.register({ removeAll: true })).toMatchObject({ code: 200, contacts: [] });
    expect(pbx.bindings()).toEqual([]);
  });

  it('vanishes when its time is over', async () => {
    let now = Date.parse('2030-01-01T00:00:00Z');
    const pbx = await startedPbx({ now: () => now });
    await (await startedPhone(pbx, 'alice')).register();
    now += 119_000;
    expect(pbx.bindings('alice')).toMatchObject([{ expiresInSeconds: 1 }]);
    now += 1000;
    expect(pbx.bindings('alice')).toEqual([]);
  });

  it('is no longer listed once the administrator has dropped it', async () => {
    const pbx = await startedPbx();
    const events: PbxEvent[] = [];
    const [desk, mobile] = [await startedPhone(pbx, 'alice'), await startedPhone(pbx, 'alice')];
    await desk.register();
    await mobile.register();
    const stop = pbx.onEvent((event) => events.push(event));
    expect(pbx.drop('alice', desk.contact)).toBe(1);
    expect(events).toEqual([{ kind: 'dropped', user: 'alice', contact: desk.contact }]);
    stop();
    expect((await mobile.register()).contacts.map(({ uri }) => uri)).toEqual([mobile.contact]);
  });
});
