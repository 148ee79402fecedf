import { resolve } from 'node:path';
import { Chance } from './chance.ts';
import { Profiler } from './coverage.ts';
import { Soak } from './engine/soak.ts';
import type { Sequence } from './engine/steps.ts';
import { keep, readCase } from './found.ts';
import { MOST_GROWTH, usedHeap } from './heap.ts';
import { faultOf } from './minimise.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { type Failure, TargetRun } from './run.ts';
import { allTargets } from './targets/every.ts';
import { TimeSearch, timeTarget } from './time/search.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const clock = (): number => performance.now();
const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** How long one target runs before the next has its turn, in ms for a weight of 1. */
const SLICE_MS = 120;

/** The part of the time in which it is looked for what costs the most. */
const TIME_SHARE = 0.25;

/** Runs one kept case; true where it breaks no law. */
function replay(file: string): boolean {
  const { target, input } = readCase(resolve(file), [...allTargets(), timeTarget]);
  const fault = faultOf(target, input);
  say(fault === undefined ? `${file} breaks no law` : `${file} breaks a law of ${target.name}: ${fault}`);
  return fault === undefined;
}

/** Gives each target its share, again and again, until the time is over. */
function fuzz(options: Options, ms: number): Failure[] {
  const targets = allTargets().filter(({ name }) => ['all', name].includes(options.target));
  const profiler = new Profiler('/sidecar/');
  const soak = new Soak();
  const failures: Failure[] = [];
  const play = (input: unknown): void => {
    try {
      soak.play(input as Sequence);
    } catch (error) {
      failures.push({ target: 'engine', fault: `after many others: ${error}`, input: soak.recent });
    }
  };
  const runs = targets.map(
    (target) =>
      new TargetRun(
        target,
        options.seed,
        profiler,
        options.isGuided,
        target.name === 'engine' ? play : undefined,
      ),
  );
  const started = clock();
  let middle = 0;
  while (clock() - started < ms) {
    for (const run of runs) run.runFor(SLICE_MS * run.target.weight, clock);
    if (middle === 0 && clock() - started >= ms / 2) middle = usedHeap();
  }
  const end = usedHeap();
  profiler.close();
  for (const { target, executions, spentMs, coverage, poolSize } of runs) {
    const rate = Math.round((executions / spentMs) * 1000);
    say(
      `${target.name.padEnd(8)} ${executions} runs, ${rate} a second, ${coverage.reached} blocks reached, ${poolSize} inputs kept`,
    );
  }
  const blocks = new Set(runs.flatMap(({ coverage }) => coverage.names));
  const total = runs.reduce((sum, { executions }) => sum + executions, 0);
  say(
    `together ${total} runs, ${Math.round((total / ms) * 1000)} a second, ${blocks.size} distinct blocks of sidecar/ reached`,
  );
  say(`heap     ${megabytes(middle)} in the middle, ${megabytes(end)} at the end`);
  if (end - middle > MOST_GROWTH)
    failures.push({ target: 'heap', fault: `it has grown by ${megabytes(end - middle)}`, input: [] });
  return [...runs.flatMap((run) => run.failures), ...failures];
}

function searchTime(options: Options, ms: number): Failure[] {
  const search = new TimeSearch(new Chance(options.seed, 'time'));
  search.runFor(ms, clock);
  const worst = search.worst();
  if (worst !== undefined) {
    const { times, ms: took, plainMs } = worst.cost;
    say(
      `time     ${search.executions} shapes of 64 KiB, the worst ${times.toFixed(1)} times a plain message (${took.toFixed(2)} ms, ${plainMs.toFixed(2)} ms): ${JSON.stringify(worst.shape)}`,
    );
  }
  return search.failures();
}

/** True where no law was broken. */
function run(options: Options): boolean {
  if (options.file !== '') return replay(options.file);
  const names = ['all', 'time', ...allTargets().map(({ name }) => name)];
  if (!names.includes(options.target))
    throw new Error(`--target ${options.target}: expected one of ${names.join(', ')}`);
  say(`seed ${options.seed}`);
  const ms = options.seconds * 1000;
  const timeMs = options.target === 'time' ? ms : options.target === 'all' ? ms * TIME_SHARE : 0;
  const failures: Failure[] = [];
  if (ms > timeMs) failures.push(...fuzz(options, ms - timeMs));
  if (timeMs > 0) failures.push(...searchTime(options, timeMs));
  for (const { target, fault, input } of failures) {
    say(`\nFAILED ${target}: ${fault}`);
    if (target !== 'heap') say(`kept as ${keep(target, fault, options.seed, input)}`);
  }
  say(failures.length === 0 ? 'no law was broken' : `\n${failures.length} laws were broken`);
  return failures.length === 0;
}

try {
  const options = readOptions(process.argv.slice(2), () => 1 + Math.floor(Math.random() * (2 ** 31 - 2)));
  if (options === undefined) say(USAGE.trimEnd());
  else process.exitCode = run(options) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
