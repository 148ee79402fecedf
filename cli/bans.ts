import type { Command } from 'commander';
import { adminOption, askAdmin, DEFAULT_ADMIN } from './admin.ts';
import { type Conclude, ExitCode } from './exit-code.ts';
import { formatHostPort, type HostPort } from './host-port.ts';
import { complain, say } from './say.ts';
import { renderSeconds, renderTable } from './table.ts';

interface BansOptions {
  readonly admin: HostPort;
  readonly release?: string;
  readonly json?: true;
}

/** What `GET /v1/bans` tells of one ban, as far as the table shows it. */
export interface BanView {
  readonly source: string;
  readonly reason: string;
  readonly endsInSeconds: number;
  readonly strikes: number;
  readonly dropped: number;
  /** ISO 8601 */
  readonly since: string;
}

const HELP = `
Asks a running proxy that serves an admin address (\`midreg run FILE --admin HOST:PORT\`), from the same machine. The address
is that of --admin, else of the environment's MIDREG_ADMIN, else ${formatHostPort(DEFAULT_ADMIN)}.
What is banned, and for how long, is security.rateLimit of the resource; whom to never ban, security.trustedSources.

Examples:
  midreg bans
  midreg bans --release 192.0.2.7
  kubectl exec deploy/office-midreg -- midreg bans

Exit codes:
  0  shown, also if nobody is banned; released
  1  nothing answers at the address, or that source is not banned
  2  the command line is wrong`;

const HEAD = ['SOURCE', 'REASON', 'ENDS IN', 'IN A ROW', 'DROPPED', 'SINCE'];

/** Reads the answer of `GET /v1/bans`; undefined if it is something else. */
export function readBans(body: unknown): readonly BanView[] | undefined {
  const bans = (body as { bans?: unknown } | null)?.bans;
  return Array.isArray(bans) && bans.every((ban) => typeof ban?.source === 'string')
    ? (bans as BanView[])
    : undefined;
}

export function renderBans(bans: readonly BanView[]): string[] {
  const rows = bans.map(({ source, reason, endsInSeconds, strikes, dropped, since }) => [
    source,
    reason,
    renderSeconds(endsInSeconds),
    String(strikes),
    String(dropped),
    since,
  ]);
  return rows.length === 0 ? ['nobody is banned'] : renderTable(HEAD, rows);
}

async function show({ admin, json }: BansOptions): Promise<ExitCode> {
  const answer = await askAdmin(admin, '/v1/bans');
  const bans = answer.ok ? readBans(answer.body) : undefined;
  if (bans === undefined) {
    complain(
      answer.ok
        ? `${formatHostPort(admin)} answered without bans; is it a midreg admin address?`
        : answer.reason,
    );
    return ExitCode.Failed;
  }
  for (const line of json === true ? [JSON.stringify({ bans }, null, 2)] : renderBans(bans)) say(line);
  return ExitCode.Ok;
}

async function release(source: string, admin: HostPort): Promise<ExitCode> {
  const answer = await askAdmin(admin, `/v1/bans?${new URLSearchParams({ source })}`, 'DELETE');
  if (!answer.ok) {
    complain(answer.reason);
    return ExitCode.Failed;
  }
  say(`${source} is released`);
  return ExitCode.Ok;
}

export const defineBans = (program: Command, conclude: Conclude): Command =>
  program
    .command('bans')
    .summary('show who is banned for sending too much, or release somebody')
    .description('Shows the sources that a running proxy has banned, or ends the ban of one.')
    .addOption(
      adminOption('admin address of the proxy').default(DEFAULT_ADMIN, formatHostPort(DEFAULT_ADMIN)),
    )
    .option('--release <address>', 'end the ban of the source that this address belongs to')
    .option('--json', 'show them as JSON, as the proxy tells them')
    .addHelpText('after', HELP)
    .action(async (options: BansOptions) =>
      conclude(
        await (options.release === undefined ? show(options) : release(options.release, options.admin)),
      ),
    );
