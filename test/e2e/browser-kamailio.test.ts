import { beforeEach, describe, expect, it } from 'vitest';
import { startBaresip } from '../support/baresip.ts';
import { startWebPhones, type WebPhones } from '../support/browser/browser.ts';
import type { BrowserPhone } from '../support/browser/phone.ts';
import { webAnswer, webOffer } from '../support/browser/session.ts';
import { type Kamailio, startKamailio } from '../support/kamailio.ts';
import { aorOf } from '../support/peers/pbx.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { contactOf } from './script/call.ts';
import { Dialog } from './script/dialog.ts';
import { registerAuthorized, sendAuthorized } from './script/digest.ts';
import { type ScriptedPhone, udpPhone } from './script/phone.ts';
import { startWebFront, type WebFront } from './web-front.ts';

const file = fileStage();
const test = testStage();
let pbx: Kamailio;
let web: WebPhones;
let front: WebFront;

withPeers(['chromium', 'kamailio', 'baresip'], async () => {
  web = await startWebPhones(file);
  pbx = await startKamailio(file, { maxContacts: 1 });
  front = await startWebFront(file, pbx, web);
});

const webPhone = async (user: string): Promise<BrowserPhone> => {
  const phone = await web.start(test, { user, port: front.wssPort });
  await phone.registered();
  return phone;
};

const scriptedPhone = async (user: string): Promise<ScriptedPhone> =>
  registerAuthorized(test, await udpPhone(test, user, front));

describe('JsSIP in a browser, with Kamailio behind the proxy', () => {
  beforeEach(async () => {
    for (const user of ['u1', 'u2']) await front.midreg.waitForBindings(aorOf(user), 0);
  });

  it('registers over WSS', async () => {
    await webPhone('u1');
    const [contact, ...others] = await front.midreg.bindings(aorOf('u1'));
    expect(others).toEqual([]);
    expect(contact).toMatchObject({ transport: 'WSS', foreign: false, reachable: true });
    expect(contact?.uri).toMatch(/\.invalid;transport=ws$/);
    const [shown] = await pbx.contacts();
    expect(shown?.uri).toContain(`@127.0.0.1:${front.port}`);
  });

  it('is refused with a wrong password', async () => {
    const phone = await web.start(test, { user: 'u1', port: front.wssPort, secret: 'guessed' });
    expect(await phone.event('registered', 'registrationFailed')).toMatchObject({
      type: 'registrationFailed',
      status: 401,
    });
    expect(await front.midreg.bindings(aorOf('u1'))).toEqual([]);
  });

  it.each(['UDP', 'TLS'] as const)('exchanges messages with a phone on %s', async (transport) => {
    const one = await webPhone('u1');
    const proxy = { address: front.address, port: transport === 'TLS' ? front.tlsPort : front.port };
    const other = await startBaresip(test, { user: 'u2', proxy, transport });
    await other.registered();
    await other.message('u1', 'are you there?');
    expect(await one.received()).toEqual({ from: 'u2', text: 'are you there?' });
    expect(await one.message('u2', 'I am.')).toBe(200);
    expect(await other.received()).toEqual({ from: 'sip:u1@pbx.test', text: 'I am.' });
    expect(pbx.received('MESSAGE')).toEqual([]);
  });

  it('calls another one, and they hear each other until one hangs up', async () => {
    const [caller, callee] = [await webPhone('u1'), await webPhone('u2')];
    await caller.dial('u2');
    expect(await callee.event('incoming')).toMatchObject({ from: 'u1' });
    await caller.event('progress');
    await callee.answer();
    await Promise.all([caller.event('confirmed'), callee.event('confirmed')]);
    await Promise.all([caller.heard(20), callee.heard(20)]);
    await callee.hangUp();
    expect(await caller.event('ended')).toMatchObject({ text: 'Terminated' });
  });

  it('is called by a phone on UDP, and hung up', async () => {
    const [phone, caller] = [await webPhone('u1'), await scriptedPhone('u2')];
    const uri = `sip:${aorOf('u1')}`;
    const sent = await sendAuthorized(caller, {
      method: 'INVITE',
      uri,
      from: caller.uri,
      to: uri,
      headers: [contactOf(caller), 'Content-Type: application/sdp'],
      body: webOffer(),
    });
    await phone.event('incoming');
    expect((await caller.response(sent, false)).status).toBe(180);
    await phone.answer();
    const answer = await caller.response(sent);
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('a=fingerprint:sha-256 ');
    const dialog = Dialog.ofCaller(caller, answer);
    dialog.acknowledge(sent.cseq);
    await phone.event('confirmed');
    expect((await dialog.ask('BYE')).status).toBe(200);
    expect(await phone.event('ended')).toMatchObject({ text: 'Terminated' });
  });

  it('calls a phone on UDP, and hangs up', async () => {
    const [phone, callee] = [await webPhone('u1'), await scriptedPhone('u2')];
    await phone.dial('u2');
    const { sip, reply } = await callee.request('INVITE');
    reply(180, [contactOf(callee)]);
    await phone.event('progress');
    reply(200, [contactOf(callee), 'Content-Type: application/sdp'], { body: webAnswer(sip.body) });
    await phone.event('confirmed');
    await callee.request('ACK');
    await phone.hangUp();
    (await callee.request('BYE')).reply(200);
    await phone.event('ended');
  });

  it('can not be reached once its page is loaded again, until it has registered anew', async () => {
    const [phone, other] = [await webPhone('u1'), await scriptedPhone('u2')];
    await phone.reload();
    await front.midreg.waitForUnreachable(aorOf('u1'));
    expect((await other.message('u1', 'are you there?')).status).toBe(404);
    await phone.start();
    await phone.registered();
    expect((await other.message('u1', 'and now?')).status).toBe(200);
    expect(await phone.received()).toEqual({ from: 'u2', text: 'and now?' });
  });

  it('is not let in from a page of another site', async () => {
    const phone = await web.start(test, { user: 'u1', port: front.wssPort, from: 'elsewhere.test' });
    expect((await phone.event('console')).text).toContain('Unexpected response code: 403');
    expect(await front.midreg.bindings(aorOf('u1'))).toEqual([]);
    await front.midreg.waitForLog(web.originOf('elsewhere.test'));
  });

  it('connects and registers again when the proxy has crashed and come back', async () => {
    const [phone, other] = [await webPhone('u1'), await scriptedPhone('u2')];
    await front.midreg.kill9();
    await phone.event('disconnected');
    await front.midreg.start();
    await phone.registered();
    expect((await other.message('u1', 'are you there?')).status).toBe(200);
    expect((await phone.received()).text).toBe('are you there?');
  });
});
