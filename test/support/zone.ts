import { locate, type Spoken } from '../../sidecar/proxy/locate.ts';
import type { Destination, Located } from '../../sidecar/wire/destination.ts';
import type { DnsAnswer, DnsQuestion, DnsRecord } from '../../sidecar/wire/dns.ts';

const HOLDS_UNTIL = 60_000;

/** Records by name and type, as a zone file has them: `pbx.test A 192.0.2.1`. A record `FAIL` stands for servers that are silent. */
export class Zone {
  readonly asked: string[] = [];
  readonly #records = new Map<string, DnsRecord[]>();
  readonly #failing = new Set<string>();

  constructor(text: string) {
    for (const line of text.split('\n').map((each) => each.trim())) if (line !== '') this.#add(line);
  }

  #add(line: string): void {
    const [name = '', type = '', ...words] = line.split(/\s+/);
    const key = `${type} ${name}`;
    if (words[0] === 'FAIL') return void this.#failing.add(key);
    this.#records.set(key, [...(this.#records.get(key) ?? []), recordOf(type, words)]);
  }

  answer({ name, type }: DnsQuestion): DnsAnswer {
    const key = `${type} ${name}`;
    this.asked.push(key);
    return {
      records: this.#records.get(key) ?? [],
      failed: this.#failing.has(key),
      expiresAt: HOLDS_UNTIL,
    };
  }

  /** Asks until it is known where a destination leads. */
  locate(destination: Destination, spoken: Spoken, names: readonly string[] = [destination.host]): Located {
    const known = new Map<string, DnsAnswer>();
    for (;;) {
      const step = locate(destination, names, spoken, ({ name, type }) => known.get(`${type} ${name}`));
      if (!('ask' in step)) return step;
      for (const question of step.ask) known.set(`${question.type} ${question.name}`, this.answer(question));
    }
  }
}

function recordOf(type: string, words: readonly string[]): DnsRecord {
  const [first = '', second = '', third = '', fourth = '', fifth = '', sixth = ''] = words;
  const bare = (name: string): string => (name === '.' ? '' : name);
  switch (type) {
    case 'A':
    case 'AAAA':
      return { type, address: first };
    case 'SRV':
      return {
        type,
        priority: Number(first),
        weight: Number(second),
        port: Number(third),
        target: bare(fourth),
      };
    case 'NAPTR': {
      const [flags, services, regexp] = [third, fourth, fifth].map((each) => each.replaceAll('"', ''));
      return {
        type,
        order: Number(first),
        preference: Number(second),
        flags: flags ?? '',
        services: services ?? '',
        regexp: regexp ?? '',
        replacement: bare(sixth),
      };
    }
    default:
      throw new Error(`no record type: ${type}`);
  }
}
