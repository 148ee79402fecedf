/** Says one line as the command's result. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Says one line to the person who runs the command, apart from its result. */
export const complain = (sentence: string): void => void process.stderr.write(`midreg: ${sentence}\n`);
