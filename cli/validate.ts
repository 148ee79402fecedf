import type { Command } from 'commander';
import { type Conclude, ExitCode } from './exit-code.ts';
import { readResourceFile } from './resource-file.ts';
import { say } from './say.ts';

const HELP = `
Each mistake is one line: FILE:LINE:COLUMN, the path of the field, what was found and what is allowed.
\`-\` reads standard input.

Examples:
  midreg validate office.yaml
  midreg validate resources/*.yaml
  generate-resource | midreg validate -

Exit codes:
  0  every file is a valid MidRegistrar resource
  1  one is not, or cannot be read
  2  the command line is wrong`;

async function validate(files: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = ExitCode.Ok;
  for (const file of files) {
    const resource = await readResourceFile(file);
    if (resource.ok) say(`${file === '-' ? '<stdin>' : file}: valid`);
    else {
      code = ExitCode.Failed;
      for (const mistake of resource.mistakes) say(mistake);
    }
  }
  return code;
}

export const defineValidate = (program: Command, conclude: Conclude): Command =>
  program
    .command('validate')
    .summary('tell every mistake in resource files')
    .description('Checks MidRegistrar resources and tells every mistake in them, without starting anything.')
    .argument('<file...>', 'YAML files that each hold one MidRegistrar resource')
    .addHelpText('after', HELP)
    .action(async (files: string[]) => conclude(await validate(files)));
