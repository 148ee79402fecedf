/** What the command's exit codes mean; they are told in its help. */
export const ExitCode = {
  /** Done, and all was well. */
  Ok: 0,
  /** It was tried and failed, or what was examined is wrong. */
  Failed: 1,
  /** The command line itself is wrong; nothing was tried. */
  Usage: 2,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** How a command tells the exit code it ends with. */
export type Conclude = (code: number) => void;

export const EXIT_CODES_HELP = `Exit codes:
  0  done, and all was well
  1  it failed, or what was examined is wrong
  2  the command line is wrong`;
