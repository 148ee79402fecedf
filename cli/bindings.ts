import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { adminOption, askAdmin, DEFAULT_ADMIN, type Unanswered } from './admin.ts';
import { type AorView, readBindings, renderBindings } from './binding-table.ts';
import { type Conclude, ExitCode } from './exit-code.ts';
import { formatHostPort, type HostPort } from './host-port.ts';
import { complain, say } from './say.ts';

const WATCH_MS = 1_000;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

interface BindingsOptions {
  readonly admin: HostPort;
  readonly watch?: true;
  readonly json?: true;
}

/** The lines to show, or why there are none. */
type Shown = { readonly lines: readonly string[] } | { readonly reason: string };

const HELP = `
Asks a running proxy that serves an admin address (\`midreg run FILE --admin HOST:PORT\`). The address is that
of --admin, else of the environment's MIDREG_ADMIN, else ${formatHostPort(DEFAULT_ADMIN)}. A contact is shown as the phone wrote it.

Examples:
  midreg bindings
  midreg bindings alice@pbx.example --json
  midreg bindings --watch --admin 127.0.0.1:9090

Exit codes:
  0  shown, also if nobody is registered
  1  nothing answers at the address, or something else does
  2  the command line is wrong`;

/** All bindings, page after page, or why there are none to tell. */
async function fetchBindings(aor: string | undefined, admin: HostPort): Promise<AorView[] | Unanswered> {
  const all: AorView[] = [];
  let after: string | undefined;
  for (;;) {
    const query = new URLSearchParams(aor === undefined ? {} : { aor });
    if (after !== undefined) query.set('after', after);
    const answer = await askAdmin(admin, `/v1/bindings?${query}`);
    if (!answer.ok) return answer;
    const page = readBindings(answer.body);
    if (page === undefined)
      return {
        ok: false,
        reason: `${formatHostPort(admin)} answered without bindings; is it a midreg admin address?`,
      };
    all.push(...page.bindings);
    if (page.next === undefined || page.next === after) return all;
    after = page.next;
  }
}

async function look(aor: string | undefined, { admin, json }: BindingsOptions): Promise<Shown> {
  const bindings = await fetchBindings(aor, admin);
  if ('reason' in bindings) return bindings;
  return { lines: json === true ? [JSON.stringify({ bindings }, null, 2)] : renderBindings(bindings) };
}

async function once(aor: string | undefined, options: BindingsOptions): Promise<ExitCode> {
  const shown = await look(aor, options);
  if ('reason' in shown) {
    complain(shown.reason);
    return ExitCode.Failed;
  }
  for (const line of shown.lines) say(line);
  return ExitCode.Ok;
}

/** On a terminal a screen that renews itself; into a pipe a new table each time it differs. A proxy that restarts is waited for. */
async function watch(aor: string | undefined, options: BindingsOptions): Promise<never> {
  let last = '';
  for (;;) {
    const shown = await look(aor, options);
    const text = 'reason' in shown ? shown.reason : shown.lines.join('\n');
    if (text !== last) say(process.stdout.isTTY ? `${CLEAR_SCREEN}${text}` : text);
    last = text;
    await wait(WATCH_MS);
  }
}

export const defineBindings = (program: Command, conclude: Conclude): Command =>
  program
    .command('bindings')
    .summary('show who is registered, by which flow and for how long')
    .description('Shows the bindings that a running proxy holds.')
    .argument('[aor]', 'only this address of record, as in alice@pbx.example')
    .addOption(
      adminOption('admin address of the proxy').default(DEFAULT_ADMIN, formatHostPort(DEFAULT_ADMIN)),
    )
    .option('--watch', 'keep showing, until Ctrl-C')
    .option('--json', 'show them as JSON, as the proxy tells them')
    .addHelpText('after', HELP)
    .action(async (aor: string | undefined, options: BindingsOptions) => {
      // Ctrl-C is how a watch ends, not a failure.
      process.once('SIGINT', () => process.exit(ExitCode.Ok));
      conclude(await (options.watch === true ? watch(aor, options) : once(aor, options)));
    });
