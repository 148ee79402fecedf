import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Kamailio, startKamailio } from '../support/kamailio.ts';
import { aorOf } from '../support/peers/pbx.ts';
import { fileStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { Authority, ip } from '../support/pki.ts';
import {
  startWideFront,
  TRANSPORTS,
  type TransportName,
  type WideFront,
  widePhone,
} from './every-transport.ts';
import { connect, contactOf, type End, invite, inviteFromPbx, SDP, talkAndEnd } from './script/call.ts';
import { sendAuthorized } from './script/digest.ts';
import { ScriptedPbx } from './script/pbx.ts';
import type { ScriptedPhone } from './script/phone.ts';
import { udpWire } from './script/wire.ts';

const file = fileStage();
const PAIRS = TRANSPORTS.flatMap((one) => TRANSPORTS.map((other) => [one, other] as const));

type Phones = Readonly<Record<TransportName, ScriptedPhone>>;

/** Alice has a phone of each transport, each a user of its own. */
async function phonesOf(
  front: WideFront,
  make: (phone: ScriptedPhone) => Promise<unknown>,
  side: string,
): Promise<Phones> {
  const phones = {} as Record<TransportName, ScriptedPhone>;
  for (const transport of TRANSPORTS) {
    const phone = await widePhone(file, `${side}-${transport.toLowerCase()}`, transport, front);
    await make(phone);
    phones[transport] = phone;
  }
  return phones;
}

async function writes(from: ScriptedPhone, to: ScriptedPhone): Promise<void> {
  const text = `from ${from.user} to ${to.user}`;
  const sent = from.sendMessage(to.user, text);
  const { sip, reply } = await to.request('MESSAGE');
  expect(sip.body).toBe(text);
  expect(sip.uri).toBe(to.contact);
  expect(sip.header('Via')).toContain(`SIP/2.0/${to.wire.transport} `);
  reply(200);
  expect((await from.response(sent)).status).toBe(200);
}

/** What one asks within a call the other gets, whatever is between them, and no Route is left of it. */
async function says(method: string, from: End, to: End): Promise<void> {
  const sent = from.dialog.send(method, { headers: [contactOf(from.party)] });
  const { sip, reply } = await to.party.request(method);
  expect(sip.all('Route')).toEqual([]);
  reply(200, [contactOf(to.party)]);
  expect((await from.party.response(sent)).status).toBe(200);
  if (method !== 'INVITE') return;
  from.dialog.acknowledge(sent.cseq);
  await to.party.request('ACK');
}

describe('before a scripted PBX', () => {
  let front: WideFront;
  let pbx: ScriptedPbx;
  let ones: Phones;
  let others: Phones;

  beforeAll(async () => {
    pbx = new ScriptedPbx(await udpWire(file));
    const { address, port } = pbx.wire;
    front = await startWideFront(file, { host: address, port, transport: 'UDP' });
    pbx.peer = front.at.UDP;
    ones = await phonesOf(front, (phone) => phone.registered(), 'one');
    others = await phonesOf(front, (phone) => phone.registered(), 'other');
  });

  beforeEach(() => pbx.clear());

  it.each(PAIRS)('a phone on %s writes to one on %s', async (one, other) => {
    await writes(ones[one], others[other]);
  });

  it.each(TRANSPORTS)('a phone on %s calls and is called, and either end hangs up', async (transport) => {
    const phone = ones[transport];
    for (const isCaller of [true, false]) {
      const { asked, ends } = await connect(phone, invite(phone), pbx);
      expect(asked.sip.all('Via').map((via) => via.split(' ')[0])).toEqual([
        'SIP/2.0/UDP',
        `SIP/2.0/${transport}`,
      ]);
      await talkAndEnd(...(isCaller ? ends : (ends.toReversed() as [End, End])));
      const called = await connect(pbx, inviteFromPbx(pbx, phone), phone);
      expect(called.asked.sip.uri).toBe(phone.contact);
      await talkAndEnd(...(isCaller ? called.ends : (called.ends.toReversed() as [End, End])));
    }
    expect([phone.unread, pbx.unread]).toEqual([[], []]);
  });

  it.each(['TCP', 'TLS', 'WS', 'WSS'] as const)(
    'a phone on %s that keeps flows is told so, and gets what is for it by the flow that is left',
    async (transport) => {
      const user = `flows-${transport.toLowerCase()}`;
      const instance = `+sip.instance="<urn:uuid:${user}>"`;
      const flows = await Promise.all([1, 2].map(() => widePhone(file, user, transport, front)));
      for (const [index, phone] of flows.entries()) {
        const contacts = [`<${phone.contact}>;reg-id=${index + 1};${instance}`];
        const told = await phone.register({ contacts, headers: ['Supported: path, outbound'] });
        expect([told.header('Require'), told.header('Flow-Timer')]).toEqual(['outbound', '120']);
      }
      const [first, second] = flows as [ScriptedPhone, ScriptedPhone];
      await writes(ones.UDP, second);
      second.wire.close();
      await second.wire.closed;
      await front.midreg.waitForReachable(aorOf(user), 1);
      await writes(ones.UDP, first);
      const [, shown = ''] = pbx.contactsOf(aorOf(user));
      await connect(pbx, inviteFromPbx(pbx, first, shown), first);
      first.wire.close();
      await front.midreg.waitForUnreachable(aorOf(user));
      expect((await ones.UDP.message(user, 'gone')).status).toBe(404);
    },
  );

  it('a call to a sips: address goes to no PBX without TLS, and is told so', async () => {
    const headers = [`Contact: <sips:x@${ones.TLS.hostPort}>`];
    const uri = 'sips:conference@pbx.test';
    const sent = ones.TLS.send({ method: 'INVITE', uri, from: ones.TLS.uri, to: uri, headers });
    const answer = await ones.TLS.response(sent);
    expect([answer.status, answer.header('Warning').slice(0, 36)]).toEqual([
      480,
      '380 midregistrar "SIPS Not Allowed: ',
    ]);
    expect(pbx.unread).toEqual([]);
  });

  it('a phone on UDP learns by STUN where it is seen to be, and is not disturbed in its SIP', async () => {
    const request = Buffer.from('000100002112a442b7e7a701bc34d686fa87dfae', 'hex');
    ones.UDP.wire.send(request.toString('latin1'), front.at.UDP);
    await writes(others.WSS, ones.UDP);
    expect(await front.midreg.metric('midreg_events_total', { event: 'stun_keepalive' })).toBe(1);
  });
});

describe('before Kamailio, which is a proxy between them', () => {
  let datagram: Kamailio;
  let secure: { readonly kamailio: Kamailio; readonly authority: string };

  withPeers(['kamailio'], async () => {
    datagram = await startKamailio(file);
    const root = await Authority.root();
    const certificate = await root.issue({ names: [ip('127.0.0.2')] });
    secure = { kamailio: await startKamailio(file, { certificate }), authority: root.pem };
  });

  it.each(['UDP', 'TLS'] as const)(
    'on %s, phones on any two transports register, write and call, and either end hangs up',
    async (transport) => {
      const { kamailio, authority } =
        transport === 'UDP' ? { kamailio: datagram, authority: undefined } : secure;
      const port = transport === 'UDP' ? kamailio.port : kamailio.tlsPort;
      const front = await startWideFront(file, { host: kamailio.address, port, transport }, {}, authority);
      const registers = async (phone: ScriptedPhone): Promise<void> => {
        const contact = `Contact: <${phone.contact}>`;
        const parts = { method: 'REGISTER', uri: 'sip:pbx.test', from: phone.uri, headers: [contact] };
        expect((await phone.response(await sendAuthorized(phone, parts))).status).toBe(200);
      };
      const ones = await phonesOf(front, registers, `k${transport}-one`.toLowerCase());
      const others = await phonesOf(front, registers, `k${transport}-other`.toLowerCase());
      for (const [index, [one, other]] of PAIRS.entries()) {
        const [caller, callee] = [ones[one], others[other]];
        await writes(caller, callee);
        const uri = `sip:${callee.aor}`;
        const headers = [`Contact: <${caller.contact}>`, 'Content-Type: application/sdp'];
        const parts = { method: 'INVITE', uri, from: caller.uri, to: uri, headers, body: SDP };
        const { asked, ends } = await connect(caller, await sendAuthorized(caller, parts), callee);
        expect(asked.sip.uri).toBe(callee.contact);
        expect(asked.sip.body).toBe(SDP);
        const [ending, staying] = index % 2 === 0 ? ends : (ends.toReversed() as [End, End]);
        await says('INVITE', ending, staying);
        await says('INVITE', staying, ending);
        await says('BYE', ending, staying);
      }
      const uris = (await kamailio.contacts()).map(({ uri }) => uri);
      for (const uri of uris) expect(uri.includes('transport=tls')).toBe(transport === 'TLS');
      expect(uris).toHaveLength(2 * TRANSPORTS.length);
    },
  );

  it('on TLS, a call to a sips: address has TLS on each hop, up to the phone that registered by sips:', async () => {
    const { kamailio, authority } = secure;
    const endpoint = { host: kamailio.address, port: kamailio.tlsPort, transport: 'TLS' };
    const front = await startWideFront(file, endpoint, {}, authority);
    const [caller, callee] = [
      await widePhone(file, 'sips-one', 'TLS', front),
      await widePhone(file, 'sips-other', 'TLS', front),
    ];
    for (const phone of [caller, callee]) {
      const headers = [`Contact: <sips:${phone.user}@${phone.hostPort}>`];
      const uris = { uri: 'sips:pbx.test', from: `sips:${phone.aor}` };
      const sent = await sendAuthorized(phone, { method: 'REGISTER', ...uris, headers });
      expect((await phone.response(sent)).status).toBe(200);
    }
    for (const { uri } of await kamailio.contacts())
      if (uri.includes(`:${front.at.TLS.port}`)) expect(uri).toMatch(/^sips:/);
    const uri = `sips:${callee.aor}`;
    const headers = [`Contact: <sips:${caller.user}@${caller.hostPort}>`];
    const parts = { method: 'INVITE', uri, from: `sips:${caller.aor}`, to: uri, headers };
    const sent = await sendAuthorized(caller, parts);
    const { sip, reply } = await callee.request('INVITE');
    expect(sip.uri).toBe(`sips:${callee.user}@${callee.hostPort}`);
    expect(sip.all('Via').map((via) => via.split(' ')[0])).toEqual(new Array(4).fill('SIP/2.0/TLS'));
    const own = sip.all('Record-Route').filter((route) => route.includes(`:${front.at.TLS.port}`));
    for (const route of own) expect(route).toMatch(/^<sips:/);
    expect(own.length).toBeGreaterThan(0);
    reply(603);
    expect((await caller.response(sent)).status).toBe(603);
  });
});
