import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { adminOption } from './admin.ts';
import { defaultDataDirectory } from './data-directory.ts';
import { dnsOption } from './dns-option.ts';
import { type Conclude, ExitCode } from './exit-code.ts';
import type { HostPort } from './host-port.ts';
import { readResourceFile } from './resource-file.ts';
import { complain } from './say.ts';
import { readVersion } from './version.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

interface RunOptions {
  readonly admin?: HostPort;
  readonly data?: string;
  readonly secrets?: string;
  readonly dns?: readonly HostPort[];
  readonly logLevel?: (typeof LOG_LEVELS)[number];
  readonly tokenKey?: string;
}

const HELP = `
It stays in the foreground and logs JSON lines to standard output. Edit FILE while it runs: valid changes take
effect without dropping a binding, an invalid file is refused and logged and the old one stays in force.
SIGTERM or SIGINT drains it (spec.drain) and ends it with exit code 0; a second one ends it at once.

Without --data, bindings live in $XDG_STATE_HOME/midregistrar/NAME, else in ~/.local/state/midregistrar/NAME
(Linux), /var/lib/midregistrar/NAME (Linux, as root), ~/Library/Application Support/midregistrar/NAME (macOS);
NAME is the resource's metadata.name.

The admin address serves /livez, /readyz, /metrics (Prometheus) and /v1/status to whoever can reach it, and
/v1/bindings over loopback only.

A Secret named NAME is the folder DIR/NAME of --secrets with its entries as files, as Kubernetes would mount it:
tls.crt and tls.key, ca.crt. Files that change are taken up within seconds, without dropping a connection.

The file of --token-key holds at least 32 bytes; with it phones keep their contacts at the PBX when the data
directory is lost. It may come later, and change, while the proxy runs; until it can be read, the key is the data
directory's, or the one before.

Names are looked for in /etc/hosts and asked of the DNS servers of /etc/resolv.conf, with its search list. --dns
names others (IP addresses) that are asked instead, without a search list; it may be given more than once.

Examples:
  midreg run office.yaml
  midreg run office.yaml --admin 127.0.0.1:8080 --data ./office-data

Exit codes:
  0  it was told to end, and drained
  1  FILE is wrong, or an address, a certificate or the data directory could not be taken
  2  the command line is wrong`;

const dataDirectoryOf = (name: string): string =>
  defaultDataDirectory(name, {
    platform: process.platform,
    home: homedir(),
    root: process.getuid?.() === 0,
    stateHome: process.env.XDG_STATE_HOME,
  });

async function run(
  file: string,
  { admin, data, dns, secrets, logLevel, tokenKey }: RunOptions,
): Promise<number> {
  if (file === '-') {
    complain('run watches FILE for changes, so it is to be a file and not standard input');
    return ExitCode.Usage;
  }
  const resource = await readResourceFile(file);
  if (!resource.ok) {
    for (const mistake of resource.mistakes) complain(mistake);
    return ExitCode.Failed;
  }
  const dataDir = resolve(data ?? dataDirectoryOf(resource.config.name));
  // Loaded here so that the other commands need not wait for the store and the engine.
  const { runSidecar } = await import('../sidecar/main.ts');
  const { text, config } = resource;
  return runSidecar({
    file,
    text,
    config,
    dataDir,
    secrets: resolve(secrets ?? join(dirname(file), 'secrets')),
    version: readVersion(),
    complain,
    ...(logLevel !== undefined && { logLevel }),
    ...(tokenKey !== undefined && { tokenKey: resolve(tokenKey) }),
    ...(admin !== undefined && { admin }),
    ...(dns !== undefined && { dnsServers: dns }),
  });
}

export const defineRun = (program: Command, conclude: Conclude): Command =>
  program
    .command('run')
    .summary('front the PBX that a resource describes')
    .description('Fronts the PBX that a MidRegistrar resource describes, until it is told to end.')
    .argument('<file>', 'YAML file that holds one MidRegistrar resource')
    .addOption(adminOption('serve health, metrics and bindings there (default: nowhere)'))
    .addOption(dnsOption())
    .option('--data <dir>', "directory for bindings (default: the platform's place for state, see below)")
    .option(
      '--secrets <dir>',
      "directory with the Secrets that FILE names, each a folder (default: 'secrets' beside FILE)",
    )
    .addOption(
      new Option('--log-level <level>', "least level to log (default: the resource's logLevel)").choices(
        LOG_LEVELS,
      ),
    )
    .option(
      '--token-key <file>',
      "key for the contacts that the PBX is shown (default: the data directory's)",
    )
    .addHelpText('after', HELP)
    .action(async (file: string, options: RunOptions) => conclude(await run(file, options)));
