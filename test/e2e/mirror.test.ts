import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { type Front, type FrontOptions, startFront } from './front.ts';
import { ScriptedPbx } from './script/pbx.ts';
import { type ScriptedPhone, tcpPhone, udpPhone } from './script/phone.ts';
import { type Sip, uriOf } from './script/sip.ts';
import { udpWire } from './script/wire.ts';

const file = fileStage();
const test = testStage();
const FOREIGN = 'sip:desk@192.0.2.77:5060';
let pbx: ScriptedPbx;
let complete: Front;
let partial: Front;
let users = 0;

const frontOf = (registration: FrontOptions['spec']): Promise<Front> =>
  startFront(file, pbx.wire, { spec: { registration } });

beforeAll(async () => {
  pbx = new ScriptedPbx(await udpWire(file));
  complete = await frontOf({ replyContacts: 'Complete', maxContactsPerAor: 3, minExpiresSeconds: 60 });
  partial = await frontOf({ replyContacts: 'Partial', foreignContacts: 'Ignore' });
  pbx.peer = complete;
});

beforeEach(() => pbx.grantRegistrations());

const user = (): string => `user${++users}`;

const uris = async (front: Front, phone: ScriptedPhone): Promise<readonly string[]> =>
  (await front.midreg.bindings(phone.aor)).map(({ uri }) => uri).toSorted();

const toldUris = (answer: Sip): readonly string[] => answer.all('Contact').map(uriOf).toSorted();

/** The next REGISTERs are granted, with all of these contacts and no others. */
const listing = (...contacts: string[]) =>
  pbx.respond('REGISTER', ({ reply }) =>
    reply(
      200,
      contacts.map((contact) => `Contact: ${contact}`),
    ),
  );

describe('what the PBX lists', () => {
  it('is kept contact by contact, in one line or in a line each', async () => {
    const phone = await udpPhone(test, user(), complete);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => `sip:${name}@127.0.0.1:${phone.wire.port}`);
    const answer = await phone.register({
      contacts: [`<${a}>;q=0.5, "B, b" <${b}>;expires=120`, `${c};expires=90`],
    });
    expect(answer.status).toBe(200);
    expect(toldUris(answer)).toEqual([a, b, c]);
    expect(await uris(complete, phone)).toEqual([a, b, c]);
    const shown = await complete.midreg.bindings(phone.aor);
    expect(shown.find(({ uri }) => uri === c)?.expiresInSeconds).toBeLessThanOrEqual(90);
  });

  it("holds the contacts of a user's other phones, told to each as it wrote them", async () => {
    const name = user();
    const [one, other] = [await udpPhone(test, name, complete), await udpPhone(test, name, complete)];
    await one.registered();
    expect(toldUris(await other.register())).toEqual([one.contact, other.contact].toSorted());
    expect(await uris(complete, one)).toEqual([one.contact, other.contact].toSorted());
  });

  it('is all that is kept, where it is complete', async () => {
    const name = user();
    const [one, other] = [await udpPhone(test, name, complete), await udpPhone(test, name, complete)];
    await one.registered();
    // The PBX throws out the older one, as a limit of contacts would.
    pbx.respond('REGISTER', ({ sip, reply }) => reply(200, [`Contact: ${sip.header('Contact')};expires=60`]));
    await other.registered();
    expect(await uris(complete, one)).toEqual([other.contact]);
  });

  it('says nothing of other contacts, where it is partial', async () => {
    const name = user();
    const [one, other] = [await udpPhone(test, name, partial), await udpPhone(test, name, partial)];
    await one.registered();
    pbx.respond('REGISTER', ({ sip, reply }) => reply(200, [`Contact: ${sip.header('Contact')};expires=60`]));
    await other.registered();
    expect(await uris(partial, one)).toEqual([one.contact, other.contact].toSorted());
  });

  it('may hold a contact that came another way, which is marked as foreign', async () => {
    const phone = await udpPhone(test, user(), complete);
    pbx.respond('REGISTER', ({ sip, reply }) =>
      reply(200, [`Contact: <${FOREIGN}>;expires=55, ${sip.header('Contact')};expires=60`]),
    );
    const answer = await phone.register();
    expect(toldUris(answer)).toEqual([FOREIGN, phone.contact].toSorted());
    const shown = await complete.midreg.bindings(phone.aor);
    expect(shown.map(({ uri, foreign }) => [uri, foreign]).toSorted()).toEqual([
      [FOREIGN, true],
      [phone.contact, false],
    ]);
  });

  it('may hold a contact that came another way, which is not kept where that is so told', async () => {
    const phone = await udpPhone(test, user(), partial);
    pbx.respond('REGISTER', ({ sip, reply }) =>
      reply(200, [`Contact: <${FOREIGN}>;expires=55`, `Contact: ${sip.header('Contact')};expires=60`]),
    );
    expect(toldUris(await phone.register())).toEqual([FOREIGN, phone.contact].toSorted());
    expect(await uris(partial, phone)).toEqual([phone.contact]);
  });

  it('may have its contacts written anew: order, case of the host, a name and quotes', async () => {
    const phone = await udpPhone(test, user(), complete);
    pbx.respond('REGISTER', ({ sip, reply }) => {
      const uri = uriOf(sip.header('Contact'));
      reply(200, [`m: "A phone" <${uri.replace(/@/, '@').replace('sip:', 'SIP:')}> ;q=1.0 ; Expires="60"`]);
    });
    const answer = await phone.register();
    expect(answer.status).toBe(200);
    expect(toldUris(answer)).toEqual([phone.contact]);
    expect(await uris(complete, phone)).toEqual([phone.contact]);
  });

  it('may lack the contact that was asked for, which is then not kept', async () => {
    const phone = await (await udpPhone(test, user(), complete)).registered();
    listing();
    expect((await phone.register()).status).toBe(200);
    expect(await uris(complete, phone)).toEqual([]);
  });

  it('may give the time in an Expires header field', async () => {
    const phone = await udpPhone(test, user(), complete);
    pbx.respond('REGISTER', ({ sip, reply }) =>
      reply(200, [`Contact: <${uriOf(sip.header('Contact'))}>`, 'Expires: 75']),
    );
    await phone.registered();
    const [binding] = await complete.midreg.bindings(phone.aor);
    expect(binding?.expiresInSeconds).toBeLessThanOrEqual(75);
    expect(binding?.expiresInSeconds).toBeGreaterThan(65);
  });

  it('is gone when the time that was granted is over', async () => {
    const phone = await udpPhone(test, user(), complete);
    pbx.respond('REGISTER', ({ sip, reply }) => reply(200, [`Contact: ${sip.header('Contact')};expires=4`]));
    await phone.registered();
    expect(await uris(complete, phone)).toEqual([phone.contact]);
    await complete.midreg.waitForBindings(phone.aor, 0);
    const sender = await udpPhone(test, user(), complete);
    pbx.grantRegistrations();
    await sender.registered();
    expect((await sender.message(phone.user, 'too late')).status).toBe(404);
  });

  it.for(['-1', '4294967296000', 'soon', ''])('never stores "expires=%s" as it stands', async (expires) => {
    const phone = await udpPhone(test, user(), complete);
    pbx.respond('REGISTER', ({ sip, reply }) =>
      reply(200, [`Contact: <${uriOf(sip.header('Contact'))}>;expires=${expires}`]),
    );
    expect((await phone.register()).status).toBe(200);
    for (const { expiresInSeconds } of await complete.midreg.bindings(phone.aor)) {
      expect(expiresInSeconds).toBeGreaterThan(0);
      expect(expiresInSeconds).toBeLessThanOrEqual(86_400);
    }
  });
});

describe('a phone', () => {
  it('takes one of its contacts away by an expiry of 0', async () => {
    const phone = await udpPhone(test, user(), complete);
    const [a, b] = ['a', 'b'].map((name) => `sip:${name}@127.0.0.1:${phone.wire.port}`);
    await phone.registered({ contacts: [`<${a}>`, `<${b}>`] });
    expect(toldUris(await phone.register({ contacts: [`<${a}>;expires=0`] }))).toEqual([b]);
    expect(await uris(complete, phone)).toEqual([b]);
    expect(pbx.contactsOf(phone.aor)).toHaveLength(1);
  });

  it('takes all contacts away by "Contact: *"', async () => {
    const name = user();
    const [one, other] = [await udpPhone(test, name, complete), await udpPhone(test, name, complete)];
    await one.registered();
    await other.registered();
    expect((await one.register({ contacts: ['*'], expires: 0 })).status).toBe(200);
    expect(await uris(complete, one)).toEqual([]);
    expect(pbx.contactsOf(one.aor)).toEqual([]);
  });

  it.for([
    ['with another Expires than 0', { contacts: ['*'], expires: 60 }],
    ['beside another contact', { contacts: ['*', '<sip:a@127.0.0.1>'], expires: 0 }],
  ] as const)('is answered 400 to "Contact: *" %s', async ([, parts]) => {
    const phone = await (await udpPhone(test, user(), complete)).registered();
    expect((await phone.register(parts)).status).toBe(400);
    expect(await uris(complete, phone)).toEqual([phone.contact]);
    expect(pbx.contactsOf(phone.aor)).toHaveLength(1);
  });

  it('is told what is registered by a REGISTER without Contact, which the PBX answers', async () => {
    const phone = await (await udpPhone(test, user(), complete)).registered();
    const asker = await udpPhone(test, phone.user, complete);
    expect(toldUris(await asker.register({ contacts: [] }))).toEqual([phone.contact]);
    expect(await uris(complete, phone)).toEqual([phone.contact]);
    listing();
    expect(toldUris(await asker.register({ contacts: [] }))).toEqual([]);
    expect(await uris(complete, phone)).toEqual([]);
  });

  it('is answered 423 by the proxy below registration.minExpiresSeconds', async () => {
    const phone = await udpPhone(test, user(), complete);
    const answer = await phone.register({ expires: 30 });
    expect(answer.status).toBe(423);
    expect(answer.header('Min-Expires')).toBe('60');
    expect(pbx.contactsOf(phone.aor)).toEqual([]);
  });

  it('is answered 403 above registration.maxContactsPerAor, and loses nothing', async () => {
    const name = user();
    const phones: ScriptedPhone[] = [];
    for (let count = 0; count < 3; count++)
      phones.push(await (await udpPhone(test, name, complete)).registered());
    const fourth = await udpPhone(test, name, complete);
    expect((await fourth.register()).status).toBe(403);
    const [first] = phones;
    expect(first).toBeDefined();
    expect(await uris(complete, fourth)).toEqual(phones.map(({ contact }) => contact).toSorted());
    expect((await first?.register())?.status).toBe(200);
  });

  it('is reached where it registered last', async () => {
    const name = user();
    const [old, sender] = [await tcpPhone(test, name, complete), await udpPhone(test, user(), complete)];
    await sender.registered();
    await old.registered({ contacts: ['<sip:desk@192.0.2.9>'] });
    const anew = await tcpPhone(test, name, complete);
    await anew.registered({ contacts: ['<sip:desk@192.0.2.9>'], callId: 'after-a-reboot' });
    expect(await uris(complete, anew)).toEqual(['sip:desk@192.0.2.9']);
    const sent = sender.sendMessage(name, 'here');
    (await anew.request('MESSAGE')).reply(200);
    expect((await sender.response(sent)).status).toBe(200);
    expect(old.unread).toEqual([]);
  });

  it('has the later of two crossing REGISTERs count, whichever is answered first', async () => {
    pbx.holdRegistrations();
    const phone = await udpPhone(test, user(), complete);
    const [short, long] = [phone.sendRegister({ cseq: 10, expires: 90 }), phone.sendRegister({ cseq: 11 })];
    const asked = [await pbx.request('REGISTER'), await pbx.request('REGISTER')];
    for (const { sip, reply } of asked.toReversed())
      reply(200, [`Contact: ${sip.header('Contact')};expires=${sip.header('Expires')}`]);
    await phone.response(long);
    await phone.response(short);
    const [binding] = await complete.midreg.bindings(phone.aor);
    expect(binding?.expiresInSeconds).toBeGreaterThan(90);
  });

  it('that left stays away, though an earlier REGISTER of it is answered later', async () => {
    pbx.holdRegistrations();
    const phone = await udpPhone(test, user(), complete);
    const arrival = phone.sendRegister({ cseq: 10 });
    const leave = phone.sendRegister({ cseq: 11, expires: 0 });
    const [first, second] = [await pbx.request('REGISTER'), await pbx.request('REGISTER')];
    second.reply(200);
    await phone.response(leave);
    first.reply(200, [`Contact: ${first.sip.header('Contact')};expires=60`]);
    await phone.response(arrival);
    expect(await uris(complete, phone)).toEqual([]);
  });
});
