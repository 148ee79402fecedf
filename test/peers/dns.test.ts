import { describe, expect, it } from 'vitest';
import { startNameServer } from '../support/name-server.ts';
import { testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { freePort } from '../support/ports.ts';
import { Asking } from './asking.ts';

const test = testStage();
withPeers(['nsd']);

describe('a name asked of NSD', () => {
  it('is followed from NAPTR by SRV to its addresses', async () => {
    const server = await startNameServer(
      test,
      `@ 60 IN NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp
       @ 60 IN NAPTR 10 20 "s" "SIP+D2U" "" _sip._udp
       _sip._tcp 60 IN SRV 0 1 5070 a
       _sip._udp 60 IN SRV 10 30 5080 a
       _sip._udp 60 IN SRV 10 70 5081 b
       _sip._udp 60 IN SRV 20 1 5082 c
       a 60 IN A 192.0.2.1
       b 60 IN A 192.0.2.2
       b 60 IN AAAA 2001:DB8:0::2
       c 60 IN A 192.0.2.3`,
    );
    const asking = new Asking(server);
    const { sites, isPartial } = await asking.locate('pbx.test');
    expect(isPartial).toBe(false);
    expect(sites).toEqual([
      { host: 'a.pbx.test', transport: 'TCP', port: 5070, addresses: ['192.0.2.1'], tier: 0, weight: 1 },
      {
        host: 'b.pbx.test',
        transport: 'UDP',
        port: 5081,
        addresses: ['2001:db8::2', '192.0.2.2'],
        tier: 1,
        weight: 70,
      },
      { host: 'a.pbx.test', transport: 'UDP', port: 5080, addresses: ['192.0.2.1'], tier: 1, weight: 30 },
      { host: 'c.pbx.test', transport: 'UDP', port: 5082, addresses: ['192.0.2.3'], tier: 2, weight: 1 },
    ]);
    // Whose certificate it must be is told by the name that was asked for, not by what DNS made of it (RFC 5922 §7.1).
    expect(asking.locator.hostAt('192.0.2.2')).toBe('pbx.test');
    expect(asking.locator.hostAt('192.0.2.9')).toBeUndefined();
    // NAPTR, two of SRV, and A and AAAA of three hosts.
    expect(asking.news()).toHaveLength(9);
  });

  it('is asked for again when its time is over, and not before', async () => {
    const server = await startNameServer(test, 'a 30 IN A 192.0.2.1');
    const asking = new Asking(server);
    expect(await asking.addresses('a.pbx.test')).toEqual(['UDP 192.0.2.1:5060']);
    await server.change('a 30 IN A 192.0.2.2');
    asking.pass(29);
    expect(await asking.addresses('a.pbx.test')).toEqual(['UDP 192.0.2.1:5060']);
    asking.pass(1);
    expect(await asking.addresses('a.pbx.test')).toEqual(['UDP 192.0.2.2:5060']);
  });

  it('holds as it was while nobody can be asked, and a day at most', async () => {
    const server = await startNameServer(test, 'a 30 IN A 192.0.2.1');
    const asking = new Asking(server);
    await asking.addresses('a.pbx.test');
    await server.stop();
    asking.pass(31);
    asking.news();
    const { sites, isPartial } = await asking.locate('a.pbx.test', { port: 5060 });
    expect([sites[0]?.addresses, isPartial]).toEqual([['192.0.2.1'], true]);
    expect(new Set(asking.news())).toEqual(new Set(['refused']));
    asking.pass(86_400);
    expect(await asking.addresses('a.pbx.test')).toEqual([]);
    await server.start();
    asking.pass(6);
    expect(await asking.addresses('a.pbx.test')).toEqual(['UDP 192.0.2.1:5060']);
  });

  it('ends to hold where DNS says that there is no such name any more', async () => {
    const server = await startNameServer(test, 'a 30 IN A 192.0.2.1');
    const asking = new Asking(server);
    await asking.addresses('a.pbx.test');
    await server.change('b 30 IN A 192.0.2.2');
    asking.pass(31);
    expect(await asking.addresses('a.pbx.test')).toEqual([]);
    expect(asking.news()).toContain('no_name');
  });

  it('that does not exist is asked for again after the time that the SOA says', async () => {
    const server = await startNameServer(test, '', { negativeTtl: 20 });
    const asking = new Asking(server);
    expect(await asking.addresses('a.pbx.test')).toEqual([]);
    expect(asking.news()).toEqual(['no_name', 'no_name']);
    await server.change('a 30 IN A 192.0.2.1');
    asking.pass(19);
    expect(await asking.addresses('a.pbx.test')).toEqual([]);
    asking.pass(1);
    expect(await asking.addresses('a.pbx.test')).toEqual(['UDP 192.0.2.1:5060']);
  });

  it('that has no such records is no name that does not exist', async () => {
    const asking = new Asking(await startNameServer(test, 'a 30 IN AAAA 2001:db8::1'));
    expect(await asking.addresses('a.pbx.test')).toEqual(['UDP 2001:db8::1:5060']);
    expect(asking.news().sort()).toEqual(['found', 'no_records']);
  });

  it('may be an alias of an alias, and holds no longer than they', async () => {
    const server = await startNameServer(
      test,
      `a 90 IN CNAME b
       b 10 IN CNAME c
       c 60 IN A 192.0.2.1`,
    );
    const asking = new Asking(server);
    expect(await asking.addresses('a.pbx.test')).toEqual(['UDP 192.0.2.1:5060']);
    await server.change('a 30 IN A 192.0.2.2');
    asking.pass(10);
    expect(await asking.addresses('a.pbx.test')).toEqual(['UDP 192.0.2.2:5060']);
  });

  it('that is an alias in a circle leads nowhere', async () => {
    const asking = new Asking(await startNameServer(test, 'a 60 IN CNAME b\nb 60 IN CNAME a'));
    expect(await asking.addresses('a.pbx.test')).toEqual([]);
  });

  it('whose records are too many for a datagram is asked for by TCP', async () => {
    const hosts = Array.from({ length: 60 }, (_, i) => `host-with-a-rather-long-name-${i}`);
    const server = await startNameServer(
      test,
      [
        ...hosts.map((host, i) => `_sip._udp 60 IN SRV ${i} 1 5060 ${host}`),
        ...hosts.map((host, i) => `${host} 60 IN A 192.0.2.${i}`),
      ].join('\n'),
    );
    const asking = new Asking(server);
    const { sites } = await asking.locate('pbx.test', { transport: 'UDP' });
    expect(sites).toHaveLength(16);
    expect(sites[0]?.addresses).toEqual(['192.0.2.0']);
    expect(asking.news()).toContain('truncated');
  });

  it('is asked of the next server where the first refuses to speak of it, or is not there', async () => {
    const records = 'a 60 IN A 192.0.2.1';
    const server = await startNameServer(test, records);
    const dead = { address: '127.0.0.1', port: await freePort('both') };
    const asking = new Asking(dead, server);
    expect(await asking.addresses('a.pbx.test')).toEqual(['UDP 192.0.2.1:5060']);
    expect(new Set(asking.news())).toEqual(new Set(['refused', 'found', 'no_records']));
    // It is not asked first again soon.
    expect(await asking.addresses('ns.pbx.test')).toEqual(['UDP 127.0.0.1:5060']);
    expect(asking.news().sort()).toEqual(['found', 'no_records']);
    // NSD answers REFUSED for a zone that it does not have.
    expect((await new Asking(server).locate('pbx.example', { port: 5060 })).isPartial).toBe(true);
  });

  it('is found over IPv6 too', async () => {
    const server = await startNameServer(test, 'a 60 IN AAAA 2001:db8::1', { address: '::1' });
    expect(await new Asking(server).addresses('a.pbx.test')).toEqual(['UDP 2001:db8::1:5060']);
  });
});
