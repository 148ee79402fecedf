import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aorOf } from '../support/peers/pbx.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { type Front, startFront } from './front.ts';
import { ScriptedPbx } from './script/pbx.ts';
import { type ScriptedPhone, udpPhone } from './script/phone.ts';
import { paramOf, uriOf } from './script/sip.ts';
import { udpWire } from './script/wire.ts';

const file = fileStage();
const test = testStage();
let pbx: ScriptedPbx;
let front: Front;
let users = 0;

beforeAll(async () => {
  pbx = new ScriptedPbx(await udpWire(file));
  front = await startFront(file, pbx.wire, {
    spec: {
      upstream: {
        probe: { method: 'None' },
        endpoints: [{ name: 'pbx', host: pbx.wire.address, port: pbx.wire.port }],
        responseTimeoutSeconds: 1,
      },
    },
  });
  pbx.peer = front;
});

beforeEach(() => {
  pbx.grantRegistrations();
  pbx.maximumExpires = 600;
});

/** Of a user of its own, so that no test sees another's. */
const newPhone = (): Promise<ScriptedPhone> => udpPhone(test, `user${++users}`, front);

const stored = (phone: ScriptedPhone) => front.midreg.bindings(phone.aor);

describe('a REGISTER', () => {
  it('is authenticated between the phone and the PBX, which the proxy only relays', async () => {
    pbx.holdRegistrations();
    const phone = await newPhone();
    const challenge = 'Digest realm="pbx.test", nonce="bm9uY2U=", qop="auth,auth-int", algorithm=MD5';
    const first = phone.sendRegister();
    const asked = await pbx.request('REGISTER');
    expect(asked.sip.uri).toBe('sip:pbx.test');
    asked.reply(401, [`WWW-Authenticate: ${challenge}`], { reason: 'Unauthorized' });
    const refusal = await phone.response(first);
    expect(refusal.status).toBe(401);
    expect(refusal.header('WWW-Authenticate')).toBe(challenge);
    expect(await stored(phone)).toEqual([]);
    const credentials = `Digest username="u1",realm="pbx.test", nonce="bm9uY2U=",  uri="sip:pbx.test", response="00"`;
    const second = phone.sendRegister({ headers: [`Authorization: ${credentials}`] });
    const answered = await pbx.request('REGISTER');
    expect(answered.sip.header('Authorization')).toBe(credentials);
    expect(await stored(phone)).toEqual([]);
    pbx.grant(answered);
    expect((await phone.response(second)).status).toBe(200);
    expect(await stored(phone)).toMatchObject([{ uri: phone.contact }]);
  });

  it.for([
    [403, 'Forbidden', 'Warning: 399 pbx "too many contacts"'],
    [407, 'Proxy Authentication Required', 'Proxy-Authenticate: Digest realm="r", nonce="n"'],
    [420, 'Bad Extension', 'Unsupported: gruu'],
    [423, 'Interval Too Brief', 'Min-Expires: 7200'],
    [480, 'Temporarily Unavailable', 'Retry-After: 7 (back soon)'],
    [500, 'Server Internal Error', 'Retry-After: 11'],
    [503, 'Service Unavailable', 'Retry-After: 13'],
  ] as const)('that is answered %i %s is told so, and changes nothing', async ([status, reason, field]) => {
    const newcomer = await newPhone();
    const known = await (await newPhone()).registered();
    const before = await stored(known);
    pbx.respond('REGISTER', ({ reply }) => reply(status, [field], { reason }));
    for (const phone of [newcomer, known]) {
      const answer = await phone.register();
      expect(answer.startLine).toBe(`SIP/2.0 ${status} ${reason}`);
      expect(answer.text).toContain(`\r\n${field}\r\n`);
    }
    expect(await stored(newcomer)).toEqual([]);
    expect((await stored(known)).map(({ uri }) => uri)).toEqual(before.map(({ uri }) => uri));
  });

  it('that the PBX leaves unanswered gets a 504 with Retry-After, and the late 200 is not taken', async () => {
    pbx.holdRegistrations();
    const phone = await newPhone();
    const answer = await phone.register();
    expect(answer.status).toBe(504);
    expect(Number(answer.header('Retry-After').split(' ')[0])).toBeGreaterThan(0);
    const asked = await pbx.request('REGISTER');
    expect((await pbx.request('REGISTER')).sip.branch).toBe(asked.sip.branch); // sent again in vain
    pbx.grant(asked);
    pbx.grantRegistrations();
    await (await newPhone()).registered();
    expect(await stored(phone)).toEqual([]);
  });

  it('is sent to the PBX once, however often the phone repeats it', async () => {
    pbx.holdRegistrations();
    const phone = await newPhone();
    const sent = phone.sendRegister();
    phone.sendText(sent.text);
    const asked = await pbx.request('REGISTER');
    phone.sendText(sent.text);
    pbx.grant(asked);
    const answer = await phone.response(sent);
    phone.sendText(sent.text);
    expect((await phone.response(sent)).text).toBe(answer.text);
    expect(pbx.unread).toEqual([]);
  });

  it.for([200, 202])('that is answered %i is kept', async (status) => {
    const phone = await newPhone();
    pbx.respond('REGISTER', ({ sip, reply }) =>
      reply(
        status,
        sip.all('Contact').map((contact) => `Contact: ${contact};expires=60`),
      ),
    );
    expect((await phone.register()).status).toBe(status);
    expect(await stored(phone)).toHaveLength(1);
  });

  it('is kept for as long as the PBX grants, which the phone is told', async () => {
    pbx.maximumExpires = 90;
    const phone = await newPhone();
    const answer = await phone.register({ expires: 7200 });
    const [contact, ...others] = answer.all('Contact');
    expect(others).toEqual([]);
    expect(uriOf(contact ?? '')).toBe(phone.contact);
    const told = Number(paramOf(contact ?? '', 'expires'));
    expect(told).toBeLessThanOrEqual(90);
    expect(told).toBeGreaterThan(80);
    expect(['', `${told}`]).toContain(answer.header('Expires'));
    const [binding] = await stored(phone);
    expect(binding?.expiresInSeconds).toBeLessThanOrEqual(told);
    expect(binding?.expiresInSeconds).toBeGreaterThan(80);
  });

  it('shows the PBX a contact at the proxy with the parameters of the phone, the same at each refresh', async () => {
    pbx.holdRegistrations();
    const phone = await newPhone();
    const parameters =
      ';q=0.7;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>";methods="INVITE"';
    const shown: string[] = [];
    for (let times = 0; times < 2; times++) {
      const sent = phone.sendRegister({ contacts: [`"Desk" <${phone.contact}>${parameters}`] });
      const asked = await pbx.request('REGISTER');
      const contact = asked.sip.header('Contact');
      for (const parameter of parameters.split(';').slice(1)) expect(contact).toContain(`;${parameter}`);
      shown.push(uriOf(contact));
      pbx.grant(asked);
      const [told = ''] = (await phone.response(sent)).all('Contact');
      expect(uriOf(told)).toBe(phone.contact);
      for (const parameter of parameters.split(';').slice(1)) expect(told).toContain(parameter);
    }
    expect(shown[0]).toContain(`@127.0.0.1:${front.port}`);
    expect(shown[0]).toMatch(/^sip:[A-Za-z0-9_.-]+@/);
    expect(shown[1]).toBe(shown[0]);
  });

  it('leaves all else as the phone and the PBX wrote it', async () => {
    pbx.holdRegistrations();
    const phone = await newPhone();
    const odd = [
      'X-Odd:   some  \t  spacing',
      'User-Agent: Phone/1.0 (desk; "2nd floor")',
      'Allow: INVITE, ACK,BYE',
    ];
    const sent = phone.sendRegister({ headers: odd });
    const asked = await pbx.request('REGISTER');
    for (const line of odd) expect(asked.sip.text).toContain(`\r\n${line}\r\n`);
    const kept = [
      'Service-Route: <sip:edge.pbx.test;lr>',
      'Date: Thu, 21 Feb 2002 13:02:03 GMT',
      'X-Odd:again ',
    ];
    pbx.grant(asked, kept);
    const answer = await phone.response(sent);
    for (const line of kept) expect(answer.text).toContain(`\r\n${line}\r\n`);
  });

  it('of a domain that is not served is answered 404 and goes nowhere', async () => {
    pbx.holdRegistrations();
    const phone = await newPhone();
    const answer = await phone.ask({ method: 'REGISTER', uri: 'sip:else.test', from: 'sip:u1@else.test' });
    expect(answer.status).toBe(404);
    expect(pbx.unread).toEqual([]);
    expect(await front.midreg.bindings(aorOf('u1'))).toEqual([]);
  });
});
