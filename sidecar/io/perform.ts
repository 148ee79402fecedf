import type { Effect, Input, Millis, Note, Ticket } from '../effect.ts';
import type { Binding } from '../registrar/binding.ts';
import type { Destination, Located } from '../wire/destination.ts';
import type { Flow } from '../wire/flow.ts';
import { Inbox } from './inbox.ts';
import type { Surroundings } from './surroundings.ts';

/** All that is asked of the engine. */
export interface Reacting {
  receive(input: Input, now: Millis): readonly Effect[];
  /** When to give it a `tick`; Infinity where nothing is pending. */
  wakeAt(): Millis;
}

/** What the effects are done by. Each may give its answer within the same turn or later. */
export interface Hands {
  send(flow: Flow, text: string, ref: string): void;
  lookup(by: 'aor' | 'token', key: string): readonly Binding[];
  remember(aor: string, bindings: readonly Binding[], ticket: Ticket | undefined): void;
  locate(destination: Destination, answer: (located: Located) => void): void;
  probed(hop: string, isUp: boolean, reason: string): void;
  suspected(hop: string): void;
  note(note: Note): void;
}

export interface Performer {
  /** Tells the engine and does what it asks for in return. Never throws. */
  give(input: Input): void;
  /** No more wake-ups. */
  stop(): void;
}

type Doers = { readonly [K in Effect['kind']]: (effect: Extract<Effect, { kind: K }>) => void };

/** The timer's granularity: waking more often costs more than a retransmission some milliseconds late. */
const GRAIN_MS = 10;

/** The longest that a timer can be set to. */
const LONGEST_MS = 2 ** 31 - 1;

/** How much of a message an error line shows. */
const SHOWN = 200;

/** The loop between the engine and the world: inputs in, effects out, one timer. */
export function createPerformer(engine: Reacting, hands: Hands, around: Surroundings): Performer {
  const inbox = new Inbox<Input>(take);
  let timer: NodeJS.Timeout | undefined;
  let armedFor = Number.POSITIVE_INFINITY;

  const doers: Doers = {
    send: ({ flow, text, ref }) => hands.send(flow, text, ref),
    lookup: ({ by, key, ticket }) => give({ kind: 'found', ticket, bindings: hands.lookup(by, key) }),
    remember: ({ aor, bindings, ticket }) => hands.remember(aor, bindings, ticket),
    resolve: ({ destination, ticket }) =>
      hands.locate(destination, ({ sites }) => give({ kind: 'resolved', ticket, sites })),
    probed: ({ hop, isUp, reason }) => hands.probed(hop, isUp, reason),
    suspected: ({ hop }) => hands.suspected(hop),
    note: ({ note }) => hands.note(note),
  };

  function take(input: Input): void {
    let effects: readonly Effect[] = [];
    try {
      effects = engine.receive(input, around.clock());
    } catch (error) {
      bug(error, input.kind === 'message' ? startLine(input.text) : input.kind);
    }
    for (const effect of effects) perform(effect);
    if (engine.wakeAt() < armedFor) arm();
  }

  function perform<K extends Effect['kind']>(effect: Extract<Effect, { kind: K }>): void {
    try {
      (doers[effect.kind] as (effect: Extract<Effect, { kind: K }>) => void)(effect);
    } catch (error) {
      bug(error, effect.kind);
    }
  }

  function bug(error: unknown, at: string): void {
    around.tally.event('bugs');
    around.note({ level: 'error', event: 'bug', reason: `${describe(error)}; at ${at}` });
  }

  function give(input: Input): void {
    inbox.put(input);
  }

  function arm(): void {
    const now = around.clock();
    const at = Math.min(Math.max(engine.wakeAt() + 1, now + GRAIN_MS), now + LONGEST_MS);
    if (at >= armedFor) return;
    clearTimeout(timer);
    armedFor = at;
    timer = setTimeout(wake, at - now);
  }

  function wake(): void {
    armedFor = Number.POSITIVE_INFINITY;
    const wakeAt = engine.wakeAt();
    if (wakeAt <= around.clock()) give({ kind: 'tick' });
    // What the timer was armed for has been settled in the meantime.
    else if (wakeAt < armedFor) arm();
  }

  function stop(): void {
    clearTimeout(timer);
    armedFor = Number.NEGATIVE_INFINITY;
  }

  return { give, stop };
}

/** The start line only: header fields hold credentials, bodies are private, and so is a password in a URI. */
function startLine(text: string): string {
  const end = text.indexOf('\r\n');
  const line = text.slice(0, Math.min(end < 0 ? text.length : end, SHOWN));
  return line.replace(/(sips?:[^:@\s]*):[^@\s]*@/gi, '$1@');
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, SHOWN);
  const frame = /\n\s+(at .*)/.exec(error.stack ?? '')?.[1] ?? '';
  return `${error.name}: ${error.message.slice(0, SHOWN)} ${frame}`.trim();
}
