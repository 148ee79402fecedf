import { type Answer, decode, encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { questionText, readReply } from '../../../../sidecar/io/dns/message.ts';
import type { DnsQuestion } from '../../../../sidecar/wire/dns.ts';

const QUESTION: DnsQuestion = { name: 'a.test', type: 'A' };

const answer = (answers: Answer[], flags = 0, question: DnsQuestion = QUESTION): Buffer =>
  encode({ type: 'response', id: 7, flags, questions: [question], answers });

const soa: Answer = {
  type: 'SOA',
  name: 'test',
  ttl: 90,
  data: { mname: 'ns.test', rname: 'x.test', minimum: 30 },
};

describe('a question', () => {
  it('asks for recursion and tells what size a datagram may have (RFC 6891)', () => {
    const packet = decode(questionText(QUESTION, 7, true));
    expect(packet).toMatchObject({
      id: 7,
      type: 'query',
      flag_rd: true,
      questions: [{ name: 'a.test', type: 'A' }],
    });
    expect(packet.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232 }]);
    expect(decode(questionText(QUESTION, 7, false)).additionals).toEqual([]);
  });
});

describe('an answer', () => {
  it('is about the same name in any case (RFC 1034 §3.1)', () => {
    const text = answer([{ type: 'A', name: 'A.TEST', ttl: 60, data: '192.0.2.1' }], 0, {
      name: 'A.Test',
      type: 'A',
    });
    expect(readReply(text, QUESTION, 7)).toEqual({
      kind: 'found',
      records: [{ type: 'A', address: '192.0.2.1' }],
      ttl: 60,
    });
  });

  it('holds as long as the shortest of its records, and one of a nonsensical time not at all (RFC 2181 §8)', () => {
    const records = [30, 90].map(
      (ttl, i): Answer => ({ type: 'A', name: 'a.test', ttl, data: `192.0.2.${i}` }),
    );
    expect(readReply(answer(records), QUESTION, 7)).toMatchObject({ ttl: 30 });
    const endless: Answer = { type: 'A', name: 'a.test', ttl: 2 ** 31, data: '192.0.2.1' };
    expect(readReply(answer([endless]), QUESTION, 7)).toMatchObject({ ttl: 0 });
  });

  it('of nothing holds as the SOA says, or its MINIMUM where that is less (RFC 2308 §5)', () => {
    const text = encode({
      type: 'response',
      id: 7,
      flags: 3,
      questions: [QUESTION],
      authorities: [soa],
    });
    expect(readReply(text, QUESTION, 7)).toEqual({ kind: 'none', isNoName: true, ttl: 30 });
  });

  it('that names an alias and nothing more leaves that to be asked for', () => {
    const text = answer([{ type: 'CNAME', name: 'a.test', ttl: 5, data: 'B.test' }]);
    expect(readReply(text, QUESTION, 7)).toEqual({ kind: 'alias', name: 'b.test', ttl: 5 });
  });

  it.each([
    [2, 'SERVFAIL'],
    [5, 'REFUSED'],
  ])('with code %i is none to go by: %s', (code, reason) => {
    expect(readReply(answer([], code), QUESTION, 7)).toEqual({ kind: 'lame', reason });
  });

  it('holds 64 records at most, and no SRV record of port 0', () => {
    const many = Array.from(
      { length: 100 },
      (_, i): Answer => ({ type: 'A', name: 'a.test', ttl: 60, data: `192.0.2.${i}` }),
    );
    const reply = readReply(answer(many), QUESTION, 7);
    expect(reply?.kind === 'found' && reply.records.length).toBe(64);
    const srv: DnsQuestion = { name: '_sip._udp.a.test', type: 'SRV' };
    const none: Answer = { type: 'SRV', name: srv.name, ttl: 60, data: { port: 0, target: 'a.test' } };
    expect(readReply(answer([none], 0, srv), srv, 7)?.kind).toBe('none');
  });

  it('may be any bytes at all', () => {
    const good = answer([{ type: 'A', name: 'a.test', ttl: 60, data: '192.0.2.1' }]);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 600 }),
          // A right answer with some of its bytes changed.
          fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
            const bytes = Buffer.from(good);
            for (const [at, value] of changes) bytes[at] = value;
            return bytes;
          }),
        ),
        (bytes) => {
          expect(() => readReply(Buffer.from(bytes), QUESTION, 7)).not.toThrow();
        },
      ),
      { numRuns: 2000 },
    );
  });
});
