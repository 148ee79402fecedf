import { describe, expect, it } from 'vitest';
import { type Asterisk, startAsterisk } from '../support/asterisk.ts';
import { type Baresip, startBaresip } from '../support/baresip.ts';
import { aorOf } from '../support/peers/pbx.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { type Front, startFront } from './front.ts';

const file = fileStage();
const test = testStage();
let pbx: Asterisk;

withPeers(['asterisk', 'baresip'], async () => {
  pbx = await startAsterisk(file);
});

const registered = async (user: string, front: Front): Promise<Baresip> => {
  const phone = await startBaresip(test, { user, proxy: front });
  await phone.registered();
  return phone;
};

/** As after a crash and a restart by whoever watches over it. */
const crash = async ({ midreg }: Front): Promise<void> => {
  await midreg.kill9();
  await midreg.start();
};

describe('kill -9', () => {
  it('loses no binding: the same contacts are there with what is left of their time', async () => {
    const front = await startFront(test, pbx, { probe: {} });
    await registered('u1', front);
    await registered('u2', front);
    const before = await Promise.all(['u1', 'u2'].map((user) => front.midreg.bindings(aorOf(user))));
    await crash(front);
    const after = await Promise.all(['u1', 'u2'].map((user) => front.midreg.bindings(aorOf(user))));
    const lasting = (contacts: (typeof before)[number]) =>
      contacts.map(({ expiresInSeconds: _, ...contact }) => contact);
    expect(after.map(lasting)).toEqual(before.map(lasting));
    for (const [index, [contact]] of after.entries()) {
      const was = before[index]?.[0]?.expiresInSeconds ?? 0;
      expect(contact?.expiresInSeconds).toBeLessThanOrEqual(was);
      expect(contact?.expiresInSeconds).toBeGreaterThan(was - 15);
    }
  });

  it('leaves phones that did nothing since reachable by message and by call', async () => {
    const front = await startFront(test, pbx, { probe: {} });
    const [one, other] = [await registered('u1', front), await registered('u2', front)];
    await crash(front);
    await one.message('u2', 'still there?');
    expect((await other.received()).text).toBe('still there?');
    await one.call('u2');
    await other.event('CALL_ESTABLISHED');
    await one.hangUp();
    await other.event('CALL_CLOSED');
  });

  it('leaves a call that was up to be ended by either side', async () => {
    const front = await startFront(test, pbx, { probe: {} });
    const [one, other] = [await registered('u1', front), await registered('u2', front)];
    for (const [ender, listener] of [
      [one, other],
      [other, one],
    ] as const) {
      await one.call('u2');
      await other.event('CALL_ESTABLISHED');
      // Until the caller's ACK has gone through, the call is not up: the PBX could not even end it.
      await expect
        .poll(() => front.midreg.metric('midreg_requests_total', { side: 'phone', method: 'ACK' }))
        .toBeGreaterThanOrEqual(1);
      await crash(front);
      await ender.hangUp();
      await listener.event('CALL_CLOSED');
    }
  });

  it('resurrects no phone that had left', async () => {
    const front = await startFront(test, pbx, { probe: {} });
    await (await registered('u1', front)).leave();
    await front.midreg.waitForBindings(aorOf('u1'), 0);
    await crash(front);
    expect(await front.midreg.bindings(aorOf('u1'))).toEqual([]);
  });

  it('forgets all where the store is in memory', async () => {
    const front = await startFront(test, pbx, { probe: {}, spec: { store: { type: 'Memory' } } });
    await registered('u1', front);
    await crash(front);
    expect(await front.midreg.bindings(aorOf('u1'))).toEqual([]);
  });
});
