import { execFile } from 'node:child_process';

const OUTPUT_BYTES = 16 << 20;
const SHOWN_LINES = 8;

/**
 * Runs a program to its end and returns its stdout. Rejects with its last lines when it fails or takes longer than
 * `timeoutMs`. The language is English, so that its words can be read.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  timeoutMs: number,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      timeout: timeoutMs,
      maxBuffer: OUTPUT_BYTES,
      env: { ...process.env, LC_ALL: 'C', ...env },
    };
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = `${stdout}${stderr}`.trim().split('\n').slice(-SHOWN_LINES).join('\n');
      reject(
        new Error(`${command} ${args.join(' ')}: ${error.killed ? 'took too long' : 'failed'}\n${said}`),
      );
    });
    child.stdin?.end();
  });
}
