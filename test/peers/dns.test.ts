import type { Packet } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { Locator } from '../../sidecar/io/locator.ts';
import type { Spoken } from '../../sidecar/proxy/locate.ts';
import type { Destination, Located } from '../../sidecar/wire/destination.ts';
import { observed } from '../sidecar/io/support.ts';
import { type NameServer, startNameServer } from '../support/name-server.ts';
import { testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { freePort } from '../support/ports.ts';
import { ScriptedNameServer } from '../support/scripted-name-server.ts';

const test = testStage();
withPeers(['nsd']);

const SPOKEN: Spoken = new Map([
  ['UDP', new Set([4, 6] as const)],
  ['TCP', new Set([4, 6] as const)],
]);

type At = { readonly address: string; readonly port: number };

/** A locator that asks these servers, with a clock that can be put forward. */
class Asking {
  readonly around = observed();
  readonly outcomes: string[] = [];
  #ahead = 0;
  readonly locator: Locator;

  constructor(...servers: readonly At[]) {
    const { clock } = this.around;
    const count = (outcome: string): void => void this.outcomes.push(outcome);
    this.locator = new Locator({ ...this.around, clock: () => clock() + this.#ahead }, SPOKEN, {
      servers: servers.map(({ address, port }) => ({ host: address, port })),
      count,
    });
  }

  pass(seconds: number): void {
    this.#ahead += seconds * 1000;
  }

  /** Outcomes since the last call. */
  news(): string[] {
    return this.outcomes.splice(0);
  }

  locate(host: string, parts: Partial<Destination> = {}): Promise<Located> {
    const destination = { host, port: undefined, transport: undefined, isSecure: false, ...parts };
    return new Promise((resolve) => this.locator.locate(destination, resolve));
  }

  async addresses(host: string, parts: Partial<Destination> = { port: 5060 }): Promise<readonly string[]> {
    const { sites } = await this.locate(host, parts);
    return sites.flatMap(({ transport, port, addresses }) =>
      addresses.map((address) => `${transport} ${address}:${port}`),
    );
  }
}

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

describe('a server that does what no real one would', () => {
  const found: Partial<Packet> = { answers: [{ type: 'A', name: 'a.pbx.test', ttl: 60, data: '192.0.2.1' }] };
  const forged: Partial<Packet> = {
    answers: [{ type: 'A', name: 'a.pbx.test', ttl: 60, data: '203.0.113.66' }],
  };

  async function scripted(answer: ScriptedNameServer['answer']): Promise<ScriptedNameServer> {
    const server = await new ScriptedNameServer().open(test);
    server.answer = answer;
    return server;
  }

  it('is not believed with another id, question or type, nor by a question sent back', async () => {
    const server = await scripted(({ packet, type, reply, replyBytes }) => {
      const { id = 0 } = packet;
      reply({ ...forged, id: (id + 1) & 0xffff });
      reply({ ...forged, questions: [{ type: 'A', name: 'b.pbx.test' }] });
      reply({ ...forged, questions: [{ type: 'TXT', name: 'a.pbx.test' }] });
      reply({ ...forged, questions: [] });
      reply({ ...forged, type: 'query', flags: 0 });
      replyBytes(Buffer.from('nonsense'));
      reply(type === 'A' ? found : {});
    });
    const asking = new Asking(server);
    expect(await asking.addresses('a.pbx.test')).toEqual(['UDP 192.0.2.1:5060']);
    expect(asking.around.counts.get('dns_answer_ignored')).toBeGreaterThanOrEqual(6);
  });

  it('gets each question from another port with another id', async () => {
    const server = await scripted(({ reply }) => reply({}));
    const asking = new Asking(server);
    for (let i = 0; i < 8; i++) await asking.addresses(`h${i}.pbx.test`);
    expect(new Set(server.asked.map(({ from }) => from.port)).size).toBeGreaterThan(12);
    expect(new Set(server.asked.map(({ packet }) => packet.id)).size).toBeGreaterThan(12);
  });

  it('is not believed about other names than the one asked for', async () => {
    const server = await scripted(({ type, reply }) =>
      reply(
        type === 'A' ? { answers: [{ type: 'A', name: 'other.test', ttl: 60, data: '203.0.113.66' }] } : {},
      ),
    );
    expect(await new Asking(server).addresses('a.pbx.test')).toEqual([]);
  });

  it('is not heard from another address or port', async () => {
    const stranger = await scripted(() => {});
    const server = await scripted(({ packet, type, from, reply }) => {
      const { id = 0, questions = [] } = packet;
      stranger.send(from.port, { id, questions, ...forged });
      setImmediate(() => reply(type === 'A' ? found : {}));
    });
    expect(await new Asking(server).addresses('a.pbx.test')).toEqual(['UDP 192.0.2.1:5060']);
  });

  it('may know nothing of EDNS', async () => {
    const server = await scripted(({ packet, type, reply }) => {
      if ((packet.additionals ?? []).length > 0) reply({ rcode: 1 });
      else reply(type === 'A' ? found : {});
    });
    expect(await new Asking(server).addresses('a.pbx.test')).toEqual(['UDP 192.0.2.1:5060']);
  });

  it('that only refers to others is left for the next', async () => {
    const lame = await scripted(({ reply }) =>
      reply({ authorities: [{ type: 'NS', name: 'test', ttl: 60, data: 'ns.test' }] }),
    );
    const good = await scripted(({ type, reply }) => reply(type === 'A' ? found : {}));
    const asking = new Asking(lame, good);
    expect(await asking.addresses('a.pbx.test')).toEqual(['UDP 192.0.2.1:5060']);
    expect(asking.news()).toContain('lame');
  });

  it('that is silent costs a second where there is another, and is asked last for a while', async () => {
    const silent = await scripted(() => {});
    const good = await scripted(({ type, reply }) => reply(type === 'A' ? found : {}));
    const asking = new Asking(silent, good);
    const before = performance.now();
    expect(await asking.addresses('a.pbx.test')).toEqual(['UDP 192.0.2.1:5060']);
    const took = performance.now() - before;
    expect(took).toBeGreaterThan(900);
    expect(took).toBeLessThan(3_000);
    asking.pass(61);
    silent.asked.length = 0;
    // The clock was put forward by more than the half minute for which it is avoided: it gets its turn again.
    await asking.addresses('a.pbx.test');
    expect(silent.asked.length).toBeGreaterThan(0);
  });

  it('may be slow, and is waited for', async () => {
    const server = await scripted(({ type, reply }) => {
      setTimeout(() => reply(type === 'A' ? found : {}), 700);
    });
    expect(await new Asking(server).addresses('a.pbx.test')).toEqual(['UDP 192.0.2.1:5060']);
  });

  it('that truncates and then holds its tongue by TCP is no server', async () => {
    const server = await scripted(({ reply }) => reply({ flags: 0x0200 }));
    await server.holdTcp(test);
    const asking = new Asking(server);
    const { sites, isPartial } = await asking.locate('a.pbx.test', { port: 5060 });
    expect([sites, isPartial]).toEqual([[], true]);
  });

  it('is asked once for all who want to know the same at a time', async () => {
    const server = await scripted(({ type, reply }) => reply(type === 'A' ? found : {}));
    const asking = new Asking(server);
    const all = await Promise.all(Array.from({ length: 50 }, () => asking.addresses('a.pbx.test')));
    expect(new Set(all.flat())).toEqual(new Set(['UDP 192.0.2.1:5060']));
    expect(server.asked).toHaveLength(2);
  });

  it('is asked 32 things at a time at most, and a thousand more may wait', async () => {
    const held: (() => void)[] = [];
    const server = await scripted(({ reply }) => void held.push(() => reply({})));
    const asking = new Asking(server);
    const all = Array.from({ length: 700 }, (_, i) => asking.addresses(`h${i}.pbx.test`));
    await asking.around.counted('too_many_lookups', 1);
    while (held.length < 32) await new Promise((resolve) => setImmediate(resolve));
    expect(held.length).toBe(32);
    server.answer = ({ reply }) => reply({});
    for (const reply of held) reply();
    expect((await Promise.all(all)).flat()).toEqual([]);
  });
});

describe('names that DNS is not asked for', () => {
  it('are localhost and IP addresses', async () => {
    const asking = new Asking({ address: '127.0.0.1', port: 9 } satisfies Pick<
      NameServer,
      'address' | 'port'
    >);
    expect(await asking.addresses('localhost', { port: 5070 })).toContain('UDP 127.0.0.1:5070');
    expect(await asking.addresses('2001:db8::7', { port: 5070 })).toEqual(['UDP 2001:db8::7:5070']);
    expect(asking.news()).toEqual([]);
  });
});
