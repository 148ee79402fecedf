import { afterEach, expect, it } from 'vitest';
import type { Effect, Input, Note, Ticket } from '../../../sidecar/effect.ts';
import { createPerformer, type Hands, type Performer, type Reacting } from '../../../sidecar/io/perform.ts';
import type { Flow } from '../../../sidecar/wire/flow.ts';
import { type Observed, observed, request } from './support.ts';

const flow: Flow = { transport: 'UDP', listener: 'udp', address: '192.0.2.7', port: 5062, connection: 0 };
const ticket: Ticket = { kind: 'sender' };
const message = (text: string): Input => ({ kind: 'message', flow, text });

/** The smallest thing that reacts: what it shall do is said in the test. */
class Reactor implements Reacting {
  readonly received: Input[] = [];
  wake = Number.POSITIVE_INFINITY;
  asked = 0;
  react: (input: Input) => readonly Effect[] = () => [];

  receive(input: Input): readonly Effect[] {
    this.received.push(input);
    return this.react(input);
  }

  wakeAt(): number {
    this.asked++;
    return this.wake;
  }
}

const performers: Performer[] = [];
afterEach(() => {
  for (const performer of performers.splice(0)) performer.stop();
});

function start(hands: Partial<Hands> = {}): { reactor: Reactor; performer: Performer; around: Observed } {
  const reactor = new Reactor();
  const around = observed();
  const idle: Hands = {
    send: () => {},
    lookup: () => [],
    remember: () => {},
    locate: () => {},
    probed: () => {},
    suspected: () => {},
    note: () => {},
  };
  const performer = createPerformer(reactor, { ...idle, ...hands }, around);
  performers.push(performer);
  return { reactor, performer, around };
}

it('does every kind of effect by its own hand', () => {
  const done: unknown[] = [];
  const { reactor, performer } = start({
    send: (...all) => void done.push(['send', ...all]),
    lookup: (...all) => {
      done.push(['lookup', ...all]);
      return [];
    },
    remember: (...all) => void done.push(['remember', ...all]),
    locate: (asked, answer) => {
      done.push(['locate', asked]);
      answer({ sites: [], expiresAt: 0, isPartial: false });
    },
    probed: (...all) => void done.push(['probed', ...all]),
    suspected: (...all) => void done.push(['suspected', ...all]),
    note: (note) => void done.push(['note', note]),
  });
  const note: Note = { level: 'info', event: 'registered' };
  const destination = { host: 'pbx.test', port: undefined, transport: undefined, isSecure: false };
  reactor.react = (input) =>
    input.kind !== 'message'
      ? []
      : [
          { kind: 'send', flow, text: 'x', ref: 'r' },
          { kind: 'lookup', by: 'aor', key: 'u1@pbx.test', ticket },
          { kind: 'remember', aor: 'u1@pbx.test', bindings: [], ticket },
          { kind: 'resolve', destination, ticket },
          { kind: 'probed', hop: 'UDP 192.0.2.1:5060', isUp: false, reason: 'no answer' },
          { kind: 'suspected', hop: 'UDP 192.0.2.1:5060' },
          { kind: 'note', note },
        ];
  performer.give(message('x'));
  expect(done).toEqual([
    ['send', flow, 'x', 'r'],
    ['lookup', 'aor', 'u1@pbx.test'],
    ['remember', 'u1@pbx.test', [], ticket],
    ['locate', destination],
    ['probed', 'UDP 192.0.2.1:5060', false, 'no answer'],
    ['suspected', 'UDP 192.0.2.1:5060'],
    ['note', note],
  ]);
});

it('gives answers of the same turn back in order, after all effects of the question are done', () => {
  const sent: string[] = [];
  const { reactor, performer } = start({ send: (_flow, text) => void sent.push(text) });
  reactor.react = (input) => {
    const answer: Effect = { kind: 'send', flow, text: input.kind, ref: '' };
    return input.kind === 'message'
      ? [
          { kind: 'lookup', by: 'aor', key: 'a', ticket },
          { kind: 'lookup', by: 'token', key: 't', ticket },
          answer,
        ]
      : [answer];
  };
  performer.give(message('x'));
  expect(sent).toEqual(['message', 'found', 'found']);
});

it('survives a bug of the engine, and tells of the start line only', () => {
  const { reactor, performer, around } = start();
  reactor.react = (input) => {
    if (input.kind === 'message' && input.text.startsWith('MESSAGE')) throw new TypeError('broken');
    return [];
  };
  performer.give(message(request('MESSAGE', 'a secret').replace('sip:u1@', 'sip:u1:password@')));
  performer.give(message('next'));
  expect(reactor.received).toHaveLength(2);
  expect(around.counts.get('bugs')).toBe(1);
  const [line] = around.notes;
  expect(line).toMatchObject({ level: 'error', event: 'bug' });
  expect(line?.reason).toMatch(/^TypeError: broken at .*; at MESSAGE sip:u1@pbx\.test SIP\/2\.0$/);
});

it('does the other effects where one hand fails', () => {
  const sent: string[] = [];
  const { reactor, performer, around } = start({
    send: (_flow, text) => {
      if (text === 'bad') throw new Error('broken');
      sent.push(text);
    },
  });
  reactor.react = () => ['bad', 'good'].map((text) => ({ kind: 'send', flow, text, ref: '' }));
  performer.give(message('x'));
  expect(sent).toEqual(['good']);
  expect(around.counts.get('bugs')).toBe(1);
});

const ticked = (reactor: Reactor, after: () => void = () => {}): Promise<number> =>
  new Promise((resolve) => {
    reactor.react = (input) => {
      if (input.kind !== 'tick') return [];
      after();
      resolve(Date.now());
      return [];
    };
  });

it('ticks when the engine wants to be woken, never before', async () => {
  const { reactor, performer, around } = start();
  const tick = ticked(reactor, () => {
    reactor.wake = Number.POSITIVE_INFINITY;
  });
  const wanted = around.clock() + 40;
  reactor.wake = wanted;
  performer.give(message('x'));
  await tick;
  expect(around.clock()).toBeGreaterThanOrEqual(wanted);
});

it('is woken earlier where something more urgent has come', async () => {
  const { reactor, performer, around } = start();
  reactor.wake = around.clock() + 60_000;
  performer.give(message('x'));
  const tick = ticked(reactor, () => {
    reactor.wake = Number.POSITIVE_INFINITY;
  });
  reactor.wake = around.clock() + 20;
  performer.give(message('y'));
  await tick;
});

it('leaves an idle engine alone', async () => {
  const { reactor, performer, around } = start();
  const tick = ticked(reactor, () => {
    reactor.wake = Number.POSITIVE_INFINITY;
  });
  reactor.wake = around.clock() + 15;
  performer.give(message('x'));
  await tick;
  const asked = reactor.asked;
  const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  // A whole wake-up later: something of ours may run here only if it was armed.
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(reactor.asked).toBe(asked);
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBeLessThanOrEqual(
    timers,
  );
});

it('does not spin where the engine wants to be woken in the past', async () => {
  const { reactor, performer, around } = start();
  reactor.wake = around.clock() - 1000;
  performer.give(message('x'));
  const started = performance.now();
  await new Promise<void>((resolve) => {
    reactor.react = () => {
      if (reactor.received.length >= 6) resolve();
      return [];
    };
  });
  expect(performance.now() - started).toBeGreaterThan(40);
});

it('wakes nobody after it was stopped', async () => {
  const { reactor, performer, around } = start();
  reactor.wake = around.clock() + 10;
  performer.give(message('x'));
  performer.stop();
  performer.give(message('y'));
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(reactor.received.filter(({ kind }) => kind === 'tick')).toEqual([]);
});
