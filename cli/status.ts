import type { Command } from 'commander';
import { adminOption, askAdmin, DEFAULT_ADMIN } from './admin.ts';
import { type Conclude, ExitCode } from './exit-code.ts';
import { renderFronts } from './fronts.ts';
import { formatHostPort, type HostPort } from './host-port.ts';
import { complain, say } from './say.ts';
import { renderFields } from './table.ts';
import { readVersion } from './version.ts';

interface StatusOptions {
  readonly admin?: HostPort;
  readonly json?: true;
  readonly namespace?: string;
  readonly allNamespaces?: true;
  readonly kubeconfig?: string;
  readonly context?: string;
}

const HELP = `
Asks a running proxy that serves an admin address (\`midreg run FILE --admin HOST:PORT\`). The address is that
of --admin, else of the environment's MIDREG_ADMIN, else ${formatHostPort(DEFAULT_ADMIN)}.

With -n, -A, --kubeconfig or --context it asks a Kubernetes cluster instead, and shows every front there with its
pods, bindings, upstream and last events; so it does as a plugin of kubectl (\`kubectl midreg status\`).

Examples:
  midreg status
  midreg status --admin 127.0.0.1:9090 --json
  midreg status -n branch
  kubectl midreg status -A

Exit codes:
  0  shown
  1  nothing answers, or something else does
  2  the command line is wrong`;

async function ofProxy({ admin = DEFAULT_ADMIN, json }: StatusOptions): Promise<ExitCode> {
  const answer = await askAdmin(admin, '/v1/status');
  if (!answer.ok) {
    complain(answer.reason);
    return ExitCode.Failed;
  }
  const lines = json === true ? [JSON.stringify(answer.body, null, 2)] : renderFields(answer.body);
  for (const line of lines) say(line);
  return ExitCode.Ok;
}

async function ofCluster(options: StatusOptions): Promise<ExitCode> {
  const { namespace, allNamespaces, kubeconfig, context, json } = options;
  // Loaded here so that the other commands need not wait for the Kubernetes client.
  const { overview } = await import('../operator/io/overview.ts');
  const fronts = await overview({
    namespace: allNamespaces === true ? '*' : namespace,
    version: readVersion(),
    file: kubeconfig,
    context,
  });
  if (typeof fronts === 'string') {
    complain(fronts);
    return ExitCode.Failed;
  }
  const lines = json === true ? [JSON.stringify(fronts, null, 2)] : renderFronts(fronts, Date.now());
  for (const line of lines) say(line);
  return ExitCode.Ok;
}

/** Set by bin/kubectl-midreg. */
const isPlugin = (): boolean => process.env.MIDREG_PLUGIN === '1';

async function status(options: StatusOptions): Promise<ExitCode> {
  const { admin, namespace, allNamespaces, kubeconfig, context } = options;
  const asksCluster = [namespace, allNamespaces, kubeconfig, context].some((option) => option !== undefined);
  return asksCluster || (isPlugin() && admin === undefined) ? ofCluster(options) : ofProxy(options);
}

export const defineStatus = (program: Command, conclude: Conclude): Command =>
  program
    .command('status')
    .summary('show how a running proxy, or a cluster of them, fares')
    .description('Shows how a running proxy fares, or every front of a Kubernetes namespace.')
    .addOption(adminOption(`admin address of the proxy (default: ${formatHostPort(DEFAULT_ADMIN)})`))
    .option('-n, --namespace <name>', 'ask the cluster, about this namespace')
    .option('-A, --all-namespaces', 'ask the cluster, about all namespaces')
    .option('--kubeconfig <file>', 'ask the cluster of this kubeconfig')
    .option('--context <name>', 'ask the cluster of this context')
    .option('--json', 'show it as JSON')
    .addHelpText('after', HELP)
    .action(async (options: StatusOptions) => conclude(await status(options)));
