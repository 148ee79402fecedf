import { type DestinationStream, destination, type LevelWithSilent, pino } from 'pino';
import type { Millis, Note } from '../effect.ts';
import { readable } from './readable.ts';

/** A line to be written. */
export interface LogNote extends Note {
  /** All of its text is our own or the operator's, and nothing of it a peer's: it is shown as it stands, in full. */
  readonly isOurs?: true;
}

export interface Log {
  /** Writes one line. */
  note(note: LogNote): void;
  /** From now on lines of this weight and more are written. */
  setLevel(level: LevelWithSilent): void;
  /** Writes out what is still in memory; before the process ends. */
  flush(): void;
}

export interface LogOptions {
  readonly level: LevelWithSilent;
  readonly clock: () => Millis;
  /** Where lines go instead of stdout. */
  readonly stream?: DestinationStream;
}

/** Bytes of lines that may wait for a slow reader of stdout; beyond it lines are dropped. */
const MAX_BUFFERED = 8 << 20;

/** What is longer and comes from a peer was made to be: no address, Call-ID or reason of an honest peer is. */
const MAX_FIELD = 300;

const ASCII = /^[\x00-\x7f]*$/;

/** A warning of one event is shown once in so long, with the number of those that were not. */
const QUIET_MS = 1000;
const MAX_EVENTS = 1000;

/** Structured lines on stdout, one an event; what peers can provoke at will can't flood them. */
export function createLog({ level, clock, stream }: LogOptions): Log {
  const out = destination({ dest: 1, sync: false, maxLength: MAX_BUFFERED });
  // Nobody reads any more (EPIPE): the proxy goes on without lines.
  out.on('error', () => {});
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream ?? out,
  );
  const limit = new RateLimit(clock);

  function note({ level, event, isOurs, ...fields }: LogNote): void {
    if (!logger.isLevelEnabled(level)) return;
    // No peer can provoke what is ours at will, so each of it is told.
    const isLimited = (level === 'warn' || level === 'error') && isOurs !== true;
    const suppressed = isLimited ? limit.suppressedBefore(event) : 0;
    if (suppressed === undefined) return;
    const shown = isOurs ? fields : presentable(fields);
    logger[level](suppressed > 0 ? { ...shown, suppressed } : shown, event);
  }

  const setLevel = (next: LevelWithSilent): void => {
    logger.level = next;
  };
  return { note, setLevel, flush: () => (stream === undefined ? out.flushSync() : undefined) };
}

type Fields = Omit<Note, 'level' | 'event'>;

/** Fields as people read them: characters instead of bytes, and not without end. */
function presentable(fields: Fields): Fields {
  if (!Object.values(fields).some(isForeign)) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      isForeign(value) ? readable(value).slice(0, MAX_FIELD) : value,
    ]),
  );
}

/** Whether a field is not fit to be shown as it stands. */
const isForeign = (value: unknown): value is string =>
  typeof value === 'string' && (value.length > MAX_FIELD || !ASCII.test(value));

class RateLimit {
  readonly #clock: () => Millis;
  readonly #events = new Map<string, { openAt: Millis; suppressed: number }>();

  constructor(clock: () => Millis) {
    this.#clock = clock;
  }

  /** How many lines of the event were left out since the last one; undefined if this one is left out too. */
  suppressedBefore(event: string): number | undefined {
    const now = this.#clock();
    const state = this.#events.get(event);
    if (state !== undefined && now < state.openAt) {
      state.suppressed++;
      return undefined;
    }
    if (state === undefined && this.#events.size >= MAX_EVENTS) this.#events.clear();
    this.#events.set(event, { openAt: now + QUIET_MS, suppressed: 0 });
    return state?.suppressed ?? 0;
  }
}
