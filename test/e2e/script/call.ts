import { expect } from 'vitest';
import { Dialog } from './dialog.ts';
import type { Party, Received } from './party.ts';
import type { ScriptedPbx } from './pbx.ts';
import type { ScriptedPhone } from './phone.ts';
import type { Sip } from './sip.ts';

export const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';

/** Where a party wants to be asked within a call. */
export const contactOf = (party: Party): string => `Contact: <sip:x@${party.hostPort}>`;

/** A phone calls what the PBX answers by itself. */
export const invite = (phone: ScriptedPhone, headers: readonly string[] = []): Sip =>
  phone.sendTo('conference', 'INVITE', {
    headers: [contactOf(phone), 'Content-Type: application/sdp', ...headers],
    body: SDP,
  });

/** The PBX calls a phone, by the contact that it was shown unless told. */
export const inviteFromPbx = (pbx: ScriptedPbx, phone: ScriptedPhone, uri?: string): Sip =>
  pbx.send({
    method: 'INVITE',
    uri: uri ?? pbx.contactsOf(phone.aor)[0] ?? '',
    from: 'sip:outside@pbx.test',
    to: phone.uri,
    headers: [contactOf(pbx), 'Content-Type: application/sdp'],
    body: SDP,
  });

/** A party of a call that is up. */
export interface End {
  readonly party: Party;
  readonly dialog: Dialog;
}

/** The callee takes the call that the caller has sent; the ends are the caller's and the callee's. */
export async function connect(
  caller: Party,
  sent: Sip,
  callee: Party,
): Promise<{ asked: Received; ends: readonly [End, End] }> {
  const asked = await callee.request('INVITE');
  asked.reply(200, [contactOf(callee)], { body: SDP });
  const calling = { party: caller, dialog: Dialog.ofCaller(caller, await caller.response(sent)) };
  calling.dialog.acknowledge(sent.cseq);
  await callee.request('ACK');
  return { asked, ends: [calling, { party: callee, dialog: Dialog.ofCallee(callee, asked.sip) }] };
}

/** One end asks the other something within the call and gets the answer. */
async function exchange(method: string, from: End, to: End): Promise<void> {
  const sent = from.dialog.send(method, { headers: [contactOf(from.party)] });
  const { sip, reply } = await to.party.request(method);
  expect(sip.all('Route')).toEqual([]);
  expect(sip.header('Max-Forwards')).toBe('69');
  reply(200, [contactOf(to.party)], { reason: method });
  expect((await from.party.response(sent)).reason).toBe(method);
  if (method !== 'INVITE') return;
  from.dialog.acknowledge(sent.cseq);
  expect((await to.party.request('ACK')).sip.cseq).toBe(sent.cseq);
}

/** Each end asks the other all kinds of things, and then the first of them ends the call. */
export async function talkAndEnd(ending: End, other: End): Promise<void> {
  for (const method of ['INVITE', 'UPDATE', 'INFO', 'REFER', 'NOTIFY', 'MESSAGE', 'WHISTLE']) {
    await exchange(method, ending, other);
    await exchange(method, other, ending);
  }
  await exchange('BYE', ending, other);
}
