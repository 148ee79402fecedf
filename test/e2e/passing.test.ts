import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { type Front, startFront } from './front.ts';
import { Dialog } from './script/dialog.ts';
import { type Party, unique } from './script/party.ts';
import { ScriptedPbx } from './script/pbx.ts';
import { type ScriptedPhone, tcpPhone, udpPhone } from './script/phone.ts';
import { tcpServerWire, udpWire } from './script/wire.ts';
import { startScriptedFront } from './scripted-front.ts';

const file = fileStage();
const test = testStage();
let pbx: ScriptedPbx;
let front: Front;
let users = 0;

beforeAll(async () => {
  ({ pbx, front } = await startScriptedFront(file));
});

beforeEach(() => pbx.clear());

type Start = (stage: typeof test, user: string, front: Front) => Promise<ScriptedPhone>;

const newPhone = async (start: Start = udpPhone): Promise<ScriptedPhone> =>
  (await start(test, `user${++users}`, front)).registered();

const contactOf = (party: Party): string => `Contact: <sip:x@${party.hostPort}>`;
const ownUri = (): string => `sip:127.0.0.1:${front.port}`;
const shownContact = (phone: ScriptedPhone): string => pbx.contactsOf(phone.aor)[0] ?? '';

describe('a request outside a dialog', () => {
  it.for(['INFO', 'PUBLISH', 'SUBSCRIBE', 'REFER', 'NOTIFY', 'UPDATE', 'OPTIONS', 'WHISTLE'])(
    'passes from a phone to the PBX: %s',
    async (method) => {
      const phone = await newPhone();
      const body = '<presence/>\n';
      const headers = ['Content-Type: application/pidf+xml', 'X-Odd:  kept  '];
      const sent = phone.sendTo('desk', method, { headers, body });
      const { sip, reply } = await pbx.request(method);
      expect(sip.startLine).toBe(sent.startLine);
      expect(sip.body).toBe(body);
      expect(sip.text).toContain('\r\nX-Odd:  kept  \r\n');
      expect(sip.all('Via')).toHaveLength(2);
      expect(sip.header('Max-Forwards')).toBe('69');
      reply(299, ['X-From: the PBX'], { reason: 'Well' });
      const answer = await phone.response(sent);
      expect(answer.startLine).toBe('SIP/2.0 299 Well');
      expect(answer.header('X-From')).toBe('the PBX');
      expect(answer.all('Via')).toHaveLength(1);
    },
  );

  it.for(['OPTIONS', 'NOTIFY', 'INFO', 'WHISTLE'])(
    'passes from the PBX to the phone by the contact that it was shown: %s',
    async (method) => {
      const phone = await newPhone();
      const from = 'sip:pbx@pbx.test';
      const sent = pbx.send({ method, uri: shownContact(phone), from, to: phone.uri, body: 'x' });
      const { sip, reply } = await phone.request(method);
      expect(sip.uri).toBe(phone.contact);
      expect(sip.body).toBe('x');
      reply(200, ['X-From: the phone']);
      expect((await pbx.response(sent)).header('X-From')).toBe('the phone');
    },
  );

  it('goes to the phone that registered the contact and to no other of the user', async () => {
    const one = await newPhone();
    const other = await (await udpPhone(test, one.user, front)).registered();
    const sent = pbx.send({
      method: 'OPTIONS',
      uri: pbx.contactsOf(one.aor)[1] ?? '',
      from: 'sip:pbx@pbx.test',
      to: one.uri,
    });
    (await other.request('OPTIONS')).reply(200);
    await pbx.response(sent);
    expect(one.unread).toEqual([]);
  });
});

describe('OPTIONS', () => {
  it('to the proxy itself is answered by it', async () => {
    const phone = await newPhone();
    const answer = await phone.ask({ method: 'OPTIONS', uri: ownUri(), from: phone.uri });
    expect(answer.status).toBe(200);
    expect(answer.all('Allow')).toContain('INVITE');
    expect((await pbx.ask({ method: 'OPTIONS', uri: ownUri(), from: 'sip:pbx@pbx.test' })).status).toBe(200);
    expect(pbx.unread).toEqual([]);
  });
});

describe('a subscription', () => {
  it('has its NOTIFYs come through the proxy', async () => {
    const phone = await newPhone();
    const sent = phone.sendTo('desk', 'SUBSCRIBE', {
      headers: [contactOf(phone), 'Event: dialog', 'Expires: 600'],
    });
    const asked = await pbx.request('SUBSCRIBE');
    expect(asked.sip.all('Record-Route').length).toBeGreaterThan(0);
    asked.reply(200, [contactOf(pbx), 'Expires: 600']);
    const answer = await phone.response(sent);
    const notifying = Dialog.ofCallee(pbx, asked.sip);
    const notify = notifying.send('NOTIFY', {
      headers: [contactOf(pbx), 'Event: dialog', 'Subscription-State: active;expires=600'],
      body: '<dialog-info/>',
    });
    const notified = await phone.request('NOTIFY');
    expect(notified.sip.body).toBe('<dialog-info/>');
    notified.reply(200);
    expect((await pbx.response(notify)).status).toBe(200);
    const leave = Dialog.ofCaller(phone, answer).send('SUBSCRIBE', {
      headers: [contactOf(phone), 'Event: dialog', 'Expires: 0'],
    });
    (await pbx.request('SUBSCRIBE')).reply(200, [contactOf(pbx), 'Expires: 0']);
    expect((await phone.response(leave)).status).toBe(200);
  });
});

describe('a request is refused', () => {
  it('with 483 where Max-Forwards has run out', async () => {
    const phone = await newPhone();
    expect((await phone.response(phone.sendTo('desk', 'INFO', { maxForwards: 0 }))).status).toBe(483);
    expect(pbx.unread).toEqual([]);
  });

  it('with 420 where it requires of a proxy what this one does not know', async () => {
    const phone = await newPhone();
    const sent = phone.sendTo('desk', 'INFO', { headers: ['Proxy-Require: privacy, wings'] });
    const answer = await phone.response(sent);
    expect(answer.status).toBe(420);
    expect(answer.all('Unsupported')).toEqual(['privacy', 'wings']);
  });

  it('with 416 where its scheme leads nowhere', async () => {
    const phone = await newPhone();
    const sent = phone.send({ method: 'INFO', uri: 'mailto:x@pbx.test', from: phone.uri });
    expect((await phone.response(sent)).status).toBe(416);
  });

  it.for([
    ['altered', (uri: string) => uri.replace(/^sip:(.)/, (_, first) => `sip:${first === 'A' ? 'B' : 'A'}`)],
    ['cut short', (uri: string) => uri.replace(/.@/, '@')],
    ['made up', (uri: string) => uri.replace(/:.*@/, `:${unique()}@`)],
  ] as const)('with 403 or 404 by a contact that was %s', async ([, alter]) => {
    const phone = await newPhone();
    const sent = pbx.send({
      method: 'INVITE',
      uri: alter(shownContact(phone)),
      from: 'sip:pbx@pbx.test',
      to: phone.uri,
    });
    expect([403, 404]).toContain((await pbx.response(sent)).status);
    expect(phone.unread).toEqual([]);
  });

  it('with 403 where a phone uses the contact that the PBX was shown', async () => {
    const [phone, thief] = [await newPhone(), await newPhone()];
    const answer = await thief.ask({
      method: 'INVITE',
      uri: shownContact(phone),
      from: thief.uri,
      to: phone.uri,
    });
    expect(answer.status).toBe(403);
    expect(phone.unread).toEqual([]);
  });

  it('with 430 or 480 where the connection of the phone is closed, and never reaches who takes its place', async () => {
    const phone = await newPhone(tcpPhone);
    const uri = shownContact(phone);
    phone.wire.close();
    await front.midreg.waitForUnreachable(phone.aor);
    const stranger = await tcpPhone(test, 'stranger', front, phone.wire.port);
    const sent = pbx.send({ method: 'INVITE', uri, from: 'sip:pbx@pbx.test', to: phone.uri });
    expect([430, 480]).toContain((await pbx.response(sent)).status);
    expect(stranger.unread).toEqual([]);
  });

  it('with 504 at once where nobody takes connections at a PBX on TCP', async () => {
    const gone = await tcpServerWire(test);
    const alone = await startFront(test, gone, { transport: 'TCP' });
    gone.close();
    const phone = await udpPhone(test, 'lonely', alone);
    const answer = await phone.register();
    expect(answer.status).toBe(504);
    expect(answer.header('Retry-After')).not.toBe('');
  });
});

describe('a request above 1,300 bytes', () => {
  const large = { headers: ['Content-Type: text/plain'], body: 'large '.repeat(400) };

  it('goes to a PBX on UDP by TCP, where it takes that', async () => {
    const port = pbx.wire.port;
    const stream = new ScriptedPbx(await tcpServerWire(test, '127.0.0.1', port));
    const phone = await newPhone();
    const sent = phone.sendTo('desk', 'PUBLISH', large);
    const { sip, reply } = await stream.request('PUBLISH');
    expect(sip.body).toBe(large.body);
    expect(sip.header('Via')).toContain('SIP/2.0/TCP');
    reply(200);
    expect((await phone.response(sent)).status).toBe(200);
    expect(pbx.unread).toEqual([]);
  });

  it('goes by UDP all the same, where the PBX refuses TCP', async () => {
    const datagrams = new ScriptedPbx(await udpWire(test));
    const other = await startFront(test, datagrams.wire);
    const phone = await udpPhone(test, 'user', other);
    for (let times = 0; times < 2; times++) {
      const sent = phone.sendTo('desk', 'PUBLISH', large);
      const { sip, reply } = await datagrams.request('PUBLISH');
      expect(sip.body).toBe(large.body);
      expect(sip.header('Via')).toContain('SIP/2.0/UDP');
      reply(200);
      expect((await phone.response(sent)).status).toBe(200);
    }
  });
});

describe('a Route with a token that was made up', () => {
  it('leads to no phone', async () => {
    const [phone, other] = [await newPhone(), await newPhone()];
    pbx.respond('INFO', ({ reply }) => reply(200));
    const route = `Route: <sip:${unique()}${unique()}@127.0.0.1:${front.port};lr>`;
    await phone.response(phone.sendTo('desk', 'INFO', { headers: [route] }));
    await pbx.ask({ method: 'INFO', uri: other.contact, from: 'sip:x@pbx.test', headers: [route] });
    pbx.hold('INFO');
    expect([...phone.unread, ...other.unread]).toEqual([]);
  });
});

describe('a header field', () => {
  it('in compact form is read and passes as it came', async () => {
    const phone = await newPhone();
    const text = [
      'INFO sip:desk@pbx.test SIP/2.0',
      `v: SIP/2.0/UDP ${phone.hostPort};branch=z9hG4bKcompact;rport`,
      `f: <${phone.uri}>;tag=c`,
      't: <sip:desk@pbx.test>',
      'i: compact@form',
      'CSeq: 1 INFO',
      'Max-Forwards: 9',
      'Subject : folded',
      '  over lines',
      'c: text/plain',
      'l: 2',
      '',
      'hi and more',
    ].join('\r\n');
    phone.sendText(text);
    const { sip, reply } = await pbx.request('INFO');
    // §18.3: what is beyond Content-Length in a datagram is no part of the message.
    expect(sip.body).toBe('hi');
    expect(sip.header('Call-ID')).toBe('compact@form');
    expect(sip.text).toContain('\r\nc: text/plain\r\n');
    reply(200);
    const { sip: answer } = await phone.next('200', ({ status }) => status === 200);
    expect(answer.branch).toBe('z9hG4bKcompact');
  });

  it('without Max-Forwards gets one (RFC 3261 §16.6 step 3)', async () => {
    const phone = await newPhone();
    const sent = phone.sendTo('desk', 'INFO');
    (await pbx.request('INFO')).reply(200);
    phone.sendText(sent.text.replace(/Max-Forwards.*\r\n/, '').replaceAll(sent.branch, 'z9hG4bKnomf'));
    const { sip, reply } = await pbx.request('INFO');
    expect(sip.header('Max-Forwards')).toBe('70');
    reply(200);
  });
});
