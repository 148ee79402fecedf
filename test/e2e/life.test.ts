import { renameSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { testStage } from '../support/peers/stage.ts';
import { freePort } from '../support/ports.ts';
import { type Front, listenersOf, startFront } from './front.ts';
import { ScriptedPbx } from './script/pbx.ts';
import { tcpPhone, udpPhone } from './script/phone.ts';
import { tcpServerWire, udpWire } from './script/wire.ts';

const test = testStage();
let pbx: ScriptedPbx;
let front: Front;

beforeEach(async () => {
  pbx = new ScriptedPbx(await udpWire(test));
  front = await startFront(test, pbx.wire);
  pbx.peer = front;
});

/** Two phones on TCP, whose flows a change must not drop. */
const phones = async () => ({
  one: await (await tcpPhone(test, 'u1', front)).registered(),
  other: await (await tcpPhone(test, 'u2', front)).registered(),
});

const applied = () => front.midreg.waitForLog('"resource applied"');
const refused = () => front.midreg.waitForLog('"resource refused"');

describe('a changed resource', () => {
  it('takes effect, and every binding and connection stays', async () => {
    const { one, other } = await phones();
    const long = 'x'.repeat(200);
    const before = one.sendMessage('u2', long);
    (await other.request('MESSAGE')).reply(200);
    expect((await one.response(before)).status).toBe(200);
    front.midreg.write({ ...front.spec, messaging: { maxBytes: 100 } });
    await applied();
    expect((await one.message('u2', long)).status).toBe(413);
    const after = one.sendMessage('u2', 'short');
    (await other.request('MESSAGE')).reply(200);
    expect((await one.response(after)).status).toBe(200);
    expect(await front.midreg.bindings(one.aor)).toMatchObject([{ reachable: true, remote: one.hostPort }]);
  });

  it('opens a listener and closes another, and the others stay as they are', async () => {
    const { one, other } = await phones();
    const port = await freePort('udp');
    const [, tcp] = listenersOf(front.address, front.port);
    front.midreg.write({
      ...front.spec,
      listeners: [tcp, { name: 'new', transport: 'UDP', address: front.address, port }],
    });
    await applied();
    const newcomer = await (await udpPhone(test, 'u3', { address: front.address, port })).registered();
    const sent = newcomer.sendMessage('u1', 'by another door');
    (await one.request('MESSAGE')).reply(200);
    expect((await newcomer.response(sent)).status).toBe(200);
    expect(await front.midreg.bindings(other.aor)).toMatchObject([{ reachable: true }]);
  });

  it('takes effect when another file is moved in its place, as careful editors do', async () => {
    const beside = `${front.midreg.file}.new`;
    const spec = { ...front.spec, domains: ['pbx.test', 'other.test'] };
    const resource = {
      apiVersion: 'midregistrar.dev/v1',
      kind: 'MidRegistrar',
      metadata: { name: 'office' },
      spec,
    };
    writeFileSync(beside, JSON.stringify(resource));
    renameSync(beside, front.midreg.file);
    await applied();
    const phone = await udpPhone(test, 'u1', front);
    const answer = await phone.ask({
      method: 'REGISTER',
      uri: 'sip:other.test',
      from: 'sip:u1@other.test',
      headers: [`Contact: <${phone.contact}>`],
    });
    expect(answer.status).toBe(200);
    expect(await front.midreg.bindings('u1@other.test')).toHaveLength(1);
  });

  it.for([
    ['has a field that is not known', (spec: object) => ({ ...spec, mesaging: {} }), 'mesaging'],
    [
      'breaks a bound',
      (spec: object) => ({ ...spec, messaging: { maxBytes: 0 } }),
      'spec.messaging.maxBytes',
    ],
    ['lacks the PBX', (spec: object) => ({ ...spec, upstream: undefined }), 'upstream'],
  ] as const)('is refused and told where it %s, and the old one stays in force', async ([, change, word]) => {
    const { one, other } = await phones();
    front.midreg.write(change(front.spec) as typeof front.spec);
    expect(await refused()).toContain(word);
    const sent = one.sendMessage('u2', 'as before');
    (await other.request('MESSAGE')).reply(200);
    expect((await one.response(sent)).status).toBe(200);
    front.midreg.write({ ...front.spec, messaging: { maxBytes: 3 } });
    await applied();
    expect((await one.message('u2', 'too long now')).status).toBe(413);
  });

  it('is refused where it is no YAML', async () => {
    front.midreg.writeText('spec: [');
    expect(await refused()).toContain('midregistrar.yaml:1:');
    await (await udpPhone(test, 'u1', front)).registered();
  });

  it('is refused where it names a port that is taken', async () => {
    const { port } = await tcpServerWire(test);
    const taken = { name: 'taken', transport: 'TCP', address: '127.0.0.1', port };
    front.midreg.write({ ...front.spec, listeners: [...listenersOf(front.address, front.port), taken] });
    expect(await refused()).toContain(`${port}`);
    await (await udpPhone(test, 'u1', front)).registered();
  });

  it('is told as refused each time, however soon the next change comes', async () => {
    front.midreg.writeText('spec: [');
    await refused();
    front.midreg.write({ ...front.spec, domains: [] });
    await front.midreg.waitForLog(/spec\.domains.*"resource refused"/);
  });
});

describe('told to end', () => {
  it('lets what is under way come to its end, keeps it, and exits with 0', async () => {
    pbx.holdRegistrations();
    const phone = await udpPhone(test, 'u1', front);
    const sent = phone.sendRegister();
    const asked = await pbx.request('REGISTER');
    const { midreg } = front;
    const draining = midreg.waitForLog('"draining"');
    const ended = midreg.stop();
    await draining;
    pbx.grant(asked);
    expect((await phone.response(sent)).status).toBe(200);
    expect(await ended).toEqual({ code: 0, signal: null });
    await midreg.start();
    expect(await midreg.bindings(phone.aor)).toMatchObject([{ uri: phone.contact }]);
  });

  it('closes idle connections and takes no new ones, while others are served to their end', async () => {
    const [busy, idle] = [await tcpPhone(test, 'u1', front), await tcpPhone(test, 'u2', front)];
    const [datagrams, stranger] = [await udpPhone(test, 'u3', front), await udpPhone(test, 'u4', front)];
    for (const phone of [idle, datagrams]) await phone.registered();
    pbx.holdRegistrations();
    const sent = busy.sendRegister();
    const asked = await pbx.request('REGISTER');
    const draining = front.midreg.waitForLog('"draining"');
    const ended = front.midreg.stop();
    await draining;
    await idle.wire.closed;
    await expect(tcpPhone(test, 'u5', front)).rejects.toThrow('ECONNREFUSED');
    const passed = stranger.sendTo('u9', 'OPTIONS');
    (await pbx.request('OPTIONS')).reply(200);
    expect((await stranger.response(passed)).status).toBe(200);
    pbx.grant(asked);
    expect((await busy.response(sent)).status).toBe(200);
    await busy.wire.closed;
    expect(await ended).toEqual({ code: 0, signal: null });
    // Nobody is taken off the PBX: the phones will be served by the next process.
    expect(pbx.unread).toEqual([]);
    expect(pbx.contactsOf(idle.aor)).toHaveLength(1);
  });

  it('waits for the answer of a PBX on TCP over the connection that it was asked by', async () => {
    const wire = await tcpServerWire(test);
    const asked = new ScriptedPbx(wire);
    asked.holdRegistrations();
    const other = await startFront(test, wire, { transport: 'TCP' });
    const phone = await udpPhone(test, 'u1', other);
    const sent = phone.sendRegister();
    const request = await asked.request('REGISTER');
    const idle = [await tcpPhone(test, 'u2', other), await tcpPhone(test, 'u3', other)];
    const ended = other.midreg.stop();
    for (const each of idle) await each.wire.closed;
    asked.grant(request);
    expect((await phone.response(sent)).status).toBe(200);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(wire.taken).toBe(1);
  });

  it('with nothing under way ends at once', async () => {
    await phones();
    const started = Date.now();
    expect(await front.midreg.stop()).toEqual({ code: 0, signal: null });
    expect(Date.now() - started).toBeLessThan(2000);
  });
});
