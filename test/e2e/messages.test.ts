import { beforeAll, describe, expect, it } from 'vitest';
import { aorOf } from '../support/peers/pbx.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import type { Front } from './front.ts';
import type { ScriptedPbx } from './script/pbx.ts';
import { type ScriptedPhone, tcpPhone, udpPhone } from './script/phone.ts';
import { startScriptedFront } from './scripted-front.ts';

const file = fileStage();
const test = testStage();
let pbx: ScriptedPbx;
let front: Front;
let users = 0;

beforeAll(async () => {
  ({ pbx, front } = await startScriptedFront(file));
});

const user = (): string => `user${++users}`;
const onUdp = async (name = user()): Promise<ScriptedPhone> =>
  (await udpPhone(test, name, front)).registered();
const onTcp = async (name = user()): Promise<ScriptedPhone> =>
  (await tcpPhone(test, name, front)).registered();

describe('a MESSAGE', () => {
  it('reaches the phone as it was written, and its 200 the sender', async () => {
    const [sender, recipient] = [await onUdp(), await onUdp()];
    const body = 'Gr\xfc\xdfe \x00\x01 \r\n\r\n bye';
    const sent = sender.sendMessage(recipient.user, body, {
      headers: [
        'Content-Type: text/plain;charset=latin1',
        'X-Odd:  kept  ',
        'Date: Thu, 21 Feb 2002 13:02:03 GMT',
      ],
    });
    const { sip, reply } = await recipient.request('MESSAGE');
    expect(sip.body).toBe(body);
    expect(sip.uri).toBe(recipient.contact);
    for (const name of ['From', 'To', 'Call-ID', 'CSeq', 'Content-Type', 'Date'])
      expect(sip.header(name)).toBe(sent.header(name));
    expect(sip.text).toContain('\r\nX-Odd:  kept  \r\n');
    expect(sip.header('Max-Forwards')).toBe('69');
    // RFC 3428 §3, §4: neither starts a dialog.
    expect(sip.all('Record-Route')).toEqual([]);
    expect(sip.all('Contact')).toEqual([]);
    expect(sip.all('Via')).toHaveLength(2);
    reply(200, [], { reason: 'Read' });
    const answer = await sender.response(sent);
    expect(answer.startLine).toBe('SIP/2.0 200 Read');
    expect(answer.all('Via')).toHaveLength(1);
    expect(answer.header('From')).toBe(sent.header('From'));
  });

  it('is answered as its recipient answers', async () => {
    const [sender, recipient] = [await onUdp(), await onUdp()];
    for (const status of [202, 403, 415, 480, 486, 500, 603]) {
      const sent = sender.sendMessage(recipient.user, 'now?');
      (await recipient.request('MESSAGE')).reply(status, ['X-From: the phone']);
      const answer = await sender.response(sent);
      expect(answer.status).toBe(status);
      expect(answer.header('X-From')).toBe('the phone');
    }
    expect(await front.midreg.bindings(recipient.aor)).toHaveLength(1);
  });

  // RFC 5626 §11.5: 430 is between proxies; the sender is told that nobody could be reached.
  it.for([
    [404, 404],
    [410, 410],
    [430, 480],
  ] as const)('answered %i by the phone takes its contact out of the store', async ([status, told]) => {
    const [sender, recipient] = [await onUdp(), await onUdp()];
    const sent = sender.sendMessage(recipient.user, 'anybody?');
    (await recipient.request('MESSAGE')).reply(status);
    expect((await sender.response(sent)).status).toBe(told);
    await front.midreg.waitForBindings(recipient.aor, 0);
  });

  it('to nobody registered is answered 404, with a reason that says why', async () => {
    const sender = await onUdp();
    const answer = await sender.message('nobody', 'anybody?');
    expect(answer.status).toBe(404);
    expect(answer.header('Warning')).toMatch(/^399 \S+ "[^"]*nobody@pbx\.test[^"]*"$/);
    expect(pbx.unread).toEqual([]);
  });

  it('goes to all phones of the recipient, and the first to take it answers for all', async () => {
    const sender = await onUdp();
    const name = user();
    const [slow, quick] = [await onUdp(name), await onTcp(name)];
    const sent = sender.sendMessage(name, 'both');
    const [atSlow, atQuick] = [await slow.request('MESSAGE'), await quick.request('MESSAGE')];
    expect(atSlow.sip.branch).not.toBe(atQuick.sip.branch);
    atSlow.reply(486);
    atQuick.reply(200);
    expect((await sender.response(sent)).status).toBe(200);
  });

  it('is tried at phones with a lower q only where those with a higher did not take it', async () => {
    const sender = await onUdp();
    const name = user();
    const [desk, pocket] = [await udpPhone(test, name, front), await udpPhone(test, name, front)];
    await desk.registered({ contacts: [`<${desk.contact}>;q=0.9`] });
    await pocket.registered({ contacts: [`<${pocket.contact}>;q=0.1`] });
    const taken = sender.sendMessage(name, 'desk first');
    (await desk.request('MESSAGE')).reply(200);
    await sender.response(taken);
    const passed = sender.sendMessage(name, 'then the pocket');
    (await desk.request('MESSAGE')).reply(486);
    const { sip, reply } = await pocket.request('MESSAGE');
    expect(sip.body).toBe('then the pocket');
    reply(200);
    expect((await sender.response(passed)).status).toBe(200);
  });

  it('is delivered once, however often the sender repeats it', async () => {
    const [sender, recipient] = [await onUdp(), await onUdp()];
    const sent = sender.sendMessage(recipient.user, 'once');
    sender.sendText(sent.text);
    const { reply } = await recipient.request('MESSAGE');
    reply(200);
    await sender.response(sent);
    sender.sendText(sent.text);
    await sender.response(sent);
    expect(recipient.unread).toEqual([]);
  });

  it('is repeated to a phone that is silent, on UDP', async () => {
    const [sender, recipient] = [await onUdp(), await onUdp()];
    const sent = sender.sendMessage(recipient.user, 'hello?');
    const first = await recipient.request('MESSAGE');
    const second = await recipient.request('MESSAGE');
    expect(second.sip.text).toBe(first.sip.text);
    second.reply(200);
    expect((await sender.response(sent)).status).toBe(200);
  });

  it('to a phone that stays silent is answered while the sender still waits', async () => {
    const [sender, recipient] = [await onUdp(), await onUdp()];
    const sent = sender.sendMessage(recipient.user, 'hello?');
    await recipient.request('MESSAGE');
    const answer = await sender.response(sent, true, 31_000);
    // RFC 4320 §4.2: no 408.
    expect(answer.status).toBe(480);
    expect(await front.midreg.bindings(recipient.aor)).toHaveLength(1);
  }, 40_000);

  it('from the PBX reaches the phone by its AoR and by the contact that the PBX was shown', async () => {
    const recipient = await onUdp();
    const from = 'sip:voicemail@pbx.test';
    const [shown = ''] = pbx.contactsOf(recipient.aor);
    for (const uri of [recipient.uri, shown]) {
      const sent = pbx.send({ method: 'MESSAGE', uri, from, to: recipient.uri, body: 'one new' });
      const { sip, reply } = await recipient.request('MESSAGE');
      expect(sip.body).toBe('one new');
      reply(200);
      expect((await pbx.response(sent)).status).toBe(200);
    }
  });

  it('to another domain is the business of the PBX', async () => {
    const sender = await onUdp();
    const sent = sender.send({
      method: 'MESSAGE',
      uri: 'sip:x@else.test',
      from: sender.uri,
      to: 'sip:x@else.test',
    });
    const { sip, reply } = await pbx.request('MESSAGE');
    expect(sip.uri).toBe('sip:x@else.test');
    reply(403);
    expect((await sender.response(sent)).status).toBe(403);
  });
});

describe('a MESSAGE is refused', () => {
  it('with 403 to who is not registered as its From says', async () => {
    const [honest, recipient] = [await onUdp(), await onUdp()];
    const forger = await onUdp();
    const forged = { from: honest.uri };
    expect((await forger.message(recipient.user, 'it is me', forged)).status).toBe(403);
    const stranger = await udpPhone(test, honest.user, front);
    expect((await stranger.message(recipient.user, 'it is me')).status).toBe(403);
    expect(recipient.unread).toEqual([]);
  });

  it('with 415 and what is accepted, for its content', async () => {
    const [sender, recipient] = [await onUdp(), await onUdp()];
    const typed = (type: string) =>
      sender.message(recipient.user, 'x', { headers: [`Content-Type: ${type}`] });
    const answer = await typed('application/x-dosexec');
    expect(answer.status).toBe(415);
    expect(answer.header('Accept')).toContain('text/*');
    expect(recipient.unread).toEqual([]);
    const encoded = await sender.message(recipient.user, 'x', {
      headers: ['Content-Type: text/plain', 'Content-Encoding: gzip'],
    });
    expect(encoded.status).toBe(415);
  });

  it('with 413 where it is too large for UDP, and is delivered over TCP', async () => {
    const name = user();
    const [sender, recipient] = [await onUdp(), await onTcp(name)];
    const long = 'long '.repeat(600);
    expect((await sender.message(name, long)).status).toBe(413);
    const talker = await onTcp();
    const sent = talker.sendMessage(name, long);
    const { sip, reply } = await recipient.request('MESSAGE');
    expect(sip.body).toBe(long);
    reply(200);
    expect((await talker.response(sent)).status).toBe(200);
  });

  it('with 413 where it is too large for the recipient, whose phones are all on UDP', async () => {
    const [sender, recipient] = [await onTcp(), await onUdp()];
    expect((await sender.message(recipient.user, 'long '.repeat(600))).status).toBe(413);
    expect(recipient.unread).toEqual([]);
  });

  it('with 413 where its body is above messaging.maxBytes', async () => {
    const [sender, recipient] = [await onTcp(), await onTcp()];
    expect((await sender.message(recipient.user, 'x'.repeat(16_385))).status).toBe(413);
    const sent = sender.sendMessage(recipient.user, 'x'.repeat(16_384));
    (await recipient.request('MESSAGE')).reply(200);
    expect((await sender.response(sent)).status).toBe(200);
  });

  it('with 404 where the connection of the recipient is closed', async () => {
    const [sender, recipient] = [await onUdp(), await onTcp()];
    recipient.wire.close();
    await front.midreg.waitForUnreachable(recipient.aor);
    expect((await sender.message(recipient.user, 'gone?')).status).toBe(404);
  });

  it('with 483 where it has gone round too often', async () => {
    const sender = await onUdp();
    expect((await sender.message('nobody', 'round', { maxForwards: 0 })).status).toBe(483);
  });
});

describe('a log', () => {
  it('holds neither what was said nor what authenticates', async () => {
    const [sender, recipient] = [await onUdp(), await onUdp()];
    const headers = ['Content-Type: text/plain', 'Authorization: Digest username="u", response="c0ffee"'];
    const sent = sender.sendMessage(recipient.user, 'a secret of ours', { headers });
    (await recipient.request('MESSAGE')).reply(200);
    await sender.response(sent);
    await sender.message('nobody', 'a secret of ours', { headers });
    expect(front.midreg.log).toContain(aorOf('nobody'));
    expect(front.midreg.log).not.toContain('a secret of ours');
    expect(front.midreg.log).not.toContain('c0ffee');
  });
});
