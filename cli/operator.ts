import { hostname } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Conclude, ExitCode } from './exit-code.ts';
import { type HostPort, parseHostPort } from './host-port.ts';
import { complain, say } from './say.ts';
import { readVersion } from './version.ts';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

interface RunOptions {
  readonly image?: string;
  readonly namespaces?: readonly string[];
  readonly leaseNamespace?: string;
  readonly health: HostPort;
  readonly concurrency: number;
  readonly resyncSeconds: number;
  readonly qps: number;
  readonly burst: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly kubeconfig?: string;
  readonly context?: string;
}

interface CheckOptions {
  readonly ready: string;
  readonly namespace: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

const HELP = `
It runs in the foreground and logs JSON lines to standard output; the Helm chart runs it so. Several may run: one leads,
by the lease midregistrar-operator, and another takes over within 17 s when that one dies, at once when it ends.

It serves /livez, /readyz and /metrics (Prometheus) at --health.

Exit codes:
  0  it was told to end
  1  there is no cluster, the health address is taken, or the lease was lost
  2  the command line is wrong`;

const CHECK_HELP = `
Asks the operator whether it is ready, and the API server whether it would take a MidRegistrar (nothing is made).

Exit codes:
  0  both are well
  1  one is not
  2  the command line is wrong`;

const number =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It is to be an integer from ${least} to ${most}.`);
    return value;
  };

const address = (text: string): HostPort => {
  const parsed = parseHostPort(text);
  if (parsed === undefined) throw new InvalidArgumentError('It is to be HOST:PORT, as in 0.0.0.0:8081.');
  return parsed;
};

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const names = (text: string): readonly string[] => {
  const all = text.split(',');
  const wrong = all.find((name) => !NAMESPACE.test(name));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`"${wrong}" is no name of a namespace; as in branch,office.`);
  return [...new Set(all)];
};

async function run(options: RunOptions): Promise<number> {
  // Not mandatory to the parser, for `check` below needs none.
  if (options.image === undefined) {
    complain("name the proxies' image with --image or MIDREG_IMAGE (see `midreg operator --help`)");
    return ExitCode.Usage;
  }
  // Loaded here so that the other commands need not wait for the Kubernetes client.
  const { runOperator } = await import('../operator/main.ts');
  return runOperator({
    kubeconfig: options.kubeconfig,
    context: options.context,
    image: options.image,
    namespaces: options.namespaces,
    leaseNamespace: options.leaseNamespace ?? process.env.POD_NAMESPACE,
    health: options.health,
    concurrency: options.concurrency,
    resyncSeconds: options.resyncSeconds,
    qps: options.qps,
    burst: options.burst,
    logLevel: options.logLevel,
    version: readVersion(),
    podName: process.env.POD_NAME ?? hostname(),
    complain,
  });
}

async function check({ ready, namespace, kubeconfig, context }: CheckOptions): Promise<number> {
  const { checkInstallation } = await import('../operator/io/check.ts');
  const { lines, isWell } = await checkInstallation({
    ready,
    namespace,
    kubeconfig,
    context,
    version: readVersion(),
  });
  for (const line of lines) (isWell ? say : complain)(line);
  return isWell ? ExitCode.Ok : ExitCode.Failed;
}

const reaching = (command: Command): Command =>
  command
    .option(
      '--kubeconfig <file>',
      "kubeconfig (default: the pod's own account, else KUBECONFIG or ~/.kube/config)",
    )
    .option('--context <name>', 'context of the kubeconfig');

export function defineOperator(program: Command, conclude: Conclude): Command {
  const command = reaching(program.command('operator'))
    .summary('run each MidRegistrar of a Kubernetes cluster')
    .description(
      'Makes a Kubernetes cluster run a proxy for each MidRegistrar in it, until it is told to end.',
    )
    .addOption(
      new Option('--image <image>', 'image of the proxies, where a resource names none').env('MIDREG_IMAGE'),
    )
    .addOption(
      new Option('--namespaces <names>', 'namespaces to serve, with commas (default: all)').argParser(names),
    )
    .option('--lease-namespace <name>', 'namespace of the lease (default: the own one)')
    .addOption(
      new Option('--health <host:port>', 'serve health and metrics there')
        .argParser(address)
        .default({ host: '0.0.0.0', port: 8081 }, '0.0.0.0:8081'),
    )
    .addOption(
      new Option('--concurrency <n>', 'how many resources are worked on at a time')
        .argParser(number(1, 64))
        .default(4),
    )
    .addOption(
      new Option('--resync-seconds <n>', 'look at each resource at least so often')
        .argParser(number(10, 86_400))
        .default(600),
    )
    .addOption(
      new Option('--qps <n>', 'requests a second to the API server in the long run')
        .argParser(number(1, 10_000))
        .default(100),
    )
    .addOption(new Option('--burst <n>', 'requests at once').argParser(number(1, 10_000)).default(200))
    .addOption(new Option('--log-level <level>', 'least level to log').choices(LOG_LEVELS).default('info'))
    .addHelpText('after', HELP)
    .action(async (options: RunOptions) => conclude(await run(options)));
  reaching(command.command('check'))
    .summary('tell whether the operator is installed and well')
    .description('Tells whether the operator is ready and the cluster takes a MidRegistrar.')
    .requiredOption('--ready <url>', "the operator's /readyz")
    .requiredOption('--namespace <name>', 'where a MidRegistrar is tried')
    .addHelpText('after', CHECK_HELP)
    .action(async (_: unknown, checking: Command) =>
      conclude(await check(checking.optsWithGlobals<CheckOptions>())),
    );
  return command;
}
