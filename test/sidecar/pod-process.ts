import { runCommand } from '../../cli/program.ts';

/** `midreg` as a pod runs it: by a user that this machine does not know, in the group that the volume is given to. */
const NONROOT = 65_532;
process.setgroups?.([NONROOT]);
process.setgid?.(NONROOT);
process.setuid?.(NONROOT);
process.exit(await runCommand(process.argv.slice(2)));
