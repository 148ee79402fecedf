import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { TestCase, TestModule, TestSpecification, TestSuite } from 'vitest/node';
import { createVitest } from 'vitest/node';
import { prepareCluster } from './cluster/support/setup.ts';
import { exitCode, type MissingPeer, type Outcome, render, summarise } from './run-summary.ts';
import { preparePeers } from './support/peers/setup.ts';

const ROOT = join(import.meta.dirname, '..');
const USAGE = `npm test [-- PATH…] [-- -t NAME]

Runs every test, or those whose file's path holds one of PATH (and whose name matches NAME).
What this machine lacks is fetched where that needs no root; a test that still misses something is skipped,
with a line that says what and how to get it. With CI=true a skip is a failure.
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const readArguments = (): { paths: string[]; name: string | undefined } => {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, name: { type: 'string', short: 't' } },
    });
    if (!values.help) return { paths: positionals, name: values.name };
    process.stdout.write(USAGE);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
};

/** Readies real phones and PBXs, if any test to be run uses them. */
const readyPeers = async (specifications: readonly TestSpecification[]): Promise<MissingPeer[]> => {
  if (!specifications.some(({ project }) => ['peers', 'cluster'].includes(project.name))) return [];
  const peers = await preparePeers(say);
  return Object.values(peers).flatMap((peer) => (peer.ok ? [] : [{ what: peer.what, how: peer.how }]));
};

/** Readies a Kubernetes cluster, if any test to be run uses one. */
const readyCluster = async (specifications: readonly TestSpecification[]): Promise<MissingPeer[]> => {
  if (!specifications.some(({ project }) => project.name === 'cluster')) return [];
  const cluster = await prepareCluster(say);
  return cluster.ok ? [] : [{ what: cluster.what, how: cluster.how }];
};

const outcomeOf = (test: TestCase): Outcome => {
  const result = test.result();
  if (result.state === 'passed' || result.state === 'failed') return { state: result.state };
  return {
    state: 'skipped',
    name: test.fullName,
    note: result.state === 'skipped' ? result.note : undefined,
  };
};

/** Whether a hook around a test failed: it is told as that fault and did not choose to be skipped. */
const isLostToHook = ({ parent }: TestCase | TestSuite): boolean =>
  parent.errors().length > 0 || (parent.type === 'suite' && isLostToHook(parent));

/** Errors that belong to no test: the file does not load, or a hook failed. */
const faultsOf = (module: TestModule): number => {
  const suites = [...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
  return suites.length + (module.errors().length > 0 ? 1 : 0);
};

const { paths, name } = readArguments();
const vitest = await createVitest({
  root: ROOT,
  watch: false,
  reporters: ['default'],
  // `.only` would hide every other test.
  allowOnly: false,
  ...(name === undefined ? {} : { testNamePattern: name }),
});
// The run ends by its hooks, which stop the peers they started.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void vitest.cancelCurrentRun('keyboard-input'));

const specifications = await vitest.globTestSpecifications(paths);
const missing = [...(await readyPeers(specifications)), ...(await readyCluster(specifications))];
if (specifications.length === 0) say(`no test file's path holds ${paths.join(' or ')}`);
// An empty run is told by the figures; vitest would throw.
const { testModules, unhandledErrors } =
  specifications.length > 0 ? await vitest.start(paths) : { testModules: [], unhandledErrors: [] };
await vitest.close();

const outcomes = testModules
  .flatMap((module) => [...module.children.allTests()])
  // Left out by -t, hence not skipped but not asked for.
  .filter((test) => name === undefined || new RegExp(name).test(test.fullName))
  .filter((test) => test.result().state !== 'skipped' || !isLostToHook(test))
  .map(outcomeOf);
const faults = testModules.map(faultsOf).reduce((sum, each) => sum + each, unhandledErrors.length);
const summary = summarise(outcomes, faults, missing);
for (const line of render(summary)) say(line);
process.exit(exitCode(summary, process.env.CI === 'true'));
