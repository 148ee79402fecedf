import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Availability, cacheDirectory, findCommand, isRoot } from '../../support/peers/availability.ts';

/** What a cluster is made of: all of a node, or only what answers the API. */
export type Mode = 'full' | 'controlPlane';

export const GO_MODULES = join(import.meta.dirname, 'go');
export const TOOLS = join(import.meta.dirname, 'tools');

/** The versions that are built; Kubernetes learns its own from the linker. */
export const KUBERNETES = 'v1.36.3';
export const LINKER_FLAGS = `-s -w -X k8s.io/component-base/version.gitVersion=${KUBERNETES}`;

/** What the programs are made from: another text of one of these, another folder of programs. */
const INPUTS = [
  ...['kubernetes/go.mod', 'kubernetes/go.sum', 'kubernetes/pause/main.go'].map((file) =>
    join(GO_MODULES, file),
  ),
  ...['coredns/go.mod', 'coredns/go.sum', 'coredns/main.go'].map((file) => join(GO_MODULES, file)),
  join(TOOLS, 'package-lock.json'),
];

const inputsHash = (): string => {
  const hash = createHash('sha256').update(LINKER_FLAGS);
  for (const file of INPUTS) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
};

/** The folder of what is built and fetched for clusters, kept between runs. */
export const kitDirectory = (): string => join(cacheDirectory(), `cluster-${inputsHash()}`);

/** Our programs, by the name they are called here. */
export const PROGRAMS = {
  controlPlane: ['etcd', 'kube-apiserver', 'kube-controller-manager'],
  node: ['kube-scheduler', 'kubelet', 'kube-proxy', 'coredns', 'pause'],
  tools: ['kubectl', 'helm'],
} as const;

/** Commands of Debian that are used, each with the package that has it. */
export const COMMANDS: Readonly<Record<'always' | Mode, Readonly<Record<string, string>>>> = {
  always: { openssl: 'openssl', unzip: 'unzip', ip: 'iproute2', flock: 'util-linux' },
  controlPlane: { nsenter: 'util-linux', unshare: 'util-linux' },
  full: {
    containerd: 'containerd',
    runc: 'runc',
    '/usr/lib/cni/bridge': 'containernetworking-plugins',
    iptables: 'iptables',
    nft: 'nftables',
    sysctl: 'procps',
    strip: 'binutils',
    promtool: 'prometheus',
    'lua5.4': 'lua5.4',
  },
};

/** Where a program lies: with KUBEBUILDER_ASSETS those of that folder go first. */
export function programPath(name: string): string {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const given = assets ? join(assets, name) : undefined;
  return given !== undefined && existsSync(given) ? given : join(kitDirectory(), 'bin', name);
}

export const programsOf = (mode: Mode): readonly string[] => [
  ...PROGRAMS.tools,
  ...PROGRAMS.controlPlane,
  ...(mode === 'full' ? PROGRAMS.node : []),
];

export const missingPrograms = (mode: Mode): string[] =>
  programsOf(mode).filter((name) => !existsSync(programPath(name)));

/** The Debian packages that have the commands which are not here. */
export const missingPackages = (mode: Mode): string[] => {
  const commands = {
    ...COMMANDS.always,
    ...COMMANDS.controlPlane,
    ...(mode === 'full' ? COMMANDS.full : {}),
  };
  const isHere = (name: string) =>
    name.startsWith('/') ? existsSync(name) : findCommand(name) !== undefined;
  return [...new Set(Object.entries(commands).flatMap(([name, pack]) => (isHere(name) ? [] : [pack])))];
};

/** The `go` command, which may lie where its own installer puts it. */
export const goCommand = (): string | undefined =>
  findCommand('go') ?? ['/usr/local/go/bin/go'].find((path) => existsSync(path));

const canMakeNamespaces = (): boolean => {
  try {
    execFileSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** A cluster that the user names instead, by the path of its kubeconfig. */
export const givenKubeconfig = (): string | undefined => process.env.MIDREG_TEST_KUBECONFIG || undefined;

const missing = (what: string, how: string): Availability => ({ ok: false, what, how });

const OR_GIVEN = 'or name a cluster by MIDREG_TEST_KUBECONFIG';

const missingProgramsAre = (names: readonly string[]): Availability => {
  const how = 'run `npm test`, which builds or fetches them once';
  const isBuildable =
    goCommand() !== undefined || names.every((name) => PROGRAMS.tools.includes(name as never));
  return missing(names.join(', '), isBuildable ? how : `install Go 1.26 or newer and ${how}; ${OR_GIVEN}`);
};

/** Whether a cluster can be started here; if not, what is missing and how to get it. Looks, makes nothing. */
export function clusterAvailability(mode: Mode): Availability {
  if (process.platform !== 'linux') return missing('a Linux kernel', `run the tests on Linux, ${OR_GIVEN}`);
  if (!isRoot()) return missing('root, to make a cluster', `run \`npm test\` as root, ${OR_GIVEN}`);
  const packages = missingPackages(mode);
  if (packages.length > 0)
    return missing(packages.join(', '), `on Debian, as root: apt-get install ${packages.join(' ')}`);
  if (!canMakeNamespaces())
    return missing('leave to make namespaces', `a container needs CAP_SYS_ADMIN for it, ${OR_GIVEN}`);
  const programs = missingPrograms(mode);
  return programs.length > 0 ? missingProgramsAre(programs) : { ok: true };
}

/** Whether the tests can use a whole cluster, given or of our making. */
export function wholeClusterAvailability(): Availability {
  if (givenKubeconfig() === undefined) return clusterAvailability('full');
  const tools = PROGRAMS.tools.filter((name) => !existsSync(programPath(name)));
  return tools.length > 0 ? missingProgramsAre(tools) : { ok: true };
}
