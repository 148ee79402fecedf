import type { Kind } from './generator.ts';
import { type Column, grid, millis, percent, whole } from './grid.ts';
import type { Line } from './summary.ts';

const TITLES: Readonly<Record<Kind, string>> = {
  register: 'REGISTERs mirrored',
  message: 'MESSAGEs delivered',
  call: 'Calls carried',
};

const times = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(2)}×`);

const IDENTITY: Column<Line> = { head: 'system', cell: (line) => line.system };

const LATENCY: readonly Column<Line>[] = [
  { head: 'p50 ms', cell: (line) => millis(line.p50Ms) },
  { head: 'p99 ms', cell: (line) => millis(line.p99Ms) },
  { head: 'p99.9 ms', cell: (line) => millis(line.p999Ms) },
];

const OUTCOME: readonly Column<Line>[] = [
  { head: 'CPU µs each', cell: (line) => line.cpuMicros.toFixed(1) },
  { head: 'busy', cell: (line) => percent(line.busy) },
  { head: 'generator busy', cell: (line) => percent(line.generatorBusy) },
  { head: 'errors', cell: (line) => whole(line.errors) },
  { head: 'lost', cell: (line) => whole(line.lost) },
  { head: 'retransmitted', cell: (line) => whole(line.retransmitted) },
];

const fullSpeed = (lines: readonly Line[]): readonly Column<Line>[] => [
  IDENTITY,
  { head: 'a second', cell: (line) => whole(line.perSecond) },
  { head: 'slowest – fastest round', cell: (line) => line.range.map(whole).join(' – ') },
  { head: 'of relay', cell: (line) => times(line.timesRelay) },
  { head: 'of kamailio', cell: (line) => times(line.timesKamailio) },
  { head: 'of tuned', cell: (line) => times(line.timesKamailioTuned) },
  ...(lines.some((line) => line.timesOpensips !== undefined)
    ? [{ head: 'of opensips', cell: (line: Line) => times(line.timesOpensips) }]
    : []),
  ...OUTCOME,
];

/** The generator spins at a fixed rate, so how busy it is says nothing there. */
const FIXED_RATE: readonly Column<Line>[] = [
  IDENTITY,
  { head: 'a second', cell: (line) => whole(line.perSecond) },
  ...LATENCY,
  ...OUTCOME.filter((column) => column.head !== 'generator busy'),
];

const section = (lines: readonly Line[]): string => {
  const { kind, rate } = lines[0]!;
  const title = rate === 0 ? `${TITLES[kind]}, full speed` : `${TITLES[kind]} at ${whole(rate)} a second`;
  return `**${title}**\n\n${grid(rate === 0 ? fullSpeed(lines) : FIXED_RATE, lines)}`;
};

/** The lines as Markdown tables: one for each kind of load and rate. */
export const renderTables = (lines: readonly Line[]): string =>
  [...Map.groupBy(lines, (line) => `${line.rate === 0 ? 0 : 1} ${line.kind} ${line.rate}`).values()]
    .map(section)
    .join('\n\n');
