import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stopAll } from './child.ts';
import { writeIntoDocument } from './document.ts';
import { compileGenerator } from './generator.ts';
import { describeMachine, renderMachine } from './machine.ts';
import { type Bench, measureRound, type Phase } from './measure.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { profileMidreg } from './profile.ts';
import { ratesToMeasure, summarise } from './summary.ts';
import type { System } from './system.ts';
import { kamailio, tunedKamailio } from './systems/kamailio.ts';
import { midreg } from './systems/midreg.ts';
import { relay } from './systems/relay.ts';
import { renderTables } from './table.ts';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, '.cache/bench');
const DOCUMENT = join(ROOT, 'docs/benchmarks.md');

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const progress = (line: string): void => void process.stderr.write(`${line}\n`);

const requireLinux = (): void => {
  if (!existsSync('/proc/self/stat'))
    throw new Error('the benchmark pins and weighs processes by Linux means; it runs on Linux only');
};

const presentOf = (systems: readonly System[]): System[] =>
  systems.filter((system) => {
    const presence = system.presence();
    if (presence.kind === 'absent') progress(`${system.name} is left out: ${presence.hint}`);
    return presence.kind === 'here';
  });

/** Every system in turn, round after round, so that what else the machine does falls on all alike. */
const measureInTurns = async (bench: Bench, systems: readonly System[], rate: number): Promise<Phase[]> => {
  const phases: Phase[] = [];
  for (let round = 1; round <= bench.options.rounds; round++) {
    for (const system of systems) {
      const measured = await measureRound(bench, system, round, rate);
      const figures = measured.map((phase) => `${phase.phase} ${Math.round(phase.perSecond)}/s`);
      progress(
        `${rate === 0 ? 'full speed' : `${rate}/s`} round ${round} ${system.name}: ${figures.join(', ')}`,
      );
      phases.push(...measured);
    }
  }
  return phases;
};

const measureAll = async (bench: Bench, systems: readonly System[]): Promise<Phase[]> => {
  const phases = await measureInTurns(bench, systems, 0);
  for (const rate of ratesToMeasure(bench.options.rate, summarise(phases))) {
    phases.push(...(await measureInTurns(bench, systems, rate)));
  }
  return phases;
};

const compare = async (bench: Bench): Promise<void> => {
  const { options } = bench;
  const systems = presentOf([
    relay,
    kamailio(options.kamailioChildren),
    tunedKamailio(options.kamailioChildren),
    midreg(),
  ]);
  const machine = describeMachine(bench.directory, systems);
  const phases = await measureAll(bench, systems);
  const summary = summarise(phases);
  const text = `${renderMachine(machine, options, systems)}\n\n${renderTables(summary)}`;
  if (options.json) say(JSON.stringify({ machine, options, summary, phases }, undefined, 2));
  else say(text);
  if (!options.write) return;
  writeIntoDocument(DOCUMENT, text);
  progress(`written into ${DOCUMENT}`);
};

const run = async (options: Options): Promise<void> => {
  requireLinux();
  mkdirSync(CACHE, { recursive: true });
  const program = compileGenerator(CACHE);
  const directory = mkdtempSync(join(CACHE, 'run-'));
  const bench = { options, program, directory };
  let done = false;
  try {
    await (options.profile ? profileMidreg(bench, CACHE, say) : compare(bench));
    done = true;
  } finally {
    await stopAll();
    if (done) rmSync(directory, { recursive: true, force: true });
    else progress(`configurations and logs of this run are kept in ${directory}`);
  }
};

const endOnSignal = (): void => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stopAll().finally(() => process.exit(1)));
  }
};

try {
  const options = readOptions(process.argv.slice(2));
  endOnSignal();
  if (options === 'help') say(USAGE);
  else await run(options);
} catch (error) {
  progress(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
}
