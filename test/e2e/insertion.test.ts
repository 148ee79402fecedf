import { describe, expect, it } from 'vitest';
import { type Asterisk, startAsterisk } from '../support/asterisk.ts';
import { type Baresip, startBaresip } from '../support/baresip.ts';
import { type Kamailio, startKamailio } from '../support/kamailio.ts';
import { aorOf, type Pbx } from '../support/peers/pbx.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { type Front, startFront } from './front.ts';

const file = fileStage();
const test = testStage();
let asterisk: Asterisk;
let kamailio: Kamailio;

withPeers(['asterisk', 'kamailio', 'baresip'], async () => {
  asterisk = await startAsterisk(file, { dialling: 'Endpoint' });
  kamailio = await startKamailio(file);
});

const registered = async (user: string, proxy: { address: string; port: number }): Promise<Baresip> => {
  const phone = await startBaresip(test, { user, proxy });
  await phone.registered();
  return phone;
};

const contactOf = async (pbx: Pbx, user: string) =>
  (await pbx.contacts()).find((contact) => contact.user === user);

const frontOf = (pbx: Pbx, insertion: string): Promise<Front> =>
  startFront(test, pbx, { probe: {}, spec: { registration: { insertion } } });

describe('insertion Path', () => {
  for (const [name, pbxOf] of [
    ['Asterisk', () => asterisk],
    ['Kamailio', () => kamailio],
  ] as const) {
    it(`shows ${name} the phone's own contact, and a Path through the proxy`, async () => {
      const front = await frontOf(pbxOf(), 'Path');
      const phone = await registered('u1', front);
      const contact = await contactOf(pbxOf(), 'u1');
      expect(contact?.uri).toContain(`@127.0.0.1:${phone.port}`);
      expect(contact?.path).toMatch(new RegExp(`<?sip:[^>]*127\\.0\\.0\\.1:${front.port}[^>]*;lr`));
      expect(await front.midreg.bindings(aorOf('u1'))).toMatchObject([{ uri: contact?.uri, foreign: false }]);
    });

    it(`leads calls from ${name} through the proxy`, async () => {
      const front = await frontOf(pbxOf(), 'Path');
      const [caller, callee] = [await registered('u1', front), await registered('u2', front)];
      await caller.call('u2');
      await callee.event('CALL_ESTABLISHED');
      // One from the caller and one from the PBX.
      expect(await front.midreg.metric('midreg_requests_total', { method: 'INVITE', side: 'upstream' })).toBe(
        1,
      );
      await callee.hangUp();
      await caller.event('CALL_CLOSED');
      expect(await front.midreg.metric('midreg_requests_total', { method: 'BYE' })).toBe(2);
    });

    it(`delivers messages without ${name}`, async () => {
      const front = await frontOf(pbxOf(), 'Path');
      const [sender, recipient] = [await registered('u1', front), await registered('u2', front)];
      await sender.message('u2', 'by the short way');
      expect((await recipient.received()).text).toBe('by the short way');
      expect(pbxOf().received('MESSAGE')).toEqual([]);
    });
  }

  it('leads a call that Asterisk makes itself to the phone', async () => {
    const front = await frontOf(asterisk, 'Path');
    const phone = await registered('u1', front);
    await asterisk.command('channel originate PJSIP/u1 application Echo');
    await phone.event('CALL_ESTABLISHED');
    await phone.hangUp();
    expect(await front.midreg.metric('midreg_requests_total', { method: 'INVITE', side: 'upstream' })).toBe(
      1,
    );
  });

  it('leads a call to the phone from one that is at the PBX without the proxy', async () => {
    const front = await frontOf(kamailio, 'Path');
    const [inside, outside] = [await registered('u1', front), await registered('u3', kamailio)];
    await outside.call('u1');
    await inside.event('CALL_ESTABLISHED');
    await inside.hangUp();
    await outside.event('CALL_CLOSED');
    expect(await front.midreg.metric('midreg_requests_total', { method: 'INVITE', side: 'upstream' })).toBe(
      1,
    );
  });
});

describe('insertion None', () => {
  it("shows the PBX the phone's own contact and no Path, and calls it directly", async () => {
    const front = await frontOf(kamailio, 'None');
    const [phone, outside] = [await registered('u1', front), await registered('u3', kamailio)];
    const contact = await contactOf(kamailio, 'u1');
    expect(contact?.uri).toContain(`@127.0.0.1:${phone.port}`);
    expect(contact?.path).toBe('');
    await outside.call('u1');
    await phone.event('CALL_ESTABLISHED');
    expect(await front.midreg.metric('midreg_requests_total', { method: 'INVITE' })).toBe(0);
  });

  it('mirrors all the same, and delivers messages', async () => {
    const front = await frontOf(kamailio, 'None');
    const [sender, recipient] = [await registered('u1', front), await registered('u2', front)];
    await sender.message('u2', 'known all the same');
    expect((await recipient.received()).text).toBe('known all the same');
    await recipient.leave();
    await front.midreg.waitForBindings(aorOf('u2'), 0);
  });
});

describe('insertion Contact', () => {
  it('leads a call that Asterisk makes itself to the phone', async () => {
    const front = await frontOf(asterisk, 'Contact');
    const phone = await registered('u1', front);
    await asterisk.command('channel originate PJSIP/u1 application Echo');
    await phone.event('CALL_ESTABLISHED');
    await phone.hangUp();
  });

  it('leads a call to the phone from one that is at the PBX without the proxy', async () => {
    const front = await frontOf(kamailio, 'Contact');
    const [inside, outside] = [await registered('u1', front), await registered('u3', kamailio)];
    await outside.call('u1');
    await inside.event('CALL_ESTABLISHED');
    await outside.hangUp();
    await inside.event('CALL_CLOSED');
  });
});
