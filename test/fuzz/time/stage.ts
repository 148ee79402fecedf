import type { SidecarConfig } from '../../../sidecar/config.ts';
import { Counters } from '../../../sidecar/counters.ts';
import type { Effect, Input } from '../../../sidecar/effect.ts';
import { Engine } from '../../../sidecar/engine/engine.ts';
import { Guard } from '../../../sidecar/guard/guard.ts';
import { Location } from '../../../sidecar/registrar/location.ts';
import { Tokens } from '../../../sidecar/registrar/token.ts';
import type { Flow } from '../../../sidecar/wire/flow.ts';
import { CONFIGS, OWN, PBX_SOURCE, PEERS, sitesOf } from '../engine/variants.ts';
import { BRANCH } from './shape.ts';

type Send = Extract<Effect, { kind: 'send' }>;

const NOW = Date.UTC(2026, 0, 1);
const tokens = new Tokens({ secret: Buffer.alloc(32, 7), epoch: 1 });
const PHONE: Flow = PEERS['tcp phone'];

/** An engine with a registered phone and a call under way, for measuring: nothing is checked, nothing is kept. */
export class Stage {
  readonly #engine: Engine;
  readonly #location = new Location(10_000);
  #serial = 0;
  #sent: Send[] = [];
  readonly names: { readonly contact: string; readonly route: string };

  constructor() {
    const config = CONFIGS[0] as SidecarConfig;
    this.#engine = new Engine(
      {
        config,
        own: OWN,
        tokens,
        random: () => `r${String(++this.#serial).padStart(15, '0')}`,
        verbose: false,
        counters: new Counters(),
        isPbxSource: (address) => address === PBX_SOURCE,
        guard: new Guard({
          limits: { perSourcePerSecond: 0, burstPerSource: 1, bannedMs: 0 },
          failureLimit: config.security.failureLimit,
          overload: config.security.overload,
          isExempt: () => true,
          tell: () => {},
        }),
      },
      NOW,
    );
    for (const [endpoint, sites] of sitesOf(config))
      this.#give({ kind: 'upstreamResolved', endpoint, sites });
    const up = this.phone(
      `REGISTER sip:pbx.test SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKa\r\nFrom: <sip:u1@pbx.test>;tag=1\r\nTo: <sip:u1@pbx.test>\r\nCall-ID: c0\r\nCSeq: 1 REGISTER\r\nContact: <sip:u1@192.0.2.9:40009;transport=tcp>;expires=3600\r\nContent-Length: 0\r\n\r\n`,
    );
    this.answers(up, `Contact: ${/^Contact: (.*)\r$/m.exec(up)?.[1]}\r\n`);
    const call = this.phone(
      `INVITE sip:2@pbx.test SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKb\r\nFrom: <sip:u1@pbx.test>;tag=1\r\nTo: <sip:2@pbx.test>\r\nCall-ID: c9\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`,
    );
    const contact = /<(sip:b[^>]*)>/.exec(up)?.[1];
    const route = /^Record-Route: (.*)\r$/m.exec(call)?.[1];
    if (contact === undefined || route === undefined) throw new Error('the stage is not set');
    this.names = { contact, route };
  }

  /** The phone sends a text; the last request that goes on is returned, '' for none. */
  phone(text: string): string {
    return this.#receives(PHONE, text);
  }

  pbx(text: string): string {
    return this.#receives(PEERS.pbx, text);
  }

  /** The PBX answers a request that was sent to it by 200, with these lines. */
  answers(request: string, lines: string): void {
    this.pbx(answerText(request, lines));
  }

  #receives(flow: Flow, text: string): string {
    this.#sent = [];
    this.#give({ kind: 'message', flow, text });
    return this.#sent.findLast(({ text: sent }) => !sent.startsWith('SIP/2.0 '))?.text ?? '';
  }

  #give(input: Input): void {
    const queue: Input[] = [input];
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      for (const effect of this.#engine.receive(next, NOW)) this.#perform(effect, queue);
  }

  #perform(effect: Effect, queue: Input[]): void {
    if (effect.kind === 'send') this.#sent.push(effect);
    else if (effect.kind === 'lookup') {
      const one = effect.by === 'token' ? this.#location.findToken(effect.key) : undefined;
      const bindings = effect.by === 'aor' ? this.#location.find(effect.key) : one === undefined ? [] : [one];
      queue.push({ kind: 'found', ticket: effect.ticket, bindings });
    } else if (effect.kind === 'remember') {
      const outcome = this.#location.replace(effect.aor, effect.bindings);
      if (effect.ticket !== undefined) queue.push({ kind: 'remembered', ticket: effect.ticket, outcome });
    } else if (effect.kind === 'resolve') queue.push({ kind: 'resolved', ticket: effect.ticket, sites: [] });
  }
}

/** §8.2.6.2: the lines of a request that its answer has, and these. */
export function answerText(request: string, lines: string): string {
  const kept = request
    .split('\r\n')
    .filter((line) => /^(?:Via|From|To|Call-ID|CSeq|Record-Route):/.test(line));
  return `SIP/2.0 200 OK\r\n${kept.join('\r\n')}\r\n${lines}Content-Length: 0\r\n\r\n`;
}

/** The text as one piece of memory, as it comes from a socket, with a branch of its own. */
export function received(text: string, serial: number): string {
  const bytes = Buffer.from(text, 'latin1');
  const at = text.indexOf(BRANCH);
  if (at >= 0) bytes.write(String(serial).padStart(8, '0'), at + BRANCH.length - 8, 'latin1');
  return bytes.toString('latin1');
}
