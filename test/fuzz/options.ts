import { parseArgs } from 'node:util';

export interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly target: string;
  /** A kept case to run instead; '' for none. */
  readonly file: string;
  readonly isGuided: boolean;
}

export const USAGE = `npm run fuzz -- [SECONDS] [flags]

Gives the parser, the framing, the engine and what else reads strangers' bytes inputs that nobody should send, by grammar
and by changing those that have reached something new, and holds what comes of them to laws (test/fuzz/engine/laws.ts).
An input that breaks one is made as small as can be, kept in test/fuzz/found and run by npm test from then on.

  SECONDS        how long (60)
  --seed N       the same inputs again; without it one is drawn and told
  --target NAME  parser, framing, frames, engine, stun, dns, token, journal, config, time (what costs the most), or all (all)
  --case FILE    run one kept case alone
  --unguided     change all inputs alike: coverage is only counted, and twice as many runs are had; below some
                 minutes that reaches more
  --help
`;

const whole = (what: string, text: string, most: number): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`${what} ${text}: expected a whole number from 1 to ${most}`);
};

/** Reads the arguments; undefined where only the usage is asked for. Throws a sentence for wrong ones. */
export function readOptions(args: readonly string[], drawSeed: () => number): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      target: { type: 'string', default: 'all' },
      case: { type: 'string', default: '' },
      unguided: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const [seconds = '60', ...more] = positionals;
  if (more.length > 0) throw new Error(`unexpected ${more.join(' ')}`);
  return {
    seconds: whole('SECONDS', seconds, 1_000_000),
    seed: values.seed === undefined ? drawSeed() : whole('--seed', values.seed, 2 ** 31 - 1),
    target: values.target,
    file: values.case,
    isGuided: !values.unguided,
  };
}
