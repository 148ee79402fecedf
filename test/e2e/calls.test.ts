import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fileStage, testStage } from '../support/peers/stage.ts';
import type { Front } from './front.ts';
import { connect, contactOf, type End, invite, inviteFromPbx, SDP, talkAndEnd } from './script/call.ts';
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

beforeEach(() => pbx.clear());

type Start = (stage: typeof test, user: string, front: Front) => Promise<ScriptedPhone>;

const newPhone = async (start: Start = udpPhone): Promise<ScriptedPhone> =>
  (await start(test, `user${++users}`, front)).registered();

describe('a call', () => {
  for (const who of ['caller', 'callee'] as const) {
    const inOrder = ([caller, callee]: readonly [End, End]): [End, End] =>
      who === 'caller' ? [caller, callee] : [callee, caller];

    it(`from a phone stays with the proxy on both sides until the ${who} ends it`, async () => {
      const phone = await newPhone();
      const sent = invite(phone, ['X-Odd:  kept ']);
      const trying = await phone.next('100', (sip) => sip.status === 100);
      expect(trying.sip.header('To')).toBe(sent.header('To'));
      const { asked, ends } = await connect(phone, sent, pbx);
      expect(asked.sip.uri).toBe(sent.uri);
      expect(asked.sip.body).toBe(SDP);
      expect(asked.sip.text).toContain('\r\nX-Odd:  kept \r\n');
      expect(asked.sip.all('Record-Route').join()).toMatch(
        new RegExp(`^<sip:[^>]*127\\.0\\.0\\.1:${front.port}[^>]*;lr`),
      );
      expect(asked.sip.header('Contact')).toBe(sent.header('Contact'));
      await talkAndEnd(...inOrder(ends));
      expect(phone.unread).toEqual([]);
      expect(pbx.unread).toEqual([]);
    });

    it(`from the PBX stays with the proxy on both sides until the ${who} ends it`, async () => {
      const phone = await newPhone();
      const { asked, ends } = await connect(pbx, inviteFromPbx(pbx, phone), phone);
      expect(asked.sip.uri).toBe(phone.contact);
      await talkAndEnd(...inOrder(ends));
    });

    it(`between the PBX and a phone on TCP is ended by the ${who}`, async () => {
      const phone = await newPhone(tcpPhone);
      const { asked, ends } = await connect(pbx, inviteFromPbx(pbx, phone), phone);
      expect(asked.sip.header('Via')).toContain('SIP/2.0/TCP');
      await talkAndEnd(...inOrder(ends));
    });
  }

  it('that is refused is acknowledged hop by hop', async () => {
    const phone = await newPhone();
    const sent = invite(phone);
    const asked = await pbx.request('INVITE');
    asked.reply(486, [], { reason: 'Busy Here' });
    expect((await pbx.request('ACK')).sip.branch).toBe(asked.sip.branch);
    const answer = await phone.response(sent);
    expect(answer.startLine).toBe('SIP/2.0 486 Busy Here');
    phone.sendText(
      sent.text
        .replace(/^INVITE/, 'ACK')
        .replace('CSeq: 1 INVITE', 'CSeq: 1 ACK')
        .replace(/^To: .*$/m, `To: ${answer.header('To')}`)
        .replace(/Content-(Type|Length):.*\r\n/g, '')
        .replace(SDP, ''),
    );
    await phone.ask({ method: 'OPTIONS', uri: `sip:127.0.0.1:${front.port}`, from: phone.uri });
    expect(pbx.unread).toEqual([]);
  });

  it('is asked for once, however often the caller repeats itself', async () => {
    const phone = await newPhone();
    const sent = invite(phone);
    const asked = await pbx.request('INVITE');
    asked.reply(180);
    expect((await phone.response(sent, false)).status).toBe(180);
    phone.sendText(sent.text);
    expect((await phone.response(sent, false)).status).toBe(180);
    asked.reply(603);
    await phone.response(sent);
    await pbx.request('ACK');
    expect(pbx.unread).toEqual([]);
  });

  it('has each repetition of its 200 passed on, until it is acknowledged', async () => {
    const phone = await newPhone();
    const sent = invite(phone);
    const asked = await pbx.request('INVITE');
    for (let times = 0; times < 3; times++) {
      asked.reply(200, [contactOf(pbx)]);
      expect((await phone.response(sent)).status).toBe(200);
    }
  });

  it('is given up by CANCEL, which is answered here and sent on', async () => {
    const phone = await newPhone();
    const sent = invite(phone);
    const asked = await pbx.request('INVITE');
    asked.reply(180);
    await phone.response(sent, false);
    const cancel = phone.sendTo('conference', 'CANCEL', {
      branch: sent.branch,
      callId: sent.header('Call-ID'),
      fromTag: /tag=(\w+)/.exec(sent.header('From'))?.[1] ?? '',
    });
    expect((await phone.response(cancel)).status).toBe(200);
    const cancelled = await pbx.request('CANCEL');
    expect(cancelled.sip.branch).toBe(asked.sip.branch);
    expect(cancelled.sip.uri).toBe(asked.sip.uri);
    expect(cancelled.sip.all('Via')).toHaveLength(1);
    cancelled.reply(200);
    asked.reply(487, [], { reason: 'Request Terminated' });
    expect((await phone.response(sent)).status).toBe(487);
    await pbx.request('ACK');
  });

  it('is given up before anybody has answered: CANCEL goes on with the first answer', async () => {
    const phone = await newPhone();
    const sent = invite(phone);
    const asked = await pbx.request('INVITE');
    const fromTag = /tag=(\w+)/.exec(sent.header('From'))?.[1] ?? '';
    const early = { branch: sent.branch, callId: sent.header('Call-ID'), fromTag };
    expect((await phone.response(phone.sendTo('conference', 'CANCEL', early))).status).toBe(200);
    expect(pbx.unread).toEqual([]);
    asked.reply(100);
    (await pbx.request('CANCEL')).reply(200);
    asked.reply(487);
    expect((await phone.response(sent)).status).toBe(487);
    await pbx.request('ACK');
  });

  it('has nothing to cancel where there is no INVITE', async () => {
    const phone = await newPhone();
    const answer = await phone.response(phone.sendTo('conference', 'CANCEL'));
    expect(answer.status).toBe(481);
    expect(pbx.unread).toEqual([]);
  });
});
