import { setTimeout as delay } from 'node:timers/promises';
import type { Kind } from './generator.ts';
import { type Column, type Finding, findingsTable, grid, millis, percent, whole } from './grid.ts';
import { describeMachine, machineLines } from './machine.ts';
import { type Bench, measurePhase, type Pair, RATE_WINDOW, warmUp, withPair } from './measure.ts';
import { memoryOf } from './memory.ts';
import { readFigures } from './metrics.ts';
import type { Outcome } from './outcome.ts';
import { perHour, type Sample, spread } from './slope.ts';
import { troubleOf } from './summary.ts';
import { type MidregServing, midreg } from './systems/midreg.ts';

/** The kinds come in turns, each at half of what it can; seconds of each in a turn. */
const TURN: readonly (readonly [Kind, number])[] = [
  ['register', 12],
  ['message', 5],
  ['call', 3],
];
const TURN_SECONDS = TURN.reduce((total, [, seconds]) => total + seconds, 0);
/** RFC 3261 §17: transactions over UDP last for 64 × T1 after their end. */
const LINGER_MS = 32_000;
const SHOWN_SAMPLES = 12;
const MIB = 1024 ** 2;

interface SoakFigures {
  readonly capacity: Readonly<Record<Kind, number>>;
  readonly trips: number;
  readonly trouble: number;
  readonly retransmitted: number;
  readonly worstP99Ms: number;
  readonly busy: number;
  readonly bugs: number;
  readonly leftTransactions: number;
  readonly samples: readonly Sample[];
}

type MidregPair = Pair<MidregServing>;

const capacityOf = async (bench: Bench, pair: MidregPair): Promise<Record<Kind, number>> => {
  const { count, calls, window, limitSeconds } = bench.options;
  const full = async (kind: Kind): Promise<number> => {
    const load = { kind, count: kind === 'call' ? calls : count, rate: 0, window, limitSeconds };
    return (await pair.generator.run(load)).perSecond;
  };
  return { register: await full('register'), message: await full('message'), call: await full('call') };
};

const sampleOf = async (pair: MidregPair, minute: number): Promise<Sample> => {
  const figures = await readFigures(pair.serving.admin);
  return {
    minute,
    rss: memoryOf(pair.serving.pid).rss,
    heap: figures.sum('midreg_nodejs_heap_size_used_bytes'),
    transactions: figures.sum('midreg_transactions'),
    bindings: figures.sum('midreg_bindings'),
  };
};

const endure = async (
  bench: Bench,
  pair: MidregPair,
  progress: (line: string) => void,
): Promise<SoakFigures> => {
  const { soakMinutes, users, kinds } = bench.options;
  await warmUp(pair, bench.options, users, kinds);
  const capacity = await capacityOf(bench, pair);
  const samples: Sample[] = [];
  const total = { trips: 0, trouble: 0, retransmitted: 0, worstP99Ms: 0, cpu: 0, seconds: 0 };
  const begun = performance.now();
  const minute = (): number => (performance.now() - begun) / 60_000;
  samples.push(await sampleOf(pair, 0));
  while (minute() < soakMinutes) {
    for (const [kind, seconds] of TURN) {
      const rate = Math.max(1, Math.floor(capacity[kind] / 2));
      const load = { kind, count: rate * seconds, rate, window: RATE_WINDOW, limitSeconds: 3 * seconds };
      const { cpuSeconds, ...report } = await measurePhase(pair, load);
      total.trips += report.ok;
      total.trouble += troubleOf({ ...report, system: 'midreg' });
      total.retransmitted += report.retransmitted + report.repeated;
      total.worstP99Ms = Math.max(total.worstP99Ms, report.p99Ms);
      total.cpu += cpuSeconds;
      total.seconds += report.seconds;
    }
    const sample = await sampleOf(pair, minute());
    samples.push(sample);
    progress(
      `minute ${sample.minute.toFixed(1)}: ${whole(sample.rss / MIB)} MiB, ${whole(total.trouble)} error(s)`,
    );
  }
  await delay(LINGER_MS + 4000);
  const figures = await readFigures(pair.serving.admin);
  samples.push(await sampleOf(pair, minute()));
  return {
    capacity,
    ...total,
    busy: total.cpu / total.seconds,
    bugs: figures.sum('midreg_bugs_total'),
    leftTransactions: figures.sum('midreg_transactions'),
    samples,
  };
};

const findings = (figures: SoakFigures, options: Bench['options']): readonly Finding[] => {
  const { capacity, samples } = figures;
  const half = TURN.map(([kind]) => `${whole(capacity[kind] / 2)} ${kind}s`).join(', ');
  const row = (what: string, figure: string, aim = ''): Finding => ({ what, figure, aim });
  const settled = samples.slice(Math.floor(samples.length / 4), -1);
  return [
    row('minutes', whole(options.soakMinutes)),
    row('a second, in turns', half),
    row('round trips in all', whole(figures.trips)),
    row('errors and lost requests', whole(figures.trouble), '0'),
    row('retransmitted', whole(figures.retransmitted)),
    row('the worst p99 of a phase', `${millis(figures.worstP99Ms)} ms`),
    row('share of the core', percent(figures.busy)),
    row('memory growth after the first quarter', `${whole(perHour(settled) / MIB)} MiB an hour`, 'about 0'),
    row('transactions held when their timers are over', whole(figures.leftTransactions), '0'),
    row('bugs caught', whole(figures.bugs), '0'),
  ];
};

const OVER_TIME: readonly Column<Sample>[] = [
  { head: 'minute', cell: (sample) => sample.minute.toFixed(1) },
  { head: 'memory (RSS)', cell: (sample) => `${whole(sample.rss / MIB)} MiB` },
  { head: 'heap used', cell: (sample) => `${whole(sample.heap / MIB)} MiB` },
  { head: 'transactions', cell: (sample) => whole(sample.transactions) },
  { head: 'bindings', cell: (sample) => whole(sample.bindings) },
];

/** A proxy at half of its capacity for long enough to show what grows. */
export const soak = async (bench: Bench, progress: (line: string) => void): Promise<Outcome> => {
  const { options } = bench;
  const machine = describeMachine(bench.directory, [midreg()]);
  const seconds = (options.soakMinutes + 1) * 60 + 3 * TURN_SECONDS + 10 * (options.limitSeconds + 1);
  const { users, phones } = options;
  const figures = await withPair(bench, midreg(), 'soak', { users, phones, seconds }, (pair) =>
    endure(bench, pair, progress),
  );
  const text = [
    ...machineLines(machine),
    '',
    findingsTable(findings(figures, options)),
    '',
    grid(OVER_TIME, spread(figures.samples, SHOWN_SAMPLES)),
  ].join('\n');
  return { part: 'soak', text, json: { machine, options, figures } };
};
