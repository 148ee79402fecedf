import { describe, expect, it } from 'vitest';
import { type Asterisk, startAsterisk } from '../support/asterisk.ts';
import { type Baresip, type BaresipOptions, startBaresip } from '../support/baresip.ts';
import { type Kamailio, startKamailio } from '../support/kamailio.ts';
import { aorOf } from '../support/peers/pbx.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { type Front, startFront } from './front.ts';

const file = fileStage();
const test = testStage();
let asterisk: Asterisk;
let kamailio: Kamailio;

withPeers(['asterisk', 'kamailio', 'baresip'], async () => {
  asterisk = await startAsterisk(file);
  kamailio = await startKamailio(file);
});

const registered = async (
  user: string,
  front: Front,
  transport: BaresipOptions['transport'] = 'TCP',
): Promise<Baresip> => {
  const phone = await startBaresip(test, { user, proxy: front, transport });
  await phone.registered();
  return phone;
};

const converse = async (one: Baresip, other: Baresip): Promise<void> => {
  await one.message(other.user, 'hear me');
  expect((await other.received()).text).toBe('hear me');
  await one.call(other.user);
  await other.event('CALL_ESTABLISHED');
  await other.hangUp();
  await one.event('CALL_CLOSED');
};

describe('phones on TCP', () => {
  it('are reached over the connection that they registered by, by message and by call', async () => {
    const front = await startFront(test, asterisk, { probe: {} });
    const [one, other] = [await registered('u1', front), await registered('u2', front)];
    const [contact] = await front.midreg.bindings(aorOf('u1'));
    expect(contact).toMatchObject({ transport: 'TCP', reachable: true });
    // A phone's listening port is another than that of its connection.
    expect(contact?.remote).not.toBe(`127.0.0.1:${one.port}`);
    await converse(one, other);
    await converse(other, one);
  });

  it('converse with phones on UDP', async () => {
    const front = await startFront(test, kamailio, { probe: {} });
    const [stream, datagram] = [await registered('u1', front, 'TCP'), await registered('u2', front, 'UDP')];
    await converse(stream, datagram);
    await converse(datagram, stream);
  });

  it('are offline as soon as they are gone without a word', async () => {
    const front = await startFront(test, kamailio, { probe: {} });
    // The PBX remembers u4 for a while.
    const [one, other] = [await registered('u1', front), await registered('u4', front)];
    await other.crash();
    await front.midreg.waitForUnreachable(aorOf('u4'));
    await one.message('u4', 'are you there?');
    await one.messageRefused('404');
  });
});

describe('a PBX on TCP', () => {
  for (const [name, pbxOf] of [
    ['Asterisk', () => asterisk],
    ['Kamailio', () => kamailio],
  ] as const) {
    it(`registers and connects phones on UDP (${name})`, async () => {
      const front = await startFront(test, pbxOf(), { probe: {}, transport: 'TCP' });
      const [one, other] = [await registered('u1', front, 'UDP'), await registered('u2', front, 'UDP')];
      const [contact] = (await pbxOf().contacts()).filter(({ user }) => user === 'u1');
      expect(contact?.uri).toMatch(/transport=tcp/i);
      await converse(one, other);
    });

    it(`registers and connects phones on TCP (${name})`, async () => {
      const front = await startFront(test, pbxOf(), { probe: {}, transport: 'TCP' });
      await converse(await registered('u1', front), await registered('u2', front));
    });
  }
});
