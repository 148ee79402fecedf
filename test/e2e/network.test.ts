import { describe, expect, it } from 'vitest';
import { testStage } from '../support/peers/stage.ts';
import { freePorts } from '../support/ports.ts';
import { type Front, startFront } from './front.ts';
import { Dialog } from './script/dialog.ts';
import { Party, unique } from './script/party.ts';
import { ScriptedPbx } from './script/pbx.ts';
import { udpPhone } from './script/phone.ts';
import { type Address, udpWire } from './script/wire.ts';

const test = testStage();
const LOOPBACK = '127.0.0.1';

const startPbx = async (): Promise<ScriptedPbx> => new ScriptedPbx(await udpWire(test));

const udpListener = (name: string, port: number, address = LOOPBACK) => ({
  name,
  transport: 'UDP',
  address,
  port,
});

const at = (port: number): Address => ({ address: LOOPBACK, port });

describe('several listeners', () => {
  const start = async () => {
    const pbx = await startPbx();
    const [inner = 0, outer = 0] = await freePorts(2, 'udp');
    const front = await startFront(test, pbx.wire, {
      spec: { listeners: [udpListener('inner', inner), udpListener('outer', outer)] },
    });
    pbx.peer = at(inner);
    const phone = await (await udpPhone(test, 'u1', at(outer))).registered();
    return { pbx, front, inner, outer, phone };
  };

  it('reach a phone from the very one that it registered at, so that its NAT lets it in', async () => {
    const { pbx, outer, phone } = await start();
    const sender = await (await udpPhone(test, 'u2', pbx.peer)).registered();
    const message = sender.sendMessage('u1', 'through the NAT');
    const delivered = await phone.request('MESSAGE');
    expect(delivered.from.port).toBe(outer);
    delivered.reply(200);
    expect((await sender.response(message)).status).toBe(200);
    const [uri = ''] = pbx.contactsOf(phone.aor);
    const headers = [`Contact: <sip:x@${pbx.hostPort}>`];
    const sent = pbx.send({ method: 'INVITE', uri, from: 'sip:x@pbx.test', to: phone.uri, headers });
    const asked = await phone.request('INVITE');
    expect(asked.from.port).toBe(outer);
    asked.reply(200, [`Contact: <${phone.contact}>`]);
    const calling = Dialog.ofCaller(pbx, await pbx.response(sent));
    calling.acknowledge(1);
    expect((await phone.request('ACK')).from.port).toBe(outer);
    const bye = calling.send('BYE');
    const ended = await phone.request('BYE');
    expect(ended.from.port).toBe(outer);
    ended.reply(200);
    expect((await pbx.response(bye)).status).toBe(200);
  });

  it('keep to themselves: the PBX is reached from one of them at one address', async () => {
    const { pbx, inner, outer, phone } = await start();
    pbx.holdRegistrations();
    const sent = phone.sendRegister();
    const asked = await pbx.request('REGISTER');
    expect([inner, outer]).toContain(asked.from.port);
    expect(asked.sip.header('Via')).toContain(`${LOOPBACK}:${asked.from.port}`);
    expect(asked.sip.header('Contact')).toContain(`@${LOOPBACK}:${asked.from.port}`);
    pbx.grant(asked);
    await phone.response(sent);
  });
});

describe('an advertised address', () => {
  it('is what phones and the PBX are told, each its own, and leads back here', async () => {
    const pbx = await startPbx();
    const [port = 0] = await freePorts(1, 'udp');
    const told = {
      phones: { host: 'sip.office.test', port: 5090 },
      upstream: { host: '127.0.0.9', port: 5091 },
    };
    await startFront(test, pbx.wire, {
      spec: { listeners: [{ ...udpListener('udp', port, '0.0.0.0'), advertised: told }] },
    });
    pbx.peer = at(port);
    const phone = await (await udpPhone(test, 'u1', at(port))).registered();
    const [uri = ''] = pbx.contactsOf(phone.aor);
    expect(uri).toContain('@127.0.0.9:5091');
    const headers = [`Contact: <sip:x@${pbx.hostPort}>`];
    const sent = pbx.send({ method: 'INVITE', uri, from: 'sip:x@pbx.test', to: phone.uri, headers });
    const asked = await phone.request('INVITE');
    expect(asked.sip.uri).toBe(phone.contact);
    expect(asked.sip.all('Via')[0]).toContain('sip.office.test:5090');
    // RFC 5658: each side is told the address that it knows.
    const [near = '', far = ''] = asked.sip.all('Record-Route');
    expect(near).toContain('sip.office.test:5090');
    expect(far).toContain('127.0.0.9:5091');
    asked.reply(200, [`Contact: <${phone.contact}>`]);
    const calling = Dialog.ofCaller(pbx, await pbx.response(sent));
    calling.acknowledge(1);
    expect((await phone.request('ACK')).sip.all('Route')).toEqual([]);
    const bye = Dialog.ofCallee(phone, asked.sip).send('BYE');
    const ended = await pbx.request('BYE');
    expect(ended.sip.all('Route')).toEqual([]);
    ended.reply(200);
    expect((await phone.response(bye)).status).toBe(200);
  });
});

describe('the PBX by name', () => {
  it('is found and trusted by its addresses', async () => {
    const pbx = await startPbx();
    const front = await startFront(test, { address: 'localhost', port: pbx.wire.port });
    pbx.peer = front;
    const phone = await (await udpPhone(test, 'u1', front)).registered();
    const [uri = ''] = pbx.contactsOf(phone.aor);
    const sent = pbx.send({ method: 'OPTIONS', uri, from: 'sip:x@pbx.test', to: phone.uri });
    (await phone.request('OPTIONS')).reply(200);
    expect((await pbx.response(sent)).status).toBe(200);
  });
});

describe('an answer', () => {
  it('goes to the address that the request came from and, without rport, the port of its Via', async () => {
    const pbx = await startPbx();
    const front: Front = await startFront(test, pbx.wire);
    const phone = await udpPhone(test, 'u1', front);
    const elsewhere = await udpPhone(test, 'u1', front);
    const branch = `z9hG4bK${unique()}`;
    phone.sendText(
      [
        `OPTIONS sip:${LOOPBACK}:${front.port} SIP/2.0`,
        `Via: SIP/2.0/UDP 192.0.2.1:${elsewhere.wire.port};branch=${branch}`,
        'Max-Forwards: 70',
        `From: <${phone.uri}>;tag=1`,
        `To: <${phone.uri}>`,
        `Call-ID: ${unique()}`,
        'CSeq: 1 OPTIONS',
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
    );
    const { sip } = await elsewhere.next('200', ({ status }) => status === 200);
    expect(sip.all('Via')).toEqual([
      `SIP/2.0/UDP 192.0.2.1:${elsewhere.wire.port};branch=${branch};received=${LOOPBACK}`,
    ]);
  });
});

describe('a source that is not allowed', () => {
  it('gets no answer, while those that are and the PBX get theirs', async (context) => {
    if (process.platform !== 'linux') context.skip('a second loopback address: run the tests on Linux');
    const pbx = await startPbx();
    const front = await startFront(test, pbx.wire, {
      spec: { security: { allowedSources: ['127.0.0.3/32'] } },
    });
    pbx.peer = front;
    const [outside, inside] = await Promise.all(
      ['127.0.0.4', '127.0.0.3'].map(async (address) => new Party(await udpWire(test, address), front)),
    );
    const options = { method: 'OPTIONS', uri: `sip:${LOOPBACK}:${front.port}`, from: 'sip:x@pbx.test' };
    outside?.send(options);
    expect((await inside?.ask(options))?.status).toBe(200);
    expect((await pbx.ask(options)).status).toBe(200);
    expect(outside?.unread).toEqual([]);
  });
});

describe('a storm of registrations', () => {
  it('that a crash interrupts has every phone in the store that was told 200', async () => {
    const pbx = await startPbx();
    const front = await startFront(test, pbx.wire, { logLevel: 'warn' });
    pbx.peer = front;
    const phone = await udpPhone(test, 'storm', front);
    const granted = new Set<string>();
    const fewGranted = Promise.withResolvers<void>();
    const users = Array.from({ length: 400 }, (_, index) => `storm${index}`);
    phone.wire.onMessage((text) => {
      const user = /^SIP\/2\.0 200(?:.|\s)*?^To: <sip:([^@]+)@/m.exec(text)?.[1];
      if (user !== undefined) granted.add(user);
      if (granted.size === 100) fewGranted.resolve();
    });
    for (const user of users) {
      const headers = [`Contact: <sip:${user}@${phone.hostPort}>`];
      phone.send({ method: 'REGISTER', uri: 'sip:pbx.test', from: `sip:${user}@pbx.test`, headers });
    }
    await fewGranted.promise;
    await front.midreg.kill9();
    const told = [...granted];
    await front.midreg.start();
    const missing: string[] = [];
    for (const user of told)
      if ((await front.midreg.bindings(`${user}@pbx.test`)).length !== 1) missing.push(user);
    expect(missing).toEqual([]);
    expect(told.length).toBeGreaterThanOrEqual(100);
  });
});
