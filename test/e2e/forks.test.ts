import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fileStage, testStage } from '../support/peers/stage.ts';
import type { Front } from './front.ts';
import { contactOf, invite, inviteFromPbx, SDP } from './script/call.ts';
import { Dialog } from './script/dialog.ts';
import type { ScriptedPbx } from './script/pbx.ts';
import { type ScriptedPhone, udpPhone } from './script/phone.ts';
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

const newPhone = async (): Promise<ScriptedPhone> =>
  (await udpPhone(test, `user${++users}`, front)).registered();

describe('a call that the PBX forks', () => {
  it('has its early media passed on, each with its own tag, and acknowledged by PRACK', async () => {
    const phone = await newPhone();
    const sent = invite(phone, ['Supported: 100rel']);
    const asked = await pbx.request('INVITE');
    for (const [index, tag] of ['left', 'right'].entries()) {
      asked.reply(183, [contactOf(pbx), 'Require: 100rel', `RSeq: ${index + 1}`], { tag, body: SDP });
      const early = await phone.response(sent, false);
      expect(early.status).toBe(183);
      expect(early.header('To')).toContain(`tag=${tag}`);
      expect(early.body).toBe(SDP);
      const prack = Dialog.ofCaller(phone, early).send('PRACK', { headers: [`RAck: ${index + 1} 1 INVITE`] });
      const acknowledged = await pbx.request('PRACK');
      expect(acknowledged.sip.header('RAck')).toBe(`${index + 1} 1 INVITE`);
      expect(acknowledged.sip.header('To')).toContain(`tag=${tag}`);
      acknowledged.reply(200);
      expect((await phone.response(prack)).status).toBe(200);
    }
    for (const tag of ['left', 'right']) {
      asked.reply(200, [contactOf(pbx)], { tag });
      const answer = await phone.response(sent);
      expect(answer.header('To')).toContain(`tag=${tag}`);
      Dialog.ofCaller(phone, answer).acknowledge(sent.cseq);
      expect((await pbx.request('ACK')).sip.header('To')).toContain(`tag=${tag}`);
    }
  });
});

describe('a call for all phones of a user', () => {
  const ring = async () => {
    const one = await newPhone();
    const other = await (await udpPhone(test, one.user, front)).registered();
    const sent = inviteFromPbx(pbx, one, one.uri);
    const [atOne, atOther] = [await one.request('INVITE'), await other.request('INVITE')];
    atOne.reply(180);
    atOther.reply(180);
    for (let times = 0; times < 2; times++) await pbx.response(sent, false);
    return { one, other, sent, atOne, atOther };
  };

  it('is taken by one, and the others are told to stop ringing', async () => {
    const { one, other, sent, atOne, atOther } = await ring();
    atOther.reply(200, [contactOf(other)]);
    const answer = await pbx.response(sent);
    expect(answer.header('To')).toContain(other.tag);
    (await one.request('CANCEL')).reply(200);
    atOne.reply(487);
    await one.request('ACK');
    expect(other.unread).toEqual([]);
    expect(pbx.unread).toEqual([]);
  });

  it('rings on while one is busy, and is told the best answer of all', async () => {
    const { one, other, sent, atOne, atOther } = await ring();
    atOne.reply(486);
    await one.request('ACK');
    atOther.reply(480);
    await other.request('ACK');
    expect([480, 486]).toContain((await pbx.response(sent)).status);
  });

  it('ends for all where one declines it for all', async () => {
    const { one, other, sent, atOne, atOther } = await ring();
    atOne.reply(603);
    await one.request('ACK');
    (await other.request('CANCEL')).reply(200);
    atOther.reply(487);
    expect((await pbx.response(sent)).status).toBe(603);
  });
});
