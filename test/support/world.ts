import { Counters } from '../../sidecar/counters.ts';
import type { Effect, Input, Note } from '../../sidecar/effect.ts';
import { Engine } from '../../sidecar/engine/engine.ts';
import { Guard, portKey } from '../../sidecar/guard/guard.ts';
import { OwnAddresses, type OwnListener } from '../../sidecar/proxy/own.ts';
import { Location } from '../../sidecar/registrar/location.ts';
import { Tokens } from '../../sidecar/registrar/token.ts';
import type { Site } from '../../sidecar/wire/destination.ts';
import type { Flow } from '../../sidecar/wire/flow.ts';
import type { SipMessage } from '../../sidecar/wire/message.ts';
import { type RequestText, read, requestText, responseText } from './sip-text.ts';
import { known, site } from './sites.ts';
import { type Places, worldConfig } from './world-config.ts';

export type { Places } from './world-config.ts';

export interface Sent {
  readonly flow: Flow;
  readonly message: SipMessage;
  readonly ref: string;
}

export const phone = (port = 5062, address = '192.0.2.7'): Flow => ({
  transport: 'UDP',
  listener: 'udp',
  address,
  port,
  connection: 0,
});
export const stream = (connection: number, address = '192.0.2.7', port = 40_000 + connection): Flow => ({
  transport: 'TCP',
  listener: 'tcp',
  address,
  port,
  connection,
});
export const PBX: Flow = {
  transport: 'UDP',
  listener: 'udp',
  address: '198.51.100.1',
  port: 5070,
  connection: 0,
};

export const LISTENERS: readonly OwnListener[] = (['UDP', 'TCP'] as const).map((transport) => ({
  name: transport.toLowerCase(),
  transport,
  bound: { host: '203.0.113.5', port: 5060 },
  phones: { host: 'sip.example.com', port: 5060 },
  upstream: { host: '203.0.113.5', port: 5060 },
}));

export const PLACES: Places = {
  listeners: LISTENERS,
  endpoint: '{name: pbx, host: 198.51.100.1, port: 5070}',
  address: '198.51.100.1',
};

const START = Date.UTC(2026, 0, 1);

/** Stands in `upstream.sources`. */
export const PBX_SOURCE = '203.0.113.77';

/**
 * The engine with a world of fake time around it: what it sends is kept, what it asks is answered from a real
 * location store. `spec` is YAML put under the resource's spec (indented by two);
 * a proxy that has been started again has another epoch.
 */
export class World {
  now = START;
  readonly location = new Location(10_000);
  readonly guard: Guard;
  readonly engine: Engine;
  readonly notes: Note[] = [];
  readonly resolved: string[] = [];
  /** Where known.example leads. */
  knownAddresses: readonly string[] = ['192.0.2.99'];
  readonly probed: Extract<Effect, { kind: 'probed' }>[] = [];
  readonly suspected: string[] = [];
  /** Writes that the test wants to answer itself. */
  holdWrites = false;
  readonly heldWrites: Extract<Effect, { kind: 'remember' }>[] = [];
  /** Whether found bindings and addresses are kept until `findNow`. */
  holdFinds = false;
  #heldFinds: Input[] = [];
  writeOutcome: 'ok' | 'full' | 'failed' = 'ok';
  #sent: Extract<Effect, { kind: 'send' }>[] = [];

  constructor(spec = '', places: Places = PLACES, epoch = 1) {
    const { listeners, address } = places;
    const config = worldConfig(spec, places);
    const { rateLimit: limits, failureLimit, overload } = config.security;
    this.guard = new Guard({
      ...{ limits, failureLimit, overload },
      isExempt: (from) => from === address || from === PBX_SOURCE,
      tell: () => {},
    });
    let serial = 0;
    this.engine = new Engine(
      {
        config,
        own: new OwnAddresses(listeners),
        tokens: new Tokens({ secret: Buffer.alloc(32, 7), epoch }),
        random: () => `r${(++serial).toString().padStart(15, '0')}`,
        verbose: true,
        counters: new Counters(),
        isPbxSource: (address) => address === PBX_SOURCE,
        guard: this.guard,
      },
      this.now,
    );
    const [pbx] = config.upstream.endpoints;
    const spoken = pbx?.transport ?? 'UDP';
    this.leads('pbx', site({ addresses: [address], port: pbx?.port ?? 5060, transport: spoken }));
  }

  /** The resource changes while the proxy runs. */
  changes(spec: string, places: Places = PLACES): void {
    this.engine.reconfigure(worldConfig(spec, places), new OwnAddresses(places.listeners));
  }

  /** Gives an input and performs what comes of it; what was sent is returned by `sent`. */
  give(input: Input): void {
    const queue: Input[] = [input];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      for (const effect of this.engine.receive(next, this.now)) this.#perform(effect, queue);
    }
  }

  #perform(effect: Effect, queue: Input[]): void {
    switch (effect.kind) {
      case 'send':
        this.#sent.push(effect);
        return;
      case 'lookup': {
        const one = effect.by === 'token' ? this.location.findToken(effect.key) : undefined;
        const bindings =
          effect.by === 'aor' ? this.location.find(effect.key) : one === undefined ? [] : [one];
        this.#find({ kind: 'found', ticket: effect.ticket, bindings }, queue);
        return;
      }
      case 'remember':
        if (this.holdWrites) this.heldWrites.push(effect);
        else this.#write(effect, queue);
        return;
      case 'resolve':
        this.resolved.push(effect.destination.host);
        this.#find(
          { kind: 'resolved', ticket: effect.ticket, sites: known(effect.destination, this.knownAddresses) },
          queue,
        );
        return;
      case 'probed':
        this.probed.push(effect);
        return;
      case 'suspected':
        this.suspected.push(effect.hop);
        return;
      case 'note':
        this.notes.push(effect.note);
    }
  }

  /** From now on an endpoint leads there. */
  leads(endpoint: string, ...sites: readonly Site[]): void {
    this.give({ kind: 'upstreamResolved', endpoint, sites });
  }

  #find(answer: Input, queue: Input[]): void {
    (this.holdFinds ? this.#heldFinds : queue).push(answer);
  }

  /** Gives what was looked up while finds were held. */
  findNow(): void {
    this.holdFinds = false;
    const held = this.#heldFinds;
    this.#heldFinds = [];
    for (const input of held) this.give(input);
  }

  #write(effect: Extract<Effect, { kind: 'remember' }>, queue: Input[]): void {
    if (this.writeOutcome !== 'full') this.location.replace(effect.aor, effect.bindings);
    if (effect.ticket !== undefined)
      queue.push({ kind: 'remembered', ticket: effect.ticket, outcome: this.writeOutcome });
  }

  /** Answers the oldest held write. */
  release(): void {
    const effect = this.heldWrites.shift();
    if (effect === undefined) throw new Error('no write is held');
    const queue: Input[] = [];
    this.#write(effect, queue);
    for (const input of queue) this.give(input);
  }

  /** What has been sent since the last call. */
  sent(): Sent[] {
    return this.unread().map(({ flow, text, ref }) => ({ flow, message: read(text), ref }));
  }

  /** The same as text: the answer to what can't be read is itself no message of ours to read. */
  unread(): Extract<Effect, { kind: 'send' }>[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  /** The one thing that has been sent since the last call. */
  sentOne(): Sent {
    const sent = this.sent();
    if (sent.length !== 1)
      throw new Error(`sent ${sent.length} messages:\n${sent.map((s) => s.message.text).join('\n---\n')}`);
    return sent[0] as Sent;
  }

  /** It passes the guard first, as at a socket. */
  receives(flow: Flow, text: string): void {
    const judgement = this.guard.judge(flow.address, portKey(flow), text.length, this.now);
    if (judgement !== 'known' && judgement !== 'unknown') return;
    this.give({ kind: 'message', flow, text });
  }

  /** A connection ends: the location is told first, as the composition root does. */
  closes(flow: Flow): void {
    this.location.closeConnection(flow.connection);
    this.give({ kind: 'flowClosed', connection: flow.connection });
  }

  /** From now on it is a sender that answers are sent to without a bound, as to who is registered. */
  makeKnown(flow: Flow = phone()): this {
    this.guard.register(flow, Number.POSITIVE_INFINITY, this.now);
    return this;
  }

  request(flow: Flow, parts: RequestText): void {
    this.receives(flow, requestText({ transport: flow.transport, ...parts }));
  }

  /** The peer answers what it was sent, over the flow that it was sent by. */
  answers(to: Sent, status: number, headers: readonly string[] = [], body = ''): void {
    this.receives(to.flow, responseText(to.message, status, headers, body));
  }

  /** Lets time pass, with a tick whenever the engine asks for one. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (let at = this.engine.wakeAt(); at <= until; at = this.engine.wakeAt()) {
      this.now = Math.max(at, this.now);
      this.give({ kind: 'tick' });
    }
    this.now = until;
  }

  /** A phone registers and the PBX grants it; the contact that the PBX was shown is returned. */
  register(
    user: string,
    flow: Flow = phone(),
    options: { contact?: string; grant?: number; callId?: string; cseq?: number; headers?: string[] } = {},
  ): string {
    const contact = options.contact ?? `<sip:${user}@${flow.address}:${flow.port}>`;
    this.sent();
    this.request(flow, {
      method: 'REGISTER',
      from: `sip:${user}@pbx.test`,
      callId: options.callId ?? `reg-${user}-${flow.port}`,
      cseq: options.cseq ?? 1,
      headers: [`Contact: ${contact}`, 'Expires: 3600', ...(options.headers ?? [])],
    });
    const up = this.sentOne();
    const shown = up.message.value(6) as string;
    this.answers(up, 200, [`Contact: ${shown.replace(/;expires=\d+/, '')};expires=${options.grant ?? 1800}`]);
    this.sent();
    return /<([^>]+)>/.exec(shown)?.[1] ?? shown;
  }
}
