import type { Packet } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { testStage } from '../support/peers/stage.ts';
import { ScriptedNameServer } from '../support/scripted-name-server.ts';
import { Asking } from './asking.ts';

const test = testStage();

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
    const asking = new Asking({ address: '127.0.0.1', port: 9 });
    expect(await asking.addresses('localhost', { port: 5070 })).toContain('UDP 127.0.0.1:5070');
    expect(await asking.addresses('2001:db8::7', { port: 5070 })).toEqual(['UDP 2001:db8::7:5070']);
    expect(asking.news()).toEqual([]);
  });
});
