import { beforeEach, describe, expect, it } from 'vitest';
import { ScriptedPbx } from '../e2e/script/pbx.ts';
import type { ServerWire } from '../e2e/script/wire.ts';
import { wssServerWire } from '../e2e/script/wss-server-wire.ts';
import { startWebPhones, type WebPhones } from '../support/browser/browser.ts';
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

  it('is there no more when its page is loaded again, and comes again', async () => {
    const phone = await web.start(test, { user: 'u1', port: wire.port });
    await phone.registered();
    await phone.reload();
    await phone.start();
    await phone.registered();
    expect(wire.taken).toBe(2);
  });
});
