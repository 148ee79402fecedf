import { describe, expect, it } from 'vitest';
import { type Baresip, startBaresip } from '../support/baresip.ts';
import { type Kamailio, startKamailio } from '../support/kamailio.ts';
import { aorOf } from '../support/peers/pbx.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { type Front, startFront } from './front.ts';
import { connect } from './script/call.ts';
import { sendAuthorized } from './script/digest.ts';
import { type ScriptedPhone, tcpPhone } from './script/phone.ts';
import type { Sip } from './script/sip.ts';

const file = fileStage();
const test = testStage();
let plain: Kamailio;
/** Knows RFC 5626 itself. */
let outbound: Kamailio;

withPeers(['kamailio', 'baresip'], async () => {
  plain = await startKamailio(file, { maxContacts: 2 });
  outbound = await startKamailio(file, { maxContacts: 2, outbound: true });
});

/** Registers one flow of a phone. */
async function registers(phone: ScriptedPhone, regId: number): Promise<Sip> {
  const instance = `+sip.instance="<urn:uuid:00000000-0000-1000-8000-${phone.user}>"`;
  const headers = [`Contact: <${phone.contact}>;reg-id=${regId};${instance}`, 'Supported: path, outbound'];
  const parts = { method: 'REGISTER', uri: 'sip:pbx.test', from: phone.uri, headers };
  return phone.response(await sendAuthorized(phone, parts));
}

async function isCalled(caller: ScriptedPhone, user: string, phone: ScriptedPhone): Promise<void> {
  const uri = `sip:${aorOf(user)}`;
  const headers = [`Contact: <${caller.contact}>`];
  const sent = await sendAuthorized(caller, { method: 'INVITE', uri, from: caller.uri, to: uri, headers });
  const { ends } = await connect(caller, sent, phone);
  const bye = ends[0].dialog.send('BYE');
  (await phone.request('BYE')).reply(200);
  expect((await caller.response(bye)).status).toBe(200);
}

describe('baresip, which keeps flows', () => {
  const registered = async (front: Front, user: string, transport: 'UDP' | 'TCP'): Promise<Baresip> => {
    const phone = await startBaresip(test, { user, proxy: front, transport, keepsFlows: true });
    await phone.registered();
    return phone;
  };

  it('registers, asks by STUN as often as it is told, writes and is called', async () => {
    const spec = { registration: { flowTimerSeconds: 2 } };
    const front = await startFront(test, plain, { probe: {}, spec });
    const [one, other] = [await registered(front, 'u1', 'UDP'), await registered(front, 'u2', 'TCP')];
    await one.message('u2', 'hear me');
    expect((await other.received()).text).toBe('hear me');
    await other.call('u1');
    await one.event('CALL_ESTABLISHED');
    await other.hangUp();
    await one.event('CALL_CLOSED');
    await front.midreg.waitForEvents('stun_keepalive', 1);
  });
});

describe('a phone with two flows', () => {
  for (const [name, insertion, pbxOf] of [
    ['that knows nothing of flows', 'Contact', () => plain],
    ['that keeps flows itself', 'Contact', () => outbound],
    ['that keeps flows itself, by our Path', 'Path', () => outbound],
  ] as const) {
    it(`before a PBX ${name} is two contacts, and is called by the one that is left`, async () => {
      const spec = { registration: { insertion } };
      const front = await startFront(test, pbxOf(), { probe: {}, spec });
      const user = `flows${insertion.toLowerCase()}${name.length}`;
      const [first, second] = [await tcpPhone(test, user, front), await tcpPhone(test, user, front)];
      const caller = await tcpPhone(test, 'caller', front);
      for (const [index, phone] of [first, second].entries()) {
        const told = await registers(phone, index + 1);
        expect([told.status, told.header('Require'), told.header('Flow-Timer')]).toEqual([
          200,
          'outbound',
          '120',
        ]);
      }
      const contacts = (await pbxOf().contacts()).filter((contact) => contact.user === user);
      expect(contacts).toHaveLength(2);
      if (insertion === 'Path') for (const { path } of contacts) expect(path).toContain(';ob>');
      if (insertion === 'Contact') {
        await isCalled(caller, user, first);
        expect(second.unread).toEqual([]);
      }
      second.wire.close();
      await front.midreg.waitForReachable(aorOf(user), 1);
      await isCalled(caller, user, first);
    });
  }
});
