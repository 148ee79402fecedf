import { parseArgs } from 'node:util';
import { KINDS, type Kind } from './generator.ts';
import { SYSTEM_NAMES, type System } from './system.ts';

/** What is measured: systems side by side, or one of the runs that look at midreg alone. */
export type Scenario = 'compare' | 'million' | 'soak' | 'flood' | 'hand-over' | 'profile';

/** What one run of the benchmark is to do. Rates are per second. */
export interface Options {
  readonly scenario: Scenario;
  readonly rounds: number;
  readonly count: number;
  /** Calls of a round: each is some twenty datagrams at the system, where a REGISTER is four. */
  readonly calls: number;
  readonly users: number;
  readonly phones: number;
  readonly window: number;
  readonly rate: number;
  readonly rateSeconds: number;
  readonly soakMinutes: number;
  readonly bindings: number;
  readonly kinds: readonly Kind[];
  readonly systems: readonly System['name'][];
  readonly cores: readonly [number, number];
  readonly kamailioChildren: number;
  readonly limitSeconds: number;
  readonly json: boolean;
  readonly write: boolean;
}

export const USAGE = `npm run bench -- [flags]

Without one of the next flags: REGISTERs mirrored, MESSAGEs delivered and calls carried a second on one core, and the
latency of the first two at a fixed rate, by a Node relay that parses nothing, by Kamailio doing the same mirror, by
OpenSIPS' mid_registrar where OPENSIPS_BIN names its program, and by midreg, in turns in one run on loopback.

  --million              midreg with a million bindings: memory, cost against a thousand, time to start
  --soak MINUTES         midreg at half of its capacity: memory over time, errors, what is left over (30 where empty: --soak '')
  --flood                midreg under ten times its capacity of garbage and strangers: how much of the honest load is served
  --hand-over            what a message costs that goes to another thread and back
  --profile              midreg alone under V8's CPU profiler; says where the profile is

  --only KIND[,KIND]     register, message, call (all)
  --calls                the same as --only call
  --systems NAME[,NAME]  relay, kamailio, kamailio-tuned, opensips, midreg (all that are there)
  --rounds N             rounds at full speed and at each fixed rate, of which the medians count (3)
  --count N              round trips of each kind in a round; a fifth of it for calls (100000)
  --users N              registered addresses of record (20000)
  --phones N             UDP sockets the users share (8)
  --window N             outstanding requests at full speed (200)
  --rate N               the fixed rate at which latency is taken (8000); where a system cannot sustain it,
                         a rate that all can is measured as well
  --bindings N           for --million (1000000)
  --quick                1 round, 20000 round trips, 5000 users, 1 s at each rate; 20000 bindings
  --cores A,B            the core of the system under test and the core of the generator (0,1)
  --kamailio-children N  UDP workers of Kamailio on its one core, and of OpenSIPS (1)
  --limit SECONDS        the most one phase may take (60)
  --json                 print JSON, with every single phase
  --write                put the table into docs/benchmarks.md
  --help
`;

const FLAGS = {
  million: { type: 'boolean' },
  soak: { type: 'string' },
  flood: { type: 'boolean' },
  'hand-over': { type: 'boolean' },
  profile: { type: 'boolean' },
  only: { type: 'string' },
  calls: { type: 'boolean' },
  systems: { type: 'string' },
  rounds: { type: 'string' },
  count: { type: 'string' },
  users: { type: 'string' },
  phones: { type: 'string' },
  window: { type: 'string' },
  rate: { type: 'string' },
  bindings: { type: 'string' },
  cores: { type: 'string' },
  'kamailio-children': { type: 'string' },
  limit: { type: 'string' },
  quick: { type: 'boolean' },
  json: { type: 'boolean' },
  write: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const integer = (flag: string, text: string | undefined, otherwise: number, most: number): number => {
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${flag} ${text}: expected a whole number from 1 to ${most}`);
};

/** Some of `all` by their names in `text`, in the order of `all`; all of them where there is no text. */
const someOf = <T extends string>(
  flag: string,
  text: string | undefined,
  all: readonly T[],
): readonly T[] => {
  if (text === undefined) return all;
  const asked = text.split(',');
  const wrong = asked.find((name) => !all.some((each) => each === name));
  if (wrong !== undefined) throw new Error(`--${flag} ${text}: expected some of ${all.join(', ')}`);
  return all.filter((each) => asked.includes(each));
};

const coresOf = (text: string): readonly [number, number] => {
  const match = /^(\d+),(\d+)$/.exec(text);
  if (match === null || match[1] === match[2])
    throw new Error(`--cores ${text}: expected two different cores, as in 0,1`);
  return [Number(match[1]), Number(match[2])];
};

const scenarioOf = (values: Readonly<Record<string, unknown>>): Scenario => {
  const asked = (['million', 'soak', 'flood', 'hand-over', 'profile'] as const).filter(
    (name) => values[name] !== undefined,
  );
  if (asked.length > 1)
    throw new Error(`--${asked.join(' and --')}: one at a time, each wants the core to itself`);
  return asked[0] ?? 'compare';
};

/** Reads the command line; 'help' where help was asked for. Throws an Error whose message names the wrong flag. */
export const readOptions = (args: readonly string[]): Options | 'help' => {
  const { values } = parseArgs({ args: [...args], options: FLAGS, allowPositionals: false });
  if (values.help) return 'help';
  const quick = values.quick ?? false;
  const count = integer('count', values.count, quick ? 20_000 : 100_000, 10_000_000);
  return {
    scenario: scenarioOf(values),
    rounds: integer('rounds', values.rounds, quick ? 1 : 3, 50),
    count,
    calls: Math.ceil(count / 5),
    users: integer('users', values.users, quick ? 5_000 : 20_000, 100_000),
    phones: integer('phones', values.phones, 8, 256),
    window: integer('window', values.window, 200, 10_000),
    rate: integer('rate', values.rate, 8_000, 500_000),
    rateSeconds: quick ? 1 : 5,
    soakMinutes: integer('soak', values.soak, 30, 24 * 60),
    bindings: integer('bindings', values.bindings, quick ? 20_000 : 1_000_000, 1_000_000),
    kinds: someOf('only', values.calls ? 'call' : values.only, KINDS),
    systems: someOf('systems', values.systems, SYSTEM_NAMES),
    cores: coresOf(values.cores ?? '0,1'),
    kamailioChildren: integer('kamailio-children', values['kamailio-children'], 1, 64),
    limitSeconds: integer('limit', values.limit, 60, 3_600),
    json: values.json ?? false,
    write: values.write ?? false,
  };
};
