import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Kamailio, startKamailio } from '../support/kamailio.ts';
import { aorOf, PBX_ADDRESS, secretOf } from '../support/peers/pbx.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { freePort } from '../support/ports.ts';
import { playSipp, startSipp } from '../support/sipp.ts';
import { type Front, startFront } from './front.ts';
import { ScriptedPbx } from './script/pbx.ts';
import { udpPhone } from './script/phone.ts';
import { udpWire } from './script/wire.ts';

const file = fileStage();
const test = testStage();
let pbx: Kamailio;
let front: Front;

const scenario = (name: string): string => join(import.meta.dirname, `scenarios/${name}.xml`);

withPeers(['sipp', 'kamailio'], async () => {
  pbx = await startKamailio(file);
  front = await startFront(file, pbx);
});

describe('sipp phones', () => {
  for (const transport of ['UDP', 'TCP'] as const) {
    it(`register, a hundred of them on ${transport}`, async () => {
      const users = Array.from({ length: 100 }, (_, index) => `${transport.toLowerCase()}${index}`);
      await playSipp(test, {
        scenario: scenario('register'),
        to: front,
        transport,
        calls: users.length,
        callsPerSecond: 100,
        fields: users.map((user) => [user, `[authentication username=${user} password=${secretOf(user)}]`]),
      });
      for (const user of users) {
        const contacts = await front.midreg.bindings(aorOf(user));
        expect(contacts).toMatchObject([{ transport, foreign: false }]);
      }
    });
  }
});

describe('sipp calls through the proxy', () => {
  it.for([
    ['caller', 'callee', 'UDP', 'UDP'],
    ['caller', 'callee', 'TCP', 'UDP'],
    ['caller', 'callee', 'UDP', 'TCP'],
    ['caller', 'callee', 'TCP', 'TCP'],
    ['reliable-caller', 'reliable-callee', 'UDP', 'UDP'],
    ['reliable-caller', 'reliable-callee', 'TCP', 'TCP'],
  ] as const)('run from %s to %s, the phones on %s and the PBX on %s', async (names) => {
    const [calling, called, phones, upstream] = names;
    const calls = 40;
    const callee = await startSipp(test, {
      scenario: scenario(called),
      address: PBX_ADDRESS,
      transport: upstream,
      calls,
    });
    const between = await startFront(test, callee, { transport: upstream });
    await playSipp(test, { scenario: scenario(calling), to: between, transport: phones, calls });
    await callee.done();
  });
});

describe('sipp messages', () => {
  it('reach a phone, one for each of many senders', async () => {
    const scripted = new ScriptedPbx(await udpWire(test));
    const other = await startFront(test, scripted.wire);
    const recipient = await (await udpPhone(test, 'reader', other)).registered();
    const texts: string[] = [];
    recipient.respond('MESSAGE', ({ sip, reply }) => {
      texts.push(sip.body);
      reply(200);
    });
    const senders = Array.from({ length: 50 }, (_, index) => [
      `sender${index}`,
      index % 2 ? 'nobody' : 'reader',
    ]);
    await playSipp(test, {
      scenario: scenario('message'),
      to: other,
      port: await freePort('both'),
      calls: senders.length,
      fields: senders,
    });
    expect(new Set(texts).size).toBe(25);
    expect(texts).toHaveLength(25);
    expect(await other.midreg.metric('midreg_requests_total', { method: 'MESSAGE', side: 'phone' })).toBe(50);
  });
});
