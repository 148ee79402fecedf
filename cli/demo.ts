import type { Command } from 'commander';
import type { Conclude } from './exit-code.ts';

interface DemoOptions {
  readonly once?: true;
}

const HELP = `
Everything runs on this machine's loopback addresses: the PBX and the proxy on the ports that
examples/demo.yaml names, or on free ones where those are taken. It ends by saying how to point a real phone
at it and keeps serving until Ctrl-C.

Examples:
  midreg demo
  midreg demo --once

Exit codes:
  0  every step of the story held
  1  a step did not hold, it was ended before the last one, or the proxy could not be started
  2  the command line is wrong`;

async function demo({ once }: DemoOptions): Promise<number> {
  const { runDemo } = await import('../demo/main.ts');
  return runDemo({ once: once === true });
}

export const defineDemo = (program: Command, conclude: Conclude): Command =>
  program
    .command('demo')
    .summary('show it working, with a small PBX and two phones of its own')
    .description(
      'Starts a small PBX, the proxy in front of it and two phones, and tells the story as it happens.',
    )
    .option('--once', 'end after the story instead of serving on')
    .addHelpText('after', HELP)
    .action(async (options: DemoOptions) => conclude(await demo(options)));
