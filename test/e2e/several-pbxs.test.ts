import { describe, expect, it, vi } from 'vitest';
import { type NameServer, startNameServer } from '../support/name-server.ts';
import { testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { type Front, type FrontOptions, startFront } from './front.ts';
import { ScriptedPbx } from './script/pbx.ts';
import { type ScriptedPhone, udpPhone } from './script/phone.ts';
import { udpWire } from './script/wire.ts';

const test = testStage();
withPeers(['nsd']);

const SOON = { timeout: 20_000, interval: 50 };
const OFTEN = { intervalSeconds: 5, timeoutSeconds: 1, failureThreshold: 1 };

interface Office {
  readonly a: ScriptedPbx;
  readonly b: ScriptedPbx;
  readonly front: Front;
  readonly dns: NameServer;
}

/** A machine of the PBX, which answers all that it is asked. */
async function machine(port = 0): Promise<ScriptedPbx> {
  const pbx = new ScriptedPbx(await udpWire(test, '127.0.0.1', port));
  pbx.respond('OPTIONS', ({ reply }) => reply(200));
  return pbx;
}

/** Two machines that DNS names by SRV records, the second in reserve unless `records` says otherwise. */
async function office(
  options: FrontOptions = {},
  records = (a: number, b: number): string => `
    _sip._udp 1 IN SRV 10 1 ${a} a
    _sip._udp 1 IN SRV 20 1 ${b} b
    a 1 IN A 127.0.0.1
    b 1 IN A 127.0.0.1`,
): Promise<Office> {
  const [a, b] = [await machine(), await machine()];
  const dns = await startNameServer(test, records(a.wire.port, b.wire.port));
  const front = await startFront(test, a.wire, {
    flags: ['--dns', dns.hostPort],
    ...options,
    spec: {
      upstream: {
        endpoints: [{ name: 'pbx', host: 'pbx.test' }],
        probe: options.probe ?? { method: 'None' },
      },
      ...options.spec,
    },
  });
  await front.midreg.waitForLog('"upstream resolved"');
  for (const pbx of [a, b]) pbx.peer = front;
  return { a, b, front, dns };
}

/** Where a user's registration has been granted. */
const heldBy = ({ a, b }: Pick<Office, 'a' | 'b'>, phone: ScriptedPhone): string =>
  [a, b].map((pbx, i) => (pbx.contactsOf(phone.aor).length > 0 ? 'ab'[i] : '')).join('');

const up = async (front: Front): Promise<readonly string[]> => {
  const { upstreams } = (await front.midreg.status()) as {
    upstreams: { addresses: { address: string; state: string }[] }[];
  };
  return upstreams.flatMap(({ addresses }) => addresses.map(({ address, state }) => `${address} ${state}`));
};

describe('a PBX of two machines that DNS names', { timeout: 90_000 }, () => {
  it('is found by its SRV records, the machine of the first priority serving all', async () => {
    const all = await office();
    for (const user of ['u1', 'u2', 'u3']) {
      const phone = await (await udpPhone(test, user, all.front)).registered();
      expect(heldBy(all, phone)).toBe('a');
      expect(await all.front.midreg.bindings(phone.aor)).toMatchObject([{ upstream: 'pbx' }]);
    }
    expect(await all.front.midreg.metric('midreg_dns_queries_total', { outcome: 'found' })).toBeGreaterThan(
      2,
    );
  });

  it('loses a machine in the middle of its traffic, and no phone hears of it', async () => {
    const all = await office();
    const phones = await Promise.all(
      Array.from({ length: 20 }, (_, i) => udpPhone(test, `u${i}`, all.front)),
    );
    const statuses: number[] = [];
    const rounds = async (phone: ScriptedPhone, i: number): Promise<void> => {
      for (let round = 0; round < 8; round++) {
        if (i === 0 && round === 3) all.a.wire.close();
        statuses.push((await phone.register()).status);
      }
    };
    await Promise.all(phones.map(rounds));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(statuses).toHaveLength(160);
    for (const phone of phones) expect(heldBy(all, phone)).toContain('b');
    const failovers = await all.front.midreg.metric('midreg_failovers_total', { reason: 'silent' });
    // Those that were under way; whoever comes later goes to the other machine at once.
    expect(failovers).toBeGreaterThan(0);
    expect(failovers).toBeLessThanOrEqual(20);
  });

  it('connects calls by the other machine when one is lost, within the transaction', async () => {
    const all = await office();
    const alice = await (await udpPhone(test, 'u1', all.front)).registered();
    all.a.wire.close();
    const invite = alice.sendTo('u2', 'INVITE', { headers: [`Contact: <${alice.contact}>`] });
    const { sip, reply } = await all.b.request('INVITE');
    expect(sip.uri).toBe('sip:u2@pbx.test');
    reply(200, [`Contact: <sip:u2@${all.b.hostPort}>`]);
    expect((await alice.response(invite)).status).toBe(200);
    alice.send({
      method: 'BYE',
      uri: `sip:u2@${all.b.hostPort}`,
      from: alice.uri,
      to: 'sip:u2@pbx.test',
      toTag: all.b.tag,
      callId: invite.header('Call-ID'),
      cseq: 2,
    });
    (await all.b.request('BYE')).reply(200);
  });

  it('goes on by the other machine where one answers 503, and leaves it alone as long as that asks for', async () => {
    const all = await office();
    const phone = await udpPhone(test, 'u1', all.front);
    all.a.holdRegistrations();
    phone.sendRegister();
    (await all.a.request('REGISTER')).reply(503, ['Retry-After: 30']);
    await vi.waitFor(() => expect(heldBy(all, phone)).toBe('b'), SOON);
    await phone.registered();
    expect(all.a.unread).toEqual([]);
    expect(await all.front.midreg.metric('midreg_failovers_total', { reason: 'unavailable' })).toBe(1);
  });

  it('is served by the first machine again when that is back', async () => {
    const all = await office({ probe: OFTEN });
    await vi.waitFor(async () => expect((await up(all.front)).join()).toMatch(/Up,.*Up$/), SOON);
    const phone = await (await udpPhone(test, 'u1', all.front)).registered();
    const { port } = all.a.wire;
    all.a.wire.close();
    await all.a.wire.closed;
    await phone.registered();
    await all.front.midreg.waitForLog('"upstream address down"');
    expect(await up(all.front)).toEqual([
      `UDP 127.0.0.1:${port} Down`,
      `UDP 127.0.0.1:${all.b.wire.port} Up`,
    ]);
    expect(await all.front.midreg.metric('midreg_upstream_up')).toBe(1);
    expect(await all.front.midreg.metric('midreg_upstream_address_up')).toBe(1);
    const again = await machine(port);
    await vi.waitFor(async () => expect(await up(all.front)).toContain(`UDP 127.0.0.1:${port} Up`), SOON);
    await phone.registered();
    expect(again.contactsOf(phone.aor)).toHaveLength(1);
  });

  it('is where it was while DNS can not be asked, and where DNS says once it can', async () => {
    const all = await office();
    const phone = await udpPhone(test, 'u1', all.front);
    await all.dns.stop();
    await vi.waitFor(
      async () =>
        expect(
          await all.front.midreg.metric('midreg_dns_queries_total', { outcome: 'refused' }),
        ).toBeGreaterThan(0),
      SOON,
    );
    await phone.registered();
    expect(heldBy(all, phone)).toBe('a');
    all.dns.write(`_sip._udp 1 IN SRV 10 1 ${all.b.wire.port} b\nb 1 IN A 127.0.0.1`);
    await all.dns.start();
    await vi.waitFor(
      () =>
        expect(all.front.midreg.logLines.filter(({ msg }) => msg === 'upstream resolved')).toHaveLength(2),
      SOON,
    );
    await phone.registered();
    expect(heldBy(all, phone)).toBe('ab');
  });

  it('has its users shared by weight, each with one machine', async () => {
    const all = await office(
      {},
      (a, b) => `
        @ 60 IN NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp
        _sip._udp 60 IN SRV 10 70 ${a} a
        _sip._udp 60 IN SRV 10 30 ${b} b
        a 60 IN A 127.0.0.1
        b 60 IN A 127.0.0.1`,
    );
    const phones = await Promise.all(
      Array.from({ length: 60 }, (_, i) => udpPhone(test, `u${i}`, all.front)),
    );
    for (let round = 0; round < 2; round++) await Promise.all(phones.map((phone) => phone.registered()));
    const places = phones.map((phone) => heldBy(all, phone));
    expect(places.filter((place) => place === 'a').length).toBeGreaterThan(30);
    expect(places.filter((place) => place === 'b').length).toBeGreaterThan(6);
    expect(places).not.toContain('ab');
  });
});

describe('a PBX of two endpoints', { timeout: 60_000 }, () => {
  it('is both of them: calls from either reach the phones, and the second stands in for the first', async () => {
    const [a, b] = [await machine(), await machine()];
    const endpoints = [
      { name: 'main', host: '127.0.0.1', port: a.wire.port },
      { name: 'spare', host: '127.0.0.1', port: b.wire.port, priority: 1 },
    ];
    const front = await startFront(test, a.wire, {
      spec: { upstream: { endpoints, probe: { method: 'None' }, failoverSeconds: 1 } },
    });
    for (const pbx of [a, b]) pbx.peer = front;
    const phone = await (await udpPhone(test, 'u1', front)).registered();
    const [contact = ''] = a.contactsOf(phone.aor);
    for (const pbx of [a, b]) {
      const call = pbx.send({ method: 'OPTIONS', uri: contact, from: 'sip:u2@pbx.test' });
      (await phone.request('OPTIONS')).reply(200);
      expect((await pbx.response(call)).status).toBe(200);
    }
    a.wire.close();
    const before = performance.now();
    await phone.registered();
    expect(performance.now() - before).toBeLessThan(2_500);
    expect(await front.midreg.bindings(phone.aor)).toMatchObject([{ upstream: 'spare' }]);
  });
});
