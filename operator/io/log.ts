import { destination, type LevelWithSilent, pino } from 'pino';

export type Level = 'debug' | 'info' | 'warn' | 'error';

export type LogLevel = LevelWithSilent;

export interface Log {
  /** Writes one line: an event in a few constant words, and what it is about. */
  note(level: Level, event: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Writes out what is still in memory; before the process ends. */
  flush(): void;
}

/** Bytes of lines that may wait for a slow reader of stdout; beyond it lines are dropped. */
const MAX_BUFFERED = 8 << 20;

/** Structured lines on stdout, in the shape of the proxy's. */
export function createLog(level: LevelWithSilent): Log {
  const out = destination({ dest: 1, sync: false, maxLength: MAX_BUFFERED });
  // Nobody reads any more (EPIPE): the operator goes on without lines.
  out.on('error', () => {});
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    out,
  );
  return {
    note: (weight, event, fields = {}) => logger[weight](fields, event),
    flush: () => out.flushSync(),
  };
}

/** An error as a line of a log tells it. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
