import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aorOf, DOMAIN } from '../support/peers/pbx.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { type Front, startFront } from './front.ts';
import { ScriptedPbx } from './script/pbx.ts';
import { type ScriptedPhone, tcpPhone, udpPhone } from './script/phone.ts';
import { paramOf, uriOf } from './script/sip.ts';
import { tcpServerWire } from './script/wire.ts';
import { startScriptedFront } from './scripted-front.ts';

const file = fileStage();
const test = testStage();
let pbx: ScriptedPbx;
let front: Front;
let users = 0;

beforeAll(async () => {
  ({ pbx, front } = await startScriptedFront(file));
});

beforeEach(() => {
  pbx.grantRegistrations();
  pbx.clear();
});

const newPhone = (name = `user${++users}`): Promise<ScriptedPhone> => udpPhone(test, name, front);

const stored = async (phone: ScriptedPhone): Promise<readonly string[]> =>
  (await front.midreg.bindings(phone.aor)).map(({ uri }) => uri).toSorted();

/** A text for `recipient` arrives there. */
const isReached = async (recipient: ScriptedPhone): Promise<void> => {
  const sender = await (await newPhone()).registered();
  const sent = sender.sendMessage(recipient.user, 'found');
  (await recipient.request('MESSAGE')).reply(200);
  expect((await sender.response(sent)).status).toBe(200);
};

describe('a contact', () => {
  it.for([
    ['at a private address, behind NAT', 'sip:u@192.168.1.5:5060'],
    ['without a user part', 'sip:192.168.1.5'],
    ['with escapes', 'sip:%61%20b%40c;x=%3b@192.168.1.5'],
    ['with a password and header fields', 'sip:u:p@192.168.1.5:5062;ob?Subject=x&X=y'],
    ['of IPv6', 'sip:u@[2001:db8::9]:5070'],
    ['with a parameter like our own', 'sip:u@192.168.1.5;ctid=1;lr;transport=udp'],
  ] as const)('%s is mirrored as it is and reached by its flow', async ([, uri]) => {
    const phone = await newPhone();
    const answer = await phone.register({ contacts: [`<${uri}>;expires=120`] });
    expect(answer.status).toBe(200);
    expect(answer.all('Contact').map(uriOf)).toEqual([uri]);
    expect(await stored(phone)).toEqual([uri]);
    const [shown = ''] = pbx.contactsOf(phone.aor);
    expect(shown).toMatch(new RegExp(`^sip:[A-Za-z0-9_.-]+@127\\.0\\.0\\.1:${front.port}`));
    await isReached(phone);
  });

  it('that is refreshed from another port is reached there', async () => {
    const name = `user${++users}`;
    const [before, after] = [await newPhone(name), await newPhone(name)];
    const contacts = ['<sip:u@192.168.1.5:5060>'];
    await before.registered({ contacts });
    await after.registered({ contacts });
    expect(await stored(after)).toEqual(['sip:u@192.168.1.5:5060']);
    await isReached(after);
    expect(before.unread).toEqual([]);
  });

  it('of one instance at a new address takes the place of the old one, where the PBX says so', async () => {
    const phone = await newPhone();
    const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>";reg-id=1';
    await phone.registered({ contacts: [`<sip:u@192.168.1.5>;${instance}`] });
    pbx.respond('REGISTER', ({ sip, reply }) => reply(200, [`Contact: ${sip.header('Contact')};expires=60`]));
    await phone.registered({ contacts: [`<sip:u@10.0.0.7>;${instance}`] });
    expect(await stored(phone)).toEqual(['sip:u@10.0.0.7']);
    await isReached(phone);
  });
});

describe('a REGISTER', () => {
  it('right after leaving registers anew', async () => {
    const phone = await (await newPhone()).registered();
    await phone.registered({ expires: 0 });
    expect(await stored(phone)).toEqual([]);
    await phone.registered();
    expect(await stored(phone)).toEqual([phone.contact]);
  });

  it('is committed once, though the PBX repeats its 200', async () => {
    pbx.holdRegistrations();
    const phone = await newPhone();
    const sent = phone.sendRegister();
    const asked = await pbx.request('REGISTER');
    pbx.grant(asked);
    pbx.grant(asked);
    await phone.response(sent);
    pbx.grantRegistrations();
    await phone.registered({ expires: 0 });
    pbx.grant(asked);
    await newPhone().then((other) => other.registered());
    expect(await stored(phone)).toEqual([]);
  });

  it('whose phone is gone when the PBX grants it is kept, and known to be out of reach', async () => {
    pbx.holdRegistrations();
    const phone = await tcpPhone(test, `user${++users}`, front);
    phone.sendRegister();
    const asked = await pbx.request('REGISTER');
    phone.wire.close();
    await front.midreg.waitForLog('ready');
    pbx.grantRegistrations();
    await newPhone().then((other) => other.registered());
    pbx.grant(asked);
    expect(await front.midreg.waitForBindings(phone.aor, 1)).toMatchObject([{ reachable: false }]);
  });

  it('with a Path of a proxy before us is kept with it, and messages follow it', async () => {
    const phone = await newPhone();
    const path = `<sip:edge@${phone.hostPort};lr>`;
    pbx.holdRegistrations();
    const sent = phone.sendRegister({ headers: [`Path: ${path}`, 'Supported: path'] });
    const asked = await pbx.request('REGISTER');
    expect(asked.sip.all('Path')).toEqual([]);
    pbx.grant(asked);
    pbx.grantRegistrations();
    expect((await phone.response(sent)).status).toBe(200);
    const sender = await (await newPhone()).registered();
    const message = sender.sendMessage(phone.user, 'by the edge');
    const { sip, reply } = await phone.request('MESSAGE');
    expect(sip.all('Route')).toEqual([path]);
    expect(sip.uri).toBe(phone.contact);
    reply(200);
    await sender.response(message);
  });

  it.for([
    ['a To without a user', `sip:${DOMAIN}`],
    ['a To that is a telephone number', 'tel:+49301234567'],
    ['a To of another scheme', `mailto:u@${DOMAIN}`],
    ['a To that can not be read', 'sip:u@'],
  ])('with %s is refused', async ([, to]) => {
    const phone = await newPhone();
    const headers = [`Contact: <${phone.contact}>`];
    const answer = await phone.ask({
      method: 'REGISTER',
      uri: `sip:${DOMAIN}`,
      from: phone.uri,
      to: to ?? '',
      headers,
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(pbx.unread).toEqual([]);
  });

  it.for([
    ['unclosed', '<sip:u@127.0.0.1'],
    ['empty', '<>'],
    ['no URI', 'u at home'],
  ])(
    'with a Contact that can not be read (%s) is refused or left to the PBX, and never kept',
    async ([, contact]) => {
      const phone = await newPhone();
      const answer = await phone.register({ contacts: [contact ?? ''] });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(await stored(phone)).toEqual([]);
    },
  );

  it('for another user is the business of the PBX, and kept under To', async () => {
    const phone = await newPhone();
    const headers = [`Contact: <${phone.contact}>`];
    const to = `sip:${aorOf('assistant')}`;
    expect(
      (await phone.ask({ method: 'REGISTER', uri: `sip:${DOMAIN}`, from: phone.uri, to, headers })).status,
    ).toBe(200);
    expect(await front.midreg.bindings(aorOf('assistant'))).toHaveLength(1);
    expect(await stored(phone)).toEqual([]);
  });

  it('knows a user by name and domain, whatever the case of the domain and the port', async () => {
    const phone = await newPhone();
    const to = `sip:${phone.user}@PBX.Test:5060;transport=udp`;
    const headers = [`Contact: <${phone.contact}>`];
    expect((await phone.ask({ method: 'REGISTER', uri: 'sip:PBX.Test', from: to, to, headers })).status).toBe(
      200,
    );
    expect(await stored(phone)).toEqual([phone.contact]);
  });

  it('asking for an absurd time is granted what the PBX grants', async () => {
    const phone = await newPhone();
    const answer = await phone.register({ contacts: [`<${phone.contact}>;expires=99999999999`] });
    expect(answer.status).toBe(200);
    expect(Number(paramOf(answer.header('Contact'), 'expires'))).toBeLessThanOrEqual(600);
  });
});

describe('a PBX on TCP', () => {
  it('that closes its connection is connected to again', async () => {
    const wire = await tcpServerWire(test);
    const stream = new ScriptedPbx(wire);
    const other = await startFront(test, wire, { transport: 'TCP' });
    stream.peer = other;
    const phone = await udpPhone(test, 'u1', other);
    await phone.registered();
    await phone.registered();
    expect(wire.taken).toBe(1);
    await wire.hangUp();
    await phone.registered();
    expect(wire.taken).toBe(2);
    const sent = stream.send({
      method: 'OPTIONS',
      uri: stream.contactsOf(phone.aor)[0] ?? '',
      from: 'sip:x@pbx.test',
      to: phone.uri,
    });
    (await phone.request('OPTIONS')).reply(200);
    expect((await stream.response(sent)).status).toBe(200);
  });
});
