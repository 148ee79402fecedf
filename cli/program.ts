import { Command, CommanderError } from 'commander';
import { defineBans } from './bans.ts';
import { defineBindings } from './bindings.ts';
import { defineDemo } from './demo.ts';
import { type Conclude, EXIT_CODES_HELP, ExitCode } from './exit-code.ts';
import { defineOperator } from './operator.ts';
import { defineRun } from './run.ts';
import { defineStatus } from './status.ts';
import { defineValidate } from './validate.ts';
import { readVersion } from './version.ts';

const HELP = `
Examples:
  midreg demo --once                                  see it work, with everything it needs of its own
  midreg validate office.yaml                         tell every mistake in a resource
  midreg run office.yaml --admin 127.0.0.1:8080       front the PBX that the resource describes
  midreg bindings --watch                             see who is registered, as it changes

${EXIT_CODES_HELP}`;

const createProgram = (conclude: Conclude): Command => {
  const program = new Command('midreg')
    .description(
      'Stands in front of a PBX: mirrors registrations from its answers, delivers SIP MESSAGEs itself, passes everything else through.',
    )
    .version(readVersion())
    .helpCommand(true)
    .exitOverride()
    .configureHelp({ helpWidth: 110 })
    .addHelpText('after', HELP);
  for (const define of [
    defineRun,
    defineDemo,
    defineValidate,
    defineBindings,
    defineBans,
    defineStatus,
    defineOperator,
  ]) {
    const command = define(program, conclude);
    command.showHelpAfterError(`(see \`midreg ${command.name()} --help\`)`);
  }
  return program.showHelpAfterError('(see `midreg --help`)');
};

/** Runs one command line and gives its exit code. */
export async function runCommand(args: readonly string[]): Promise<number> {
  let code: number = ExitCode.Ok;
  const program = createProgram((told) => {
    code = told;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // commander throws to end: 0 after help or the version was asked for, else the command line was wrong and it has said why.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Ok : ExitCode.Usage;
    throw error;
  }
}
