import { describe, expect, it } from 'vitest';
import { type Asterisk, startAsterisk } from '../support/asterisk.ts';
import { startBaresip } from '../support/baresip.ts';
import { startWebPhones, type WebPhones } from '../support/browser/browser.ts';
import type { BrowserPhone } from '../support/browser/phone.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { startWebFront, type WebFront } from './web-front.ts';

const file = fileStage();
const test = testStage();
let pbx: Asterisk;
let web: WebPhones;
let front: WebFront;

withPeers(['chromium', 'asterisk', 'baresip'], async () => {
  web = await startWebPhones(file);
  pbx = await startAsterisk(file, { maxContacts: 2, webUsers: ['u1', 'u2'] });
  front = await startWebFront(file, pbx, web);
});

const webPhone = async (user: string): Promise<BrowserPhone> => {
  const phone = await web.start(test, { user, port: front.wssPort });
  await phone.registered();
  return phone;
};

describe('JsSIP in a browser, with Asterisk behind the proxy', () => {
  it('hears itself when it calls the echo, by voice that passes the PBX alone', async () => {
    const phone = await webPhone('u1');
    await phone.dial('echo');
    await phone.event('confirmed');
    await phone.heard(20);
    await phone.hangUp();
    await phone.event('ended');
  });

  it('calls another one, and they hear each other', async () => {
    const [caller, callee] = [await webPhone('u1'), await webPhone('u2')];
    await caller.dial('u2');
    await callee.event('incoming');
    await callee.answer();
    await Promise.all([caller.event('confirmed'), callee.event('confirmed')]);
    await Promise.all([caller.heard(20), callee.heard(20)]);
    await caller.hangUp();
    await callee.event('ended');
  });

  it.each(['UDP', 'TLS'] as const)('is called by a phone on %s, which hears it', async (transport) => {
    const phone = await webPhone('u1');
    const proxy = { address: front.address, port: transport === 'TLS' ? front.tlsPort : front.port };
    const caller = await startBaresip(test, { user: 'u3', proxy, transport });
    await caller.registered();
    await caller.dial('u1');
    expect(await phone.event('incoming')).toMatchObject({ from: 'u3' });
    await caller.event('CALL_RINGING');
    await phone.answer();
    await caller.event('CALL_ESTABLISHED');
    await caller.event('CALL_RTPESTAB');
    await caller.hangUp();
    await phone.event('ended');
  });
});
