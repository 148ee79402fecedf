import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { cacheDirectory } from '../../support/peers/availability.ts';
import { runCommand } from '../../support/peers/command.ts';
import { type Process, spawnProcess } from '../../support/process.ts';
import { kitDirectory } from './kit.ts';
import { MAX_CLUSTERS, type Plan, planOf } from './plan.ts';

const KEEPER = join(import.meta.dirname, 'keeper.sh');
const INIT = join(import.meta.dirname, 'init.sh');
const COMMAND_MS = 120_000;
const LOOK_AGAIN_MS = 20;

/** Our programs, then the machine's, also those that a plain user's PATH leaves out. */
const searchPath = (): string =>
  [join(kitDirectory(), 'bin'), '/usr/local/sbin', '/usr/sbin', '/sbin', process.env.PATH].join(':');

/** `child`: the `nsenter` around it. */
interface Daemon {
  readonly name: string;
  readonly child: number;
  readonly ended: Promise<unknown>;
}

/** A machine within the machine: network, mounts and processes of its own. Its first process is all that need be known. */
export class Inside {
  readonly pid: number;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** The words that, put before a command, run it inside. */
  get enter(): readonly string[] {
    return ['nsenter', '-t', String(this.pid), '-m', '-n', '-p', '--wdns=/', '--'];
  }

  get environment(): Record<string, string> {
    return { PATH: searchPath() };
  }

  /** Runs a command inside to its end; returns its stdout. */
  run(command: string, ...args: string[]): Promise<string> {
    const [first = '', ...words] = [...this.enter, command, ...args];
    return runCommand(first, words, COMMAND_MS, this.environment);
  }

  /** Starts one that may outlive the call. */
  spawn(command: string, ...args: string[]): Promise<Process> {
    const [first = '', ...words] = [...this.enter, command, ...args];
    return spawnProcess({ command: first, args: words, env: this.environment });
  }
}

/** One that we made. It ends with this process at the latest, even if this process is killed, and leaves nothing behind. */
export class Namespaces extends Inside {
  readonly plan: Plan;
  /** A directory of its own, on disk; `memory` in it is a file system in memory that only its processes see. */
  readonly home: string;
  readonly #keeper: ChildProcess;
  readonly #daemons: Daemon[] = [];
  /** The name of the program that ended first. */
  readonly #firstEnd = Promise.withResolvers<string>();
  #isClosed = false;

  constructor(plan: Plan, home: string, pid: number, keeper: ChildProcess) {
    super(pid);
    this.plan = plan;
    this.home = home;
    this.#keeper = keeper;
  }

  /** Starts a program inside that runs to the end of it all; its output is in `logOf(name)`. */
  start(name: string, command: string, args: readonly string[]): void {
    const [first = '', ...words] = [...this.enter, command, ...args];
    const log = openSync(this.logOf(name), 'a');
    const child = spawn(first, words, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...this.environment },
    });
    closeSync(log);
    const ended = once(child, 'close');
    void ended.then(() => this.#firstEnd.resolve(name));
    this.#daemons.push({ name, child: child.pid ?? 0, ended });
  }

  logOf(name: string): string {
    return join(this.home, `${name}.log`);
  }

  /** Ends all programs that were started, one by one, so that they can write down what they know. */
  async endAll(): Promise<void> {
    for (const { child, ended } of this.#daemons) {
      for (const pid of await childrenOf(child)) process.kill(pid, 'SIGTERM');
      await ended;
    }
  }

  /** Rejects with the end of its log when a program that was started ends. */
  async watch(): Promise<never> {
    const name = await this.#firstEnd.promise;
    throw new Error(`${name} of the test cluster has ended; it said:\n${await this.#lastWords(name, 20)}`);
  }

  /** The last lines of every program's log. */
  async report(): Promise<string> {
    const words = this.#daemons.map(async ({ name }) => `${name}:\n${await this.#lastWords(name, 5)}`);
    return (await Promise.all(words)).join('\n');
  }

  async #lastWords(name: string, lines: number): Promise<string> {
    return (await readFile(this.logOf(name), 'utf8')).trim().split('\n').slice(-lines).join('\n');
  }

  /** Looks again and again until `isSo`, or until all of this is closed; it rejects then. */
  async until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) {
      if (this.#isClosed) throw new Error('the test cluster has been closed');
      await pause(LOOK_AGAIN_MS);
    }
  }

  /** Ends everything inside; resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#keeper.stdin?.end();
    if (this.#keeper.exitCode === null) await once(this.#keeper, 'exit');
    await Promise.all(this.#daemons.map(({ ended }) => ended));
  }
}

const childrenOf = async (pid: number): Promise<number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
    .split(' ')
    .flatMap((word) => Number(word) || []);

/** The keeper runs `unshare`, and that the first process inside. */
const firstInside = async (keeper: number): Promise<number> => {
  const [unshare = 0] = await childrenOf(keeper);
  const [first] = await childrenOf(unshare);
  if (first === undefined) throw new Error('the test cluster has no first process');
  return first;
};

/** Undefined if another cluster has the plan. */
async function tryOpen(plan: Plan): Promise<Namespaces | undefined> {
  const home = join(cacheDirectory(), 'clusters', plan.name);
  const keeper = spawn('bash', [KEEPER, plan.name, home, INIT], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PATH: searchPath() },
  });
  const lines = createInterface({ input: keeper.stdout as NodeJS.ReadableStream });
  const word = await Promise.race([
    once(lines, 'line').then(([line]) => line as string),
    once(keeper, 'exit').then(() => 'gone'),
  ]);
  if (word === 'taken') return undefined;
  if (word !== 'ready' || keeper.pid === undefined)
    throw new Error('the namespaces of a test cluster cannot be made; the reason is on stderr');
  return new Namespaces(plan, home, await firstInside(keeper.pid), keeper);
}

/** Makes namespaces under the first free plan; without a link to this machine yet. */
export async function openNamespaces(): Promise<Namespaces> {
  for (let index = 0; index < MAX_CLUSTERS; index++) {
    const opened = await tryOpen(planOf(index));
    if (opened !== undefined) return opened;
  }
  throw new Error(`${MAX_CLUSTERS} test clusters are running already`);
}

/** Links the machine's network with the one inside, so that the node, pods and services are reached from here. */
export async function connect(inner: Namespaces): Promise<void> {
  const { name, hostIp, nodeIp, podCidr, serviceCidr } = inner.plan;
  const ip = (...args: string[]) => runCommand('ip', args, COMMAND_MS, inner.environment);
  await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(inner.pid));
  const inside = [
    `ip addr add ${nodeIp}/30 dev eth0`,
    'ip link set eth0 up',
    `ip route add default via ${hostIp}`,
    'sysctl -qw net.ipv4.ip_forward=1',
    // Without the bridge's module there is nothing to switch on; a pod that asks its own service would then miss.
    'sysctl -qw net.bridge.bridge-nf-call-iptables=1 || true',
  ];
  await ip('addr', 'add', `${hostIp}/30`, 'dev', name);
  await Promise.all([ip('link', 'set', name, 'up'), inner.run('sh', '-ec', inside.join('\n'))]);
  await ip('route', 'add', podCidr, 'via', nodeIp);
  await ip('route', 'add', serviceCidr, 'via', nodeIp);
}
