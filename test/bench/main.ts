import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stopAll } from './child.ts';
import { compare } from './compare.ts';
import { writeIntoDocument } from './document.ts';
import { flood } from './flood.ts';
import { compileGenerator } from './generator.ts';
import { measureHandOver } from './hand-over.ts';
import type { Bench } from './measure.ts';
import { million } from './million.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import type { Outcome } from './outcome.ts';
import { profileMidreg } from './profile.ts';
import { soak } from './soak.ts';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, '.cache/bench');
const DOCUMENT = join(ROOT, 'docs/benchmarks.md');

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const progress = (line: string): void => void process.stderr.write(`${line}\n`);

const requireLinux = (): void => {
  if (!existsSync('/proc/self/stat'))
    throw new Error('the benchmark pins and weighs processes by Linux means; it runs on Linux only');
};

const measure = async (bench: Bench): Promise<Outcome | undefined> => {
  switch (bench.options.scenario) {
    case 'compare':
      return compare(bench, progress);
    case 'million':
      return million(bench, progress);
    case 'soak':
      return soak(bench, progress);
    case 'flood':
      return flood(bench, progress);
    case 'hand-over':
      return measureHandOver(bench);
    case 'profile':
      await profileMidreg(bench, CACHE, say);
      return undefined;
  }
};

const tell = ({ part, text, json }: Outcome, options: Options): void => {
  say(options.json ? JSON.stringify(json, undefined, 2) : text);
  if (!options.write) return;
  writeIntoDocument(DOCUMENT, text, part);
  progress(`written into ${DOCUMENT}`);
};

/** What a run has started is ended by its pids and what it has written is removed; nothing is started any more. */
const endOnSignal = (directory: string): void => {
  let ending = false;
  const end = async (): Promise<void> => {
    if (ending) return;
    ending = true;
    await stopAll();
    rmSync(directory, { recursive: true, force: true });
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end());
};

const run = async (options: Options): Promise<void> => {
  requireLinux();
  mkdirSync(CACHE, { recursive: true });
  const program = compileGenerator(CACHE);
  const directory = mkdtempSync(join(CACHE, 'run-'));
  endOnSignal(directory);
  const bench = { options, program, directory };
  let done = false;
  try {
    const outcome = await measure(bench);
    if (outcome !== undefined) tell(outcome, options);
    done = true;
  } finally {
    await stopAll();
    if (done) rmSync(directory, { recursive: true, force: true });
    else progress(`configurations and logs of this run are kept in ${directory}`);
  }
};

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') say(USAGE);
  else await run(options);
} catch (error) {
  progress(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
}
