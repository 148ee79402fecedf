import { beforeEach, describe, expect, it } from 'vitest';
import { contactOf } from '../e2e/script/call.ts';
import { Dialog } from '../e2e/script/dialog.ts';
import { ScriptedPbx } from '../e2e/script/pbx.ts';
import type { ServerWire } from '../e2e/script/wire.ts';
import { wssServerWire } from '../e2e/script/wss-server-wire.ts';
import { startWebPhones, type WebPhones } from '../support/browser/browser.ts';
import { webAnswer, webOffer } from '../support/browser/session.ts';
import { aorOf } from '../support/peers/pbx.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';

const file = fileStage();
const test = testStage();
let web: WebPhones;

withPeers(['chromium'], async () => {
  web = await startWebPhones(file);
});

describe('JsSIP in Chromium, without a proxy', () => {
  let wire: ServerWire;
  let pbx: ScriptedPbx;

  beforeEach(async () => {
    wire = await wssServerWire(test, web.certificate);
    pbx = new ScriptedPbx(wire);
  });

  it('registers over a WebSocket that it trusts, as a phone that can not be sent to', async () => {
    const phone = await web.start(test, { user: 'u1', port: wire.port });
    await phone.registered();
    expect(pbx.contactsOf(aorOf('u1'))).toEqual([
      expect.stringMatching(/^sip:\w+@\w+\.invalid;transport=ws$/),
    ]);
  });

  it('trusts no other certificate', async () => {
    const other = await startWebPhones(test);
    const untrusted = await wssServerWire(test, other.certificate);
    const phone = await web.start(test, { user: 'u1', port: untrusted.port });
    await phone.event('disconnected');
    expect(untrusted.taken).toBe(0);
  });

  it('tells of the messages that it gets and of what becomes of its own', async () => {
    const phone = await web.start(test, { user: 'u1', port: wire.port });
    await phone.registered();
    const [contact = ''] = pbx.contactsOf(aorOf('u1'));
    const asked = pbx.ask({
      method: 'MESSAGE',
      uri: contact,
      from: `sip:${aorOf('u2')}`,
      to: `sip:${aorOf('u1')}`,
      headers: ['Content-Type: text/plain'],
      body: 'are you there?',
    });
    expect(await phone.received()).toEqual({ from: 'u2', text: 'are you there?' });
    expect((await asked).status).toBe(200);
    pbx.respond('MESSAGE', ({ reply }) => reply(404));
    expect(await phone.message('u2', 'I am.')).toBe(404);
  });

  it('is called, and tells what it hears of the call', async () => {
    const phone = await web.start(test, { user: 'u1', port: wire.port });
    await phone.registered();
    const sent = pbx.send({
      method: 'INVITE',
      uri: pbx.contactsOf(aorOf('u1'))[0] ?? '',
      from: `sip:${aorOf('u2')}`,
      to: `sip:${aorOf('u1')}`,
      headers: [contactOf(pbx), 'Content-Type: application/sdp'],
      body: webOffer(),
    });
    expect(await phone.event('incoming')).toMatchObject({ from: 'u2' });
    await phone.answer();
    const answer = await pbx.response(sent);
    expect(answer.status).toBe(200);
    const dialog = Dialog.ofCaller(pbx, answer);
    dialog.acknowledge(sent.cseq);
    await phone.event('confirmed');
    expect((await dialog.ask('BYE')).status).toBe(200);
    expect(await phone.event('ended')).toMatchObject({ text: 'Terminated' });
  });

  it('calls, offering no address of this machine but loopback, and hangs up', async () => {
    const phone = await web.start(test, { user: 'u1', port: wire.port });
    await phone.registered();
    await phone.dial('u2');
    const { sip, reply } = await pbx.request('INVITE');
    const offered = [...sip.body.matchAll(/^a=candidate:\S+ \d \S+ \d+ (\S+)/gm)].map(([, host]) => host);
    expect(new Set(offered)).toEqual(new Set(['127.0.0.1']));
    reply(200, [contactOf(pbx), 'Content-Type: application/sdp'], { body: webAnswer(sip.body) });
    await phone.event('accepted');
    await pbx.request('ACK');
    await phone.hangUp();
    const bye = await pbx.request('BYE');
    bye.reply(200);
    await phone.event('ended');
  });

  it('is there no more when its page is loaded again, and comes again', async () => {
    const phone = await web.start(test, { user: 'u1', port: wire.port });
    await phone.registered();
    await phone.reload();
    await phone.start();
    await phone.registered();
    expect(wire.taken).toBe(2);
  });
});
