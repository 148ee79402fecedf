import type { Command } from 'commander';
import { adminOption, askAdmin, DEFAULT_ADMIN } from './admin.ts';
import { type Conclude, ExitCode } from './exit-code.ts';
import { formatHostPort, type HostPort } from './host-port.ts';
import { complain, say } from './say.ts';
import { renderFields } from './table.ts';

interface StatusOptions {
  readonly admin: HostPort;
  readonly json?: true;
}

const HELP = `
Asks a running proxy that serves an admin address (\`midreg run FILE --admin HOST:PORT\`). The address is that
of --admin, else of the environment's MIDREG_ADMIN, else ${formatHostPort(DEFAULT_ADMIN)}.

Examples:
  midreg status
  midreg status --admin 127.0.0.1:9090 --json

Exit codes:
  0  shown
  1  nothing answers at the address, or something else does
  2  the command line is wrong`;

async function status({ admin, json }: StatusOptions): Promise<ExitCode> {
  const answer = await askAdmin(admin, '/v1/status');
  if (!answer.ok) {
    complain(answer.reason);
    return ExitCode.Failed;
  }
  const lines = json === true ? [JSON.stringify(answer.body, null, 2)] : renderFields(answer.body);
  for (const line of lines) say(line);
  return ExitCode.Ok;
}

export const defineStatus = (program: Command, conclude: Conclude): Command =>
  program
    .command('status')
    .summary('show how a running proxy fares')
    .description('Shows how a running proxy fares: its resource, upstream, listeners and counts.')
    .addOption(
      adminOption('admin address of the proxy').default(DEFAULT_ADMIN, formatHostPort(DEFAULT_ADMIN)),
    )
    .option('--json', 'show the JSON that the proxy answers')
    .addHelpText('after', HELP)
    .action(async (options: StatusOptions) => conclude(await status(options)));
