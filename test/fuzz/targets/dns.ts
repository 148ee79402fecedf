import { type Answer, encode, type Packet } from 'dns-packet';
import { MOST_ALIASES, readReply } from '../../../sidecar/io/dns/message.ts';
import type { DnsQuestion, RecordType } from '../../../sidecar/wire/dns.ts';
import type { Chance } from '../chance.ts';
import { must } from '../target.ts';
import { textTarget } from '../text/text-target.ts';

const ID = 7;
const TYPES: readonly RecordType[] = ['A', 'AAAA', 'SRV', 'NAPTR'];
const NAMES = ['pbx.test', '_sip._udp.pbx.test', 'PBX.test', 'a.b.c', '.', 'x'.repeat(63)];
const NUMBERS = [0, 1, 60, 5060, 65_535, 2 ** 31, 2 ** 32 - 1];

function record(chance: Chance): Answer {
  const [name, ttl] = [chance.of(NAMES), chance.of(NUMBERS)];
  const target = chance.of(NAMES);
  const number = (): number => chance.of(NUMBERS) & 0xffff;
  switch (chance.below(7)) {
    case 0:
      return { type: 'A', name, ttl, data: '192.0.2.1' };
    case 1:
      return { type: 'AAAA', name, ttl, data: '2001:db8::1' };
    case 2:
      return {
        type: 'SRV',
        name,
        ttl,
        data: { priority: number(), weight: number(), port: number(), target },
      };
    case 3: {
      const data = {
        order: number(),
        preference: number(),
        flags: 's',
        services: 'SIP+D2U',
        regexp: '',
        replacement: target,
      };
      return { type: 'NAPTR', name, ttl, data };
    }
    case 4:
      return { type: 'CNAME', name, ttl, data: target };
    case 5:
      return { type: 'NS', name, ttl, data: target };
    default:
      return {
        type: 'SOA',
        name,
        ttl,
        data: {
          mname: target,
          rname: target,
          serial: 1,
          refresh: 1,
          retry: 1,
          expire: 1,
          minimum: chance.of(NUMBERS),
        },
      };
  }
}

/** A reply as bytes; `answers` may be any records. */
function reply(
  type: RecordType,
  answers: readonly Answer[],
  authorities: readonly Answer[],
  flags: number,
): string {
  const packet: Packet = {
    type: 'response',
    id: ID,
    flags,
    questions: [{ type, name: 'pbx.test' }],
    answers: [...answers],
    authorities: [...authorities],
  };
  return encode(packet).toString('latin1');
}

const some = (chance: Chance): Answer[] => Array.from({ length: chance.few(5) }, () => record(chance));

/** Whatever a server, or who passes for one, says: it is read as an answer with all that one has, or as none. */
export function check(text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  for (const type of TYPES) {
    const question: DnsQuestion = { name: 'pbx.test', type };
    must(readReply(bytes, question, ID + 1) === undefined, 'an answer to another question is taken');
    const read = readReply(bytes, question, ID);
    if (read?.kind === 'found') {
      must(read.records.length > 0 && read.records.length <= 64, `${read.records.length} records`);
      must(
        read.records.every((each) => each.type === type),
        'records that were not asked for',
      );
      must(read.ttl >= 0 && read.ttl < 2 ** 31, `a time to live of ${read.ttl}`);
    } else if (read?.kind === 'alias')
      must(read.name !== question.name && read.ttl >= 0, 'an alias of itself');
  }
}

/** As long a chain of aliases as is followed, and one more. */
const chain = Array.from({ length: MOST_ALIASES + 2 }, (_, i): Answer => {
  const name = i === 0 ? 'pbx.test' : `a${i}.test`;
  return { type: 'CNAME', name, ttl: 60, data: `a${i + 1}.test` };
});

export const dnsTarget = () =>
  textTarget({
    name: 'dns',
    weight: 0.3,
    seeds: [
      ...TYPES.map((type) =>
        reply(type, [{ type: 'A', name: 'pbx.test', ttl: 60, data: '192.0.2.1' }], [], 0),
      ),
      reply('A', chain, [], 0),
      '',
    ],
    generate: (chance) =>
      reply(chance.of(TYPES), some(chance), some(chance), chance.once(4) ? chance.below(65_536) : 0),
    check,
  });
