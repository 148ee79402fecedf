import { randomInt } from 'node:crypto';
import type { HostPort } from '../../config.ts';
import type { Millis } from '../../effect.ts';
import type { DnsQuestion } from '../../wire/dns.ts';
import { hostPort } from '../../wire/flow.ts';
import { askByDatagram, askByStream, type Exchanged, type Read } from './exchange.ts';
import { MOST_ALIASES, questionText, type Reply, readReply } from './message.ts';
import type { ResolverSettings } from './system.ts';

/** What has come of one question to one server; also the name of its count. */
export type DnsOutcome =
  | 'found'
  | 'no_records'
  | 'no_name'
  | 'lame'
  | 'silent'
  | 'refused'
  | 'truncated'
  | 'plain_only';

/** What DNS says in the end: `failed` where no server could say. */
export type Said =
  | Extract<Reply, { kind: 'found' | 'none' }>
  | { readonly kind: 'failed'; readonly reason: string };

/** What the client is given of the world. */
export interface DnsMeans {
  readonly clock: () => Millis;
  /** Whom to ask, at each question anew. */
  readonly settings: () => ResolverSettings;
  readonly count: (outcome: DnsOutcome) => void;
  /** An answer that was none has come to a question under way: by mistake, or forged. */
  readonly ignored: () => void;
}

/** The first round waits for so long and no longer, so that a server that is down costs little where there is another. */
const FIRST_MS = 1_000;

/** How long a server that did not answer is asked last. */
const AVOIDED_MS = 30_000;

/** Asks DNS servers, one question at a time each: never rejects, remembers nothing but which server is silent. */
export class DnsClient {
  readonly #means: DnsMeans;
  readonly #avoided = new Map<string, Millis>();

  constructor(means: DnsMeans) {
    this.#means = means;
  }

  /** The records of a name, also of what it is an alias for. */
  async ask({ name, type }: DnsQuestion): Promise<Said> {
    let asked = name;
    let ttl = Number.POSITIVE_INFINITY;
    for (let aliases = 0; aliases < MOST_ALIASES; aliases++) {
      const reply = await this.#askServers({ name: asked, type });
      if (reply.kind !== 'alias') return shortened(reply, ttl);
      ttl = Math.min(ttl, reply.ttl);
      asked = reply.name;
    }
    return { kind: 'failed', reason: 'too many aliases' };
  }

  async #askServers(question: DnsQuestion): Promise<Said | Extract<Reply, { kind: 'alias' }>> {
    const { servers, attempts, timeoutMs } = this.#means.settings();
    let reason = 'no server';
    // Where all were silent a moment ago, those who wait are not to wait that long again.
    const rounds = servers.every((server) => this.#isAvoided(server)) ? 1 : attempts;
    for (let round = 0; round < rounds; round++) {
      for (const server of this.#inTurn(servers)) {
        const reply = await this.#askServer(server, question, Math.min(FIRST_MS * 2 ** round, timeoutMs));
        if (typeof reply !== 'string' && reply.kind !== 'lame') {
          this.#avoided.delete(nameOf(server));
          return reply;
        }
        reason = `${nameOf(server)}: ${typeof reply === 'string' ? reply : reply.reason}`;
        this.#avoided.set(nameOf(server), this.#means.clock() + AVOIDED_MS);
      }
    }
    return { kind: 'failed', reason };
  }

  /** As they are named, but first those that answered last time. */
  #inTurn(servers: readonly HostPort[]): readonly HostPort[] {
    if (this.#avoided.size === 0) return servers;
    // Servers come and go with the settings; of former ones nothing is to be kept.
    if (this.#avoided.size > servers.length) this.#avoided.clear();
    return [
      ...servers.filter((server) => !this.#isAvoided(server)),
      ...servers.filter((server) => this.#isAvoided(server)),
    ];
  }

  #isAvoided(server: HostPort): boolean {
    return this.#means.clock() < (this.#avoided.get(nameOf(server)) ?? 0);
  }

  async #askServer(
    server: HostPort,
    question: DnsQuestion,
    timeoutMs: number,
  ): Promise<Exchanged<Extract<Reply, { kind: 'found' | 'none' | 'alias' | 'lame' }>>> {
    let withEdns = true;
    let ask = askByDatagram<Reply>;
    // By datagram with EDNS and without, by stream likewise: no server can want more.
    for (let way = 0; way < 4; way++) {
      const id = randomInt(2 ** 16);
      const text = questionText(question, id, withEdns);
      const reply = await ask(server, text, this.#reader(question, id), timeoutMs);
      this.#means.count(outcomeOf(reply));
      if (typeof reply === 'string') return reply;
      if (reply.kind === 'truncated' && ask !== askByStream<Reply>) ask = askByStream;
      else if (reply.kind === 'plainOnly' && withEdns) withEdns = false;
      else if (reply.kind === 'truncated' || reply.kind === 'plainOnly') break;
      else return reply;
    }
    return { kind: 'lame', reason: 'it can not be understood' };
  }

  #reader(question: DnsQuestion, id: number): Read<Reply> {
    return (bytes) => {
      const reply = readReply(bytes, question, id);
      if (reply === undefined) this.#means.ignored();
      return reply;
    };
  }
}

const nameOf = ({ host, port }: HostPort): string => hostPort(host, port);

/** What is found by way of aliases holds no longer than they. */
function shortened(said: Said, ttl: number): Said {
  return said.kind === 'found' && ttl < said.ttl ? { ...said, ttl } : said;
}

function outcomeOf(reply: Exchanged<Reply>): DnsOutcome {
  if (typeof reply === 'string') return reply;
  switch (reply.kind) {
    case 'none':
      return reply.isNoName ? 'no_name' : 'no_records';
    case 'alias':
      return 'found';
    case 'plainOnly':
      return 'plain_only';
    default:
      return reply.kind;
  }
}
