import { networkInterfaces } from 'node:os';
import { beforeEach, describe, expect, it } from 'vitest';
import { testStage } from '../support/peers/stage.ts';
import { type Front, startFront } from './front.ts';
import { Dialog } from './script/dialog.ts';
import { ScriptedPbx } from './script/pbx.ts';
import { tcpPhone, udpPhone } from './script/phone.ts';
import { udpWire } from './script/wire.ts';

const test = testStage();
const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.address === '::1');

beforeEach((context) => {
  if (!hasIpv6) context.skip('IPv6 on loopback: this machine has no ::1; enable IPv6 in its kernel');
});

const start = async (): Promise<{ pbx: ScriptedPbx; front: Front }> => {
  const pbx = new ScriptedPbx(await udpWire(test, '::1'));
  const front = await startFront(test, pbx.wire, { address: '::1' });
  pbx.peer = front;
  return { pbx, front };
};

describe('on IPv6', () => {
  for (const [transport, phoneOn] of [
    ['UDP', udpPhone],
    ['TCP', tcpPhone],
  ] as const) {
    it(`a phone on ${transport} registers, is messaged and called`, async () => {
      const { pbx, front } = await start();
      const phone = await (await phoneOn(test, 'u1', front)).registered();
      const sender = await (await phoneOn(test, 'u2', front)).registered();
      expect(await front.midreg.bindings(phone.aor)).toMatchObject([
        { uri: phone.contact, remote: phone.hostPort, transport },
      ]);
      const [shown = ''] = pbx.contactsOf(phone.aor);
      expect(shown).toContain(`@[::1]:${front.port}`);
      const message = sender.sendMessage('u1', 'by six');
      (await phone.request('MESSAGE')).reply(200);
      expect((await sender.response(message)).status).toBe(200);
      const contact = `Contact: <sip:x@${pbx.hostPort}>`;
      const sent = pbx.send({
        method: 'INVITE',
        uri: shown,
        from: 'sip:x@pbx.test',
        to: phone.uri,
        headers: [contact],
      });
      const asked = await phone.request('INVITE');
      asked.reply(200, [`Contact: <${phone.contact}>`]);
      const calling = Dialog.ofCaller(pbx, await pbx.response(sent));
      calling.acknowledge(1);
      await phone.request('ACK');
      const bye = Dialog.ofCallee(phone, asked.sip).send('BYE');
      (await pbx.request('BYE')).reply(200);
      expect((await phone.response(bye)).status).toBe(200);
    });
  }

  it('a phone that leaves is gone', async () => {
    const { front } = await start();
    const phone = await (await udpPhone(test, 'u1', front)).registered();
    await phone.registered({ expires: 0 });
    expect(await front.midreg.bindings(phone.aor)).toEqual([]);
  });
});
