import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cpuSeconds } from './cpu.ts';
import { type Generator, type Kind, type PhaseReport, startGenerator } from './generator.ts';
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

/** Outstanding requests at a fixed rate: enough never to hold the schedule back, yet bounded. */
const RATE_WINDOW = 50_000;

const START_SECONDS = 120;

const measurePhase = async (
  generator: Generator,
  serving: Serving,
  load: { kind: Kind; count: number; rate: number; window: number; limitSeconds: number },
): Promise<PhaseReport & { cpuSeconds: number }> => {
  const before = cpuSeconds(serving.pid);
  const report = await generator.run(load);
  return { ...report, cpuSeconds: cpuSeconds(serving.pid) - before };
};

/**
 * Starts a fresh system and a fresh generator, registers every user once (not measured: it also warms the
 * system up), then measures each kind of load at `rate` a second, or at full speed where it is 0.
 */
export const measureRound = async (
  bench: Bench,
  system: System,
  round: number,
  rate: number,
): Promise<Phase[]> => {
  const { options } = bench;
  const { window, limitSeconds, users, phones } = options;
  const directory = join(bench.directory, `${system.name}-${rate === 0 ? 'full' : rate}-${round}`);
  mkdirSync(directory, { recursive: true });
  const lifetimeSeconds = START_SECONDS + (options.kinds.length + 1) * (limitSeconds + 1);
  const [systemCore, generatorCore] = options.cores;
  const log = join(directory, 'sipload.log');
  const generator = await startGenerator(bench.program, generatorCore, log, {
    users,
    phones,
    lifetimeSeconds,
  });
  try {
    const serving = await system.start({ core: systemCore, directory, pbxPort: generator.pbxPort });
    try {
      generator.target(serving.port);
      await generator.run({ kind: 'register', count: users, rate: 0, window, limitSeconds });
      const load =
        rate === 0
          ? { count: options.count, window }
          : { count: rate * options.rateSeconds, window: RATE_WINDOW };
      const phases: Phase[] = [];
      for (const kind of options.kinds) {
        const measured = await measurePhase(generator, serving, { kind, rate, limitSeconds, ...load });
        phases.push({ ...measured, system: system.name, round, rate });
      }
      return phases;
    } finally {
      await serving.stop();
    }
  } finally {
    await generator.stop();
  }
};
