import type { Kind } from './generator.ts';
import type { Line } from './summary.ts';

const TITLES: Readonly<Record<Kind, string>> = {
  register: 'REGISTERs mirrored',
  message: 'MESSAGEs delivered',
};

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const millis = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const times = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(2)}×`);
const percent = (share: number): string => `${Math.round(share * 100)} %`;

interface Column {
  readonly head: string;
  readonly cell: (line: Line) => string;
}

const IDENTITY: Column = { head: 'system', cell: (line) => line.system };

const OUTCOME: readonly Column[] = [
  { head: 'CPU µs each', cell: (line) => line.cpuMicros.toFixed(1) },
  { head: 'busy', cell: (line) => percent(line.busy) },
  { head: 'generator busy', cell: (line) => percent(line.generatorBusy) },
  { head: 'errors', cell: (line) => whole(line.errors) },
  { head: 'lost', cell: (line) => whole(line.lost) },
  { head: 'retransmitted', cell: (line) => whole(line.retransmitted) },
];

const FULL_SPEED: readonly Column[] = [
  IDENTITY,
  { head: 'a second', cell: (line) => whole(line.perSecond) },
  { head: 'slowest – fastest round', cell: (line) => line.range.map(whole).join(' – ') },
  { head: 'of relay', cell: (line) => times(line.timesRelay) },
  { head: 'of kamailio', cell: (line) => times(line.timesKamailio) },
  { head: 'of tuned', cell: (line) => times(line.timesKamailioTuned) },
  ...OUTCOME,
];

/** The generator spins at a fixed rate, so how busy it is says nothing there. */
const FIXED_RATE: readonly Column[] = [
  IDENTITY,
  { head: 'a second', cell: (line) => whole(line.perSecond) },
  { head: 'p50 ms', cell: (line) => millis(line.p50Ms) },
  { head: 'p99 ms', cell: (line) => millis(line.p99Ms) },
  { head: 'p99.9 ms', cell: (line) => millis(line.p999Ms) },
  ...OUTCOME.filter((column) => column.head !== 'generator busy'),
];

const align = (cells: readonly string[], widths: readonly number[]): string =>
  `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;

const grid = (columns: readonly Column[], lines: readonly Line[]): string => {
  const rows = [
    columns.map((column) => column.head),
    ...lines.map((line) => columns.map((column) => column.cell(line))),
  ];
  const widths = columns.map((_, i) => Math.max(3, ...rows.map((row) => row[i]!.length)));
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [
    align(rows[0]!, widths),
    align(rule, widths),
    ...rows.slice(1).map((row) => align(row, widths)),
  ].join('\n');
};

const section = (lines: readonly Line[]): string => {
  const { kind, rate } = lines[0]!;
  const title = rate === 0 ? `${TITLES[kind]}, full speed` : `${TITLES[kind]} at ${whole(rate)} a second`;
  return `**${title}**\n\n${grid(rate === 0 ? FULL_SPEED : FIXED_RATE, lines)}`;
};

/** The lines as Markdown tables, readable as they stand: one table for each kind of load and rate. */
export const renderTables = (lines: readonly Line[]): string =>
  [...Map.groupBy(lines, (line) => `${line.rate === 0 ? 0 : 1} ${line.kind} ${line.rate}`).values()]
    .map(section)
    .join('\n\n');
