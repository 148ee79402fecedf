import type { PhaseReport } from './generator.ts';
import { type Column, type Finding, findingsTable, grid, millis, percent, whole } from './grid.ts';
import { describeMachine, machineLines } from './machine.ts';
import { type Bench, measurePhase, type Pair, RATE_WINDOW, warmUp, withPair } from './measure.ts';
import { type Memory, memoryOf } from './memory.ts';
import { readFigures } from './metrics.ts';
import type { Outcome } from './outcome.ts';
import { type MidregServing, midreg } from './systems/midreg.ts';

/** The honest load, a second. It comes from so many addresses that no limit by source need touch it. */
const HONEST = 2000;
const PHONES = 250;
const TIMES_CAPACITY = 10;
/** As many times the seconds that a fixed rate is held elsewhere. */
const TIMES_SECONDS = 4;
const MIB = 1024 ** 2;

interface Stage extends PhaseReport {
  readonly name: string;
  readonly cpuSeconds: number;
}

interface FloodFigures {
  readonly capacity: number;
  readonly stages: readonly Stage[];
  readonly before: Memory;
  readonly after: Memory;
  readonly drops: number;
  readonly bugs: number;
}

const honest = async (pair: Pair, name: string, flood: number, seconds: number): Promise<Stage> => {
  pair.generator.flood(flood);
  const load = { kind: 'register', count: HONEST * seconds, rate: HONEST, window: RATE_WINDOW } as const;
  const report = await measurePhase(pair, { ...load, limitSeconds: 2 * seconds });
  pair.generator.flood(0);
  return { ...report, name };
};

const endure = async (
  bench: Bench,
  pair: Pair<MidregServing>,
  progress: (line: string) => void,
): Promise<FloodFigures> => {
  const { users, count, window, limitSeconds } = bench.options;
  const seconds = TIMES_SECONDS * bench.options.rateSeconds;
  await warmUp(pair, bench.options, users, ['register']);
  const full = await pair.generator.run({ kind: 'register', count, rate: 0, window, limitSeconds });
  const capacity = full.perSecond;
  progress(`capacity: ${whole(capacity)} REGISTERs a second`);
  const before = memoryOf(pair.serving.pid);
  const earlier = await readFigures(pair.serving.admin);
  const stages: Stage[] = [];
  for (const [name, times] of [
    ['before', 0],
    ['during', TIMES_CAPACITY],
    ['after', 0],
  ] as const) {
    const stage = await honest(pair, name, times * capacity, seconds);
    progress(
      `${name}: ${percent(stage.ok / stage.asked)} served, flood ${whole(stage.flooded / stage.seconds)}/s`,
    );
    stages.push(stage);
  }
  const later = await readFigures(pair.serving.admin);
  const grown = (name: string): number => later.sum(name) - earlier.sum(name);
  return {
    capacity,
    stages,
    before,
    after: memoryOf(pair.serving.pid),
    drops: grown('midreg_drops_total'),
    bugs: grown('midreg_bugs_total'),
  };
};

const BESIDE: readonly Column<Stage>[] = [
  { head: 'flood', cell: (stage) => stage.name },
  { head: 'served', cell: (stage) => percentExactly(stage.ok / stage.asked) },
  { head: 'p50 ms', cell: (stage) => millis(stage.p50Ms) },
  { head: 'p99 ms', cell: (stage) => millis(stage.p99Ms) },
  { head: 'p99.9 ms', cell: (stage) => millis(stage.p999Ms) },
  { head: 'retransmitted', cell: (stage) => whole(stage.retransmitted) },
  { head: 'lost', cell: (stage) => whole(stage.lost) },
  { head: 'flood a second', cell: (stage) => whole(stage.flooded / stage.seconds) },
  { head: 'of it at the PBX', cell: (stage) => whole(stage.strangersAtPbx / stage.seconds) },
  { head: 'busy', cell: (stage) => percent(stage.cpuSeconds / stage.seconds) },
];

const percentExactly = (share: number): string => `${(share * 100).toFixed(2)} %`;

const findings = (figures: FloodFigures): readonly Finding[] => {
  const during = figures.stages.find((stage) => stage.name === 'during');
  const times = during === undefined ? 0 : during.flooded / during.seconds / figures.capacity;
  const row = (what: string, figure: string, aim = ''): Finding => ({ what, figure, aim });
  return [
    row('capacity, REGISTERs a second', whole(figures.capacity)),
    row('flood over capacity, as far as the generator could', `${times.toFixed(1)}×`, `${TIMES_CAPACITY}×`),
    row('datagrams that the proxy has dropped and counted', whole(figures.drops)),
    row('memory (RSS) before', `${whole(figures.before.rss / MIB)} MiB`),
    row(
      'memory after',
      `${whole(figures.after.rss / MIB)} MiB, at most ${whole(figures.after.peak / MIB)} MiB`,
    ),
    row('bugs caught', whole(figures.bugs), '0'),
  ];
};

/** Honest REGISTERs beside a flood of garbage and of strangers from very many addresses. */
export const flood = async (bench: Bench, progress: (line: string) => void): Promise<Outcome> => {
  const { options } = bench;
  const machine = describeMachine(bench.directory, [midreg()]);
  const load = { users: options.users, phones: PHONES, spread: true };
  const seconds = 6 * TIMES_SECONDS * options.rateSeconds + 4 * (options.limitSeconds + 1);
  const figures = await withPair(bench, midreg(), 'flood', { ...load, seconds }, (pair) =>
    endure(bench, pair, progress),
  );
  const text = [
    ...machineLines(machine),
    '',
    grid(BESIDE, figures.stages),
    '',
    findingsTable(findings(figures)),
  ].join('\n');
  return { part: 'flood', text, json: { machine, options, figures } };
};
