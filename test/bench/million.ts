import { setTimeout as delay } from 'node:timers/promises';
import { type Finding, findingsTable, whole } from './grid.ts';
import { describeMachine, machineLines } from './machine.ts';
import { type Bench, measurePhase, type Pair, withPair } from './measure.ts';
import { type Memory, memoryOf } from './memory.ts';
import { readFigures } from './metrics.ts';
import type { Outcome } from './outcome.ts';
import { median, troubleOf } from './summary.ts';
import { type MidregServing, midreg, startMidreg } from './systems/midreg.ts';

const FEW_USERS = 1000;
/** The bindings come by real REGISTERs, which at any speed worth measuring takes less than this. */
const FILL_SECONDS = 600;
/** RFC 3261 §17: what the load has left in transactions is held for 32 s after it; then V8 finds that it is idle. */
const SETTLE_MS = 45_000;

interface MillionFigures {
  readonly bindings: number;
  readonly fillSeconds: number;
  readonly empty: Memory;
  readonly full: Memory;
  readonly settled: Memory;
  readonly heap: number;
  readonly external: number;
  readonly fewMicros: number;
  readonly manyMicros: number;
  readonly restartSeconds: number;
  readonly restartedBindings: number;
  readonly restarted: Memory;
  readonly trouble: number;
}

type MidregPair = Pair<MidregServing>;

const KIB = 1024;
const MIB = 1024 ** 2;
const mib = (bytes: number): string => `${whole(bytes / MIB)} MiB`;
const each = (memory: Memory, bindings: number): string => `${(memory.rss / bindings / KIB).toFixed(2)} KiB`;

/** CPU microseconds a REGISTER, with fewer users and with more in turns: the two processes share the same core and what befalls it. */
const compareCosts = async (
  bench: Bench,
  few: MidregPair,
  many: MidregPair,
): Promise<{ few: number; many: number; trouble: number }> => {
  const { window, limitSeconds, count, rounds } = bench.options;
  const micros: Record<'few' | 'many', number[]> = { few: [], many: [] };
  let trouble = 0;
  for (let round = 0; round <= rounds; round++) {
    for (const [name, pair] of Object.entries({ few, many }) as ['few' | 'many', MidregPair][]) {
      const load = { kind: 'register', count, rate: 0, window, limitSeconds } as const;
      const { cpuSeconds, ...report } = await measurePhase(pair, load);
      trouble += troubleOf({ ...report, system: 'midreg' });
      // The first round warms both up.
      if (round > 0) micros[name].push((cpuSeconds / Math.max(1, report.ok)) * 1e6);
    }
  }
  return { few: median(micros.few), many: median(micros.many), trouble };
};

const measure = async (
  bench: Bench,
  few: MidregPair,
  many: MidregPair,
  progress: (line: string) => void,
): Promise<MillionFigures> => {
  const { window, bindings, cores } = bench.options;
  const fill = { kind: 'register', rate: 0, window, limitSeconds: FILL_SECONDS } as const;
  const empty = memoryOf(many.serving.pid);
  await few.generator.run({ ...fill, count: FEW_USERS });
  const filled = await many.generator.run({ ...fill, count: bindings });
  progress(`${whole(filled.ok)} bindings after ${filled.seconds.toFixed(1)} s`);
  const full = memoryOf(many.serving.pid);
  const costs = await compareCosts(bench, few, many);
  progress(`${costs.few.toFixed(1)} and ${costs.many.toFixed(1)} µs a REGISTER`);
  await delay(SETTLE_MS);
  const settled = memoryOf(many.serving.pid);
  const inside = await readFigures(many.serving.admin);
  await many.serving.stop();
  const again = await startMidreg({
    core: cores[0],
    directory: many.directory,
    pbxPort: many.generator.pbxPort,
  });
  try {
    const held = (await readFigures(again.admin)).sum('midreg_bindings');
    progress(`ready again after ${again.readySeconds.toFixed(1)} s with ${whole(held)} bindings`);
    many.generator.target(again.port);
    const refreshed = await many.generator.run({ ...fill, count: Math.min(10_000, bindings) });
    const messages = await many.generator.run({ ...fill, kind: 'message', count: 1000 });
    const after = [filled, refreshed, messages].map((report) => troubleOf({ ...report, system: 'midreg' }));
    return {
      bindings: filled.ok,
      fillSeconds: filled.seconds,
      empty,
      full,
      settled,
      heap: inside.sum('midreg_nodejs_heap_size_used_bytes'),
      external: inside.sum('midreg_nodejs_external_memory_bytes'),
      fewMicros: costs.few,
      manyMicros: costs.many,
      restartSeconds: again.readySeconds,
      restartedBindings: held,
      restarted: memoryOf(again.pid),
      trouble: costs.trouble + after.reduce((total, value) => total + value, 0),
    };
  } finally {
    await again.stop();
  }
};

const findings = (figures: MillionFigures): readonly Finding[] => {
  const { bindings, full, settled, restarted } = figures;
  const split = `${mib(settled.anonymous)} own, ${mib(settled.file)} mapped`;
  const row = (what: string, figure: string, aim = ''): Finding => ({ what, figure, aim });
  return [
    row('bindings, each by a REGISTER of its own', whole(bindings)),
    row('time for that', `${figures.fillSeconds.toFixed(1)} s`),
    row('memory (RSS) of the empty proxy', mib(figures.empty.rss)),
    row('memory right after', `${mib(full.rss)}, at most ${mib(full.peak)}`),
    row('memory after refreshes, at rest', `${mib(settled.rss)} (${split})`),
    row('the same a binding, everything included', each(settled, bindings), '≤ 1 KiB'),
    row('of it in use in the heap, and beside it', `${mib(figures.heap)}, ${mib(figures.external)}`),
    row(`CPU a REGISTER with ${whole(FEW_USERS)} bindings`, `${figures.fewMicros.toFixed(1)} µs`),
    row('CPU a REGISTER with all of them', `${figures.manyMicros.toFixed(1)} µs`),
    row('the one over the other', `${(figures.manyMicros / figures.fewMicros).toFixed(2)}×`, '≤ 1.3×'),
    row('ready after a restart', `${figures.restartSeconds.toFixed(1)} s`, '≤ 5 s'),
    row('bindings then', whole(figures.restartedBindings), whole(bindings)),
    row('memory then, a binding', each(restarted, bindings), '≤ 1 KiB'),
    row('errors and lost requests in all of it', whole(figures.trouble), '0'),
  ];
};

/** A proxy with as many bindings as there may be, beside one with few. */
export const million = async (bench: Bench, progress: (line: string) => void): Promise<Outcome> => {
  const { options } = bench;
  const machine = describeMachine(bench.directory, [midreg()]);
  const seconds = 2 * FILL_SECONDS + SETTLE_MS / 1000 + 2 * (options.rounds + 1) * (options.limitSeconds + 1);
  const load = { phones: options.phones, seconds };
  const figures = await withPair(bench, midreg(), 'few', { ...load, users: FEW_USERS }, (few) =>
    withPair(bench, midreg(), 'many', { ...load, users: options.bindings }, (many) =>
      measure(bench, few, many, progress),
    ),
  );
  const text = [...machineLines(machine), '', findingsTable(findings(figures))].join('\n');
  return { part: 'million', text, json: { machine, options, figures } };
};
