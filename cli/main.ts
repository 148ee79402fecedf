import { ExitCode } from './exit-code.ts';
import { runCommand } from './program.ts';
import { complain } from './say.ts';

// The reader of a pipe may leave early, as `head` does; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(ExitCode.Ok);
  throw error;
});

const endByBug = (error: unknown): never => {
  const shown = process.env.MIDREG_DEBUG === '1' && error instanceof Error ? error.stack : String(error);
  complain(`a bug of ours: ${shown}`);
  complain('please report it; MIDREG_DEBUG=1 shows where it happened');
  process.exit(ExitCode.Failed);
};

process.exit(await runCommand(process.argv.slice(2)).catch(endByBug));
