import { parseArgs } from 'node:util';
import type { Kind } from './generator.ts';

/** What one run of the benchmark is to do. Rates are per second. */
export interface Options {
  readonly rounds: number;
  readonly count: number;
  readonly users: number;
  readonly phones: number;
  readonly window: number;
  readonly rate: number;
  readonly rateSeconds: number;
  readonly kinds: readonly Kind[];
  readonly cores: readonly [number, number];
  readonly kamailioChildren: number;
  readonly limitSeconds: number;
  readonly json: boolean;
  readonly write: boolean;
  readonly profile: boolean;
}

export const USAGE = `npm run bench -- [flags]

Measures REGISTERs mirrored and MESSAGEs delivered a second on one core: a Node relay that parses nothing,
Kamailio doing the same mirror, and midreg, in turns in one run on loopback.

  --rounds N             rounds at full speed and at each fixed rate, of which the medians count (3)
  --count N              round trips of each kind in a round (100000)
  --users N              registered addresses of record (20000)
  --phones N             UDP sockets the users share (8)
  --window N             outstanding requests at full speed (200)
  --rate N               the fixed rate at which latency is taken (8000); where a system cannot sustain it,
                         a rate that all can is measured as well
  --only register|message
  --quick                1 round, 20000 round trips, 5000 users, 1 s at each rate
  --cores A,B            the core of the system under test and the core of the generator (0,1)
  --kamailio-children N  UDP workers of Kamailio on its one core (1)
  --limit SECONDS        the most one phase may take (60)
  --json                 print JSON, with every single phase
  --write                put the table into docs/benchmarks.md
  --profile              run midreg alone under V8's CPU profiler and say where the profile is
  --help
`;

const FLAGS = {
  rounds: { type: 'string' },
  count: { type: 'string' },
  users: { type: 'string' },
  phones: { type: 'string' },
  window: { type: 'string' },
  rate: { type: 'string' },
  only: { type: 'string' },
  cores: { type: 'string' },
  'kamailio-children': { type: 'string' },
  limit: { type: 'string' },
  quick: { type: 'boolean' },
  json: { type: 'boolean' },
  write: { type: 'boolean' },
  profile: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const integer = (flag: string, text: string | undefined, otherwise: number, most: number): number => {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${flag} ${text}: expected a whole number from 1 to ${most}`);
};

const kindsOf = (only: string | undefined): readonly Kind[] => {
  if (only === undefined) return ['register', 'message'];
  if (only === 'register' || only === 'message') return [only];
  throw new Error(`--only ${only}: expected register or message`);
};

const coresOf = (text: string): readonly [number, number] => {
  const match = /^(\d+),(\d+)$/.exec(text);
  if (match === null || match[1] === match[2])
    throw new Error(`--cores ${text}: expected two different cores, as in 0,1`);
  return [Number(match[1]), Number(match[2])];
};

/** Reads the command line; 'help' where help was asked for. Throws an Error whose message names the wrong flag. */
export const readOptions = (args: readonly string[]): Options | 'help' => {
  const { values } = parseArgs({ args: [...args], options: FLAGS, allowPositionals: false });
  if (values.help) return 'help';
  const quick = values.quick ?? false;
  return {
    rounds: integer('rounds', values.rounds, quick ? 1 : 3, 50),
    count: integer('count', values.count, quick ? 20_000 : 100_000, 10_000_000),
    users: integer('users', values.users, quick ? 5_000 : 20_000, 1_000_000),
    phones: integer('phones', values.phones, 8, 256),
    window: integer('window', values.window, 200, 10_000),
    rate: integer('rate', values.rate, 8_000, 500_000),
    rateSeconds: quick ? 1 : 5,
    kinds: kindsOf(values.only),
    cores: coresOf(values.cores ?? '0,1'),
    kamailioChildren: integer('kamailio-children', values['kamailio-children'], 1, 64),
    limitSeconds: integer('limit', values.limit, 60, 3_600),
    json: values.json ?? false,
    write: values.write ?? false,
    profile: values.profile ?? false,
  };
};
