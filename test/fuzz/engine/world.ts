import type { SidecarConfig } from '../../../sidecar/config.ts';
import { Counters } from '../../../sidecar/counters.ts';
import type { Effect, Input, RememberOutcome } from '../../../sidecar/effect.ts';
import { Engine } from '../../../sidecar/engine/engine.ts';
import { Guard, portKey } from '../../../sidecar/guard/guard.ts';
import { Tokens } from '../../../sidecar/registrar/token.ts';
import type { Flow } from '../../../sidecar/wire/flow.ts';
import { known } from '../../support/sites.ts';
import { must } from '../target.ts';
import { type Given, given } from './given.ts';
import { Laws } from './laws.ts';
import { Shelf } from './shelf.ts';
import type { Peer } from './steps.ts';
import { CONFIGS, NAMED_HOST, OWN, PBX_ADDRESS, PBX_SOURCE, PEERS, sitesOf } from './variants.ts';

const START = Date.UTC(2026, 0, 1);
const tokens = new Tokens({ secret: Buffer.alloc(32, 7), epoch: 1 });

/** After so long nothing can be pending, in ms. */
const LONG = 6 * 3600_000;

type Send = Extract<Effect, { kind: 'send' }>;
type Question = Extract<Effect, { kind: 'lookup' | 'remember' | 'resolve' }>;

/** The engine, a store, a clock that is told to go on, and the laws that are held against all that comes out. */
export class World {
  now = START;
  readonly engine: Engine;
  readonly #guard = new Guard({
    limits: { perSourcePerSecond: 100, burstPerSource: 100, bannedMs: 60_000 },
    failureLimit: { ...(CONFIGS[0] as SidecarConfig).security.failureLimit },
    overload: (CONFIGS[0] as SidecarConfig).security.overload,
    isExempt: (address) => address === PBX_ADDRESS || address === PBX_SOURCE,
    tell: () => {},
  });
  readonly #shelf = new Shelf();
  readonly given: Given = given();
  /** What was sent and could be answered or fail, the newest last. */
  readonly requests: Send[] = [];
  readonly #laws: Laws | undefined;
  readonly #held: Question[] = [];
  readonly #streams = new Map<string, Flow>();
  #config = CONFIGS[0] as SidecarConfig;
  #serial = 0;
  #connection = 0;
  isHolding = false;

  /** Without the laws, which remember all that has been sent, it can live as long as it likes. */
  constructor(hasLaws = true) {
    this.#laws = hasLaws ? new Laws() : undefined;
    this.engine = new Engine(
      {
        config: this.#config,
        own: OWN,
        tokens,
        random: () => `r${String(++this.#serial).padStart(15, '0')}`,
        verbose: true,
        counters: new Counters(),
        isPbxSource: (address) => address === PBX_SOURCE,
        guard: this.#guard,
      },
      this.now,
    );
    this.lead(true);
  }

  /** The names of the PBX lead where they should, or nowhere. */
  lead(isThere: boolean): void {
    for (const [endpoint, sites] of sitesOf(this.#config))
      this.give({ kind: 'upstreamResolved', endpoint, sites: isThere ? sites : [] });
  }

  /** The flow over which that peer speaks now; a closed connection is opened again as another one. */
  flowOf(peer: Peer): Flow {
    return this.#open(PEERS[peer]);
  }

  /** Where the answer to something that was sent comes from. */
  answerFlow({ flow }: Send): Flow {
    return flow.transport === 'UDP' ? flow : this.#open(flow);
  }

  #open(flow: Flow): Flow {
    if (flow.transport === 'UDP') return flow;
    const name = `${flow.transport} ${flow.address} ${flow.port}`;
    const open = this.#streams.get(name);
    if (open !== undefined) return open;
    const opened = { ...flow, connection: ++this.#connection };
    this.#streams.set(name, opened);
    return opened;
  }

  /** A connection ends: the location is told first, as the composition root does. */
  close(which: number): void {
    const names = [...this.#streams.keys()];
    const name = names[names.length - 1 - (which % Math.max(names.length, 1))];
    const flow = name === undefined ? undefined : this.#streams.get(name);
    if (name === undefined || flow === undefined) return;
    this.#streams.delete(name);
    this.#shelf.location.closeConnection(flow.connection);
    this.give({ kind: 'flowClosed', connection: flow.connection });
  }

  receives(flow: Flow, text: string, ownWords = text): void {
    this.#laws?.hears(flow, text, ownWords);
    // It says how much may be answered; whom it would keep out is let in all the same.
    this.#guard.judge(flow.address, portKey(flow), text.length, this.now);
    this.give({ kind: 'message', flow, text });
  }

  configure(variant: number): void {
    this.#config = CONFIGS[variant % CONFIGS.length] as SidecarConfig;
    this.engine.reconfigure(this.#config, OWN);
    this.lead(true);
  }

  give(input: Input): void {
    const queue: Input[] = [input];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const effects = this.engine.receive(next, this.now);
      this.#laws?.judge(next, effects, this.now);
      for (const effect of effects) this.#perform(effect, queue);
    }
  }

  #perform(effect: Effect, queue: Input[]): void {
    switch (effect.kind) {
      case 'send':
        this.given.learn(effect.text);
        if (effect.text.startsWith('SIP/2.0 ')) return;
        this.requests.push(effect);
        if (this.requests.length > 64) this.requests.shift();
        return;
      case 'lookup':
      case 'remember':
      case 'resolve':
        if (this.isHolding) this.#held.push(effect);
        else queue.push(...this.#answer(effect, 'ok'));
        return;
      case 'probed':
      case 'suspected':
      case 'note':
    }
  }

  #answer(question: Question, outcome: RememberOutcome): Input[] {
    switch (question.kind) {
      case 'lookup': {
        const { by, key, ticket } = question;
        return [{ kind: 'found', ticket, bindings: this.#shelf.find(by, key) }];
      }
      case 'remember': {
        const { aor, bindings, ticket } = question;
        const isFull = outcome === 'full' || this.#shelf.replace(aor, bindings) === 'full';
        return ticket === undefined
          ? []
          : [{ kind: 'remembered', ticket, outcome: isFull ? 'full' : outcome }];
      }
      case 'resolve': {
        const sites = known(question.destination, [NAMED_HOST.address]);
        return [{ kind: 'resolved', ticket: question.ticket, sites }];
      }
    }
  }

  /** Answers one of the questions that are held; the same one again where it is answered twice. */
  release(which: number, outcome: RememberOutcome, twice = false): boolean {
    const at = this.#held.length - 1 - (which % Math.max(this.#held.length, 1));
    const question = this.#held.splice(at, 1)[0];
    if (question === undefined) return false;
    for (let times = twice ? 2 : 1; times > 0; times--)
      for (const input of this.#answer(question, outcome)) this.give(input);
    return true;
  }

  tick(): void {
    this.give({ kind: 'tick' });
    must(this.engine.wakeAt() > this.now, 'after a tick it wants another one at once');
  }

  pass(ms: number): void {
    const until = this.now + ms;
    for (let at = this.engine.wakeAt(), ticks = 0; at <= until; at = this.engine.wakeAt(), ticks++) {
      must(ticks < 200_000, 'it wants ticks without end');
      this.now = Math.max(at, this.now);
      this.tick();
    }
    this.now = until;
    this.#shelf.sweep(this.now);
  }

  jump(ms: number): void {
    this.now += ms;
    this.tick();
    this.#shelf.sweep(this.now);
  }

  /** Everybody falls silent: what is held of them must go. */
  end(): void {
    this.isHolding = false;
    while (this.release(0, 'ok'));
    while (this.#streams.size > 0) this.close(0);
    this.#shelf.judge();
    this.pass(LONG);
    this.tick();
    const { server, client } = this.engine.transactions(this.now);
    must(server === 0 && client === 0, `transactions are left: ${server} of servers, ${client} of clients`);
    for (const [what, count] of Object.entries(this.engine.held))
      must(count === 0, `${count} ${what} are left`);
    must(this.engine.unanswered === 0 && this.engine.busyStreams.size === 0, 'somebody is still waited for');
    must(this.engine.wakeAt() === Number.POSITIVE_INFINITY, 'it wants to be woken for nothing');
  }
}
