import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cpuSeconds } from './cpu.ts';
import { type Generator, type Kind, type Load, type PhaseReport, startGenerator } from './generator.ts';
import type { Options } from './options.ts';
import type { Serving, System } from './system.ts';

/** One phase of one system: the generator's report, and what the system's processes used of the CPU meanwhile. */
export interface Phase extends PhaseReport {
  readonly system: System['name'];
  readonly round: number;
  /** Requests a second that were asked for; 0 at full speed. */
  readonly rate: number;
  readonly cpuSeconds: number;
}

/** Where a run keeps its things. */
export interface Bench {
  readonly options: Options;
  readonly program: string;
  readonly directory: string;
}

/** A system that serves, the generator that it fronts, and the directory of both. */
export interface Pair<S extends Serving = Serving> {
  readonly generator: Generator;
  readonly serving: S;
  readonly directory: string;
}

/** Outstanding requests at a fixed rate: enough never to hold the schedule back, yet bounded. */
export const RATE_WINDOW = 50_000;

const START_SECONDS = 120;

/** Runs one load, and says what the system used of the CPU meanwhile, in all its threads and processes. */
export const measurePhase = async (
  { generator, serving }: Pair,
  load: Load,
): Promise<PhaseReport & { readonly cpuSeconds: number }> => {
  const before = cpuSeconds(serving.pid);
  const report = await generator.run(load);
  return { ...report, cpuSeconds: cpuSeconds(serving.pid) - before };
};

/** Starts a fresh generator, and the system in front of its PBX; ends both when `use` is through, however that ends. */
export const withPair = async <T, S extends Serving>(
  bench: Bench,
  system: System<S>,
  name: string,
  load: { readonly users: number; readonly phones: number; readonly seconds: number; spread?: boolean },
  use: (pair: Pair<S>) => Promise<T>,
): Promise<T> => {
  const directory = join(bench.directory, name);
  mkdirSync(directory, { recursive: true });
  const [systemCore, generatorCore] = bench.options.cores;
  const log = join(directory, 'sipload.log');
  const lifetimeSeconds = START_SECONDS + load.seconds;
  const generator = await startGenerator(bench.program, generatorCore, log, { ...load, lifetimeSeconds });
  try {
    const serving = await system.start({ core: systemCore, directory, pbxPort: generator.pbxPort });
    try {
      generator.target(serving.port);
      return await use({ generator, serving, directory });
    } finally {
      await serving.stop();
    }
  } finally {
    await generator.stop();
  }
};

/** Trips that every system runs of each kind before it is measured, as many as compile all there is to compile. */
const WARM_UP = 20_000;

const tripsOf = (options: Options, kind: Kind): number => (kind === 'call' ? options.calls : options.count);

/** Registers every user once, then runs each kind for a while, at full speed: not measured, and the same for every system. */
export const warmUp = async (
  { generator }: Pair,
  options: Options,
  users: number,
  kinds: readonly Kind[],
): Promise<void> => {
  const { window, limitSeconds } = options;
  await generator.run({ kind: 'register', count: users, rate: 0, window, limitSeconds });
  for (const kind of kinds) {
    const count = Math.min(kind === 'call' ? WARM_UP / 5 : WARM_UP, tripsOf(options, kind));
    await generator.run({ kind, count, rate: 0, window, limitSeconds });
  }
};

/**
 * Starts a fresh system and a fresh generator, warms both up, then measures each kind of load at `rate` a second, or at
 * full speed where it is 0.
 */
export const measureRound = async (
  bench: Bench,
  system: System,
  round: number,
  rate: number,
  kinds: readonly Kind[],
): Promise<Phase[]> => {
  const { options } = bench;
  const { window, limitSeconds, users, phones } = options;
  const seconds = (2 * kinds.length + 1) * (limitSeconds + 1);
  const name = `${system.name}-${rate === 0 ? 'full' : rate}-${round}`;
  return withPair(bench, system, name, { users, phones, seconds }, async (pair) => {
    await warmUp(pair, options, users, kinds);
    const phases: Phase[] = [];
    for (const kind of kinds) {
      const load =
        rate === 0
          ? { count: tripsOf(options, kind), window }
          : { count: rate * options.rateSeconds, window: RATE_WINDOW };
      const measured = await measurePhase(pair, { kind, rate, limitSeconds, ...load });
      phases.push({ ...measured, system: system.name, round, rate });
    }
    return phases;
  });
};
