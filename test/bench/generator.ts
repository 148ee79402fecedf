import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Child, startPinned } from './child.ts';

export const KINDS = ['register', 'message', 'call'] as const;
export type Kind = (typeof KINDS)[number];

/** What the generator says of one phase; times in milliseconds unless named otherwise. */
export interface PhaseReport {
  readonly phase: Kind;
  readonly asked: number;
  readonly sent: number;
  readonly answered: number;
  /** Answered 2xx. */
  readonly ok: number;
  readonly lost: number;
  /** Requests the generator's clients repeated because no answer came within T1. */
  readonly retransmitted: number;
  /** Requests seen at their far end, each counted once; `repeated` counts further copies. */
  readonly reached: number;
  readonly repeated: number;
  /** Requests of this phase that the PBX got: all REGISTERs and INVITEs, and MESSAGEs that were not delivered but passed on. */
  readonly atPbx: number;
  /** MESSAGEs and parts of calls that came out where they do not belong. */
  readonly misrouted: number;
  /** 2xx to REGISTER whose Contact was not the phone's own. */
  readonly wrongContact: number;
  /** Dialogs without any Route: the system has not put itself into the call. */
  readonly unrouted: number;
  /** Calls of which a 200 was never acknowledged. */
  readonly unacknowledged: number;
  /** REGISTERs of the flood that the PBX got. */
  readonly strangersAtPbx: number;
  /** Datagrams of the flood that were sent beside. */
  readonly flooded: number;
  readonly late: number;
  readonly garbage: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  readonly generatorCpuSeconds: number;
  readonly codes: Readonly<Record<string, number>>;
}

/** One phase to run: `rate` a second, or 0 for as fast as `window` outstanding requests allow. */
export interface Load {
  readonly kind: Kind;
  readonly count: number;
  readonly rate: number;
  readonly window: number;
  readonly limitSeconds: number;
}

export interface Generator {
  /** The UDP port of its PBX on 127.0.0.1: the upstream of the proxy under test. */
  readonly pbxPort: number;
  target(port: number): void;
  /** Datagrams of garbage and of strangers a second beside the phases to come. */
  flood(perSecond: number): void;
  run(load: Load): Promise<PhaseReport>;
  stop(): Promise<void>;
}

const SOURCES = join(import.meta.dirname, 'load');

/** Compiles the generator into `cache` unless this very source already was; gives the program's path. */
export const compileGenerator = (cache: string): string => {
  const hash = createHash('sha256');
  for (const name of readdirSync(SOURCES).sort()) hash.update(readFileSync(join(SOURCES, name)));
  const program = join(cache, `sipload-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const fresh = `${program}.${process.pid}`;
  try {
    execFileSync('cc', ['-O2', '-o', fresh, join(SOURCES, 'sipload.c')], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(
      'the load generator is C and there is no C compiler `cc` (Debian: apt-get install gcc libc6-dev)',
    );
  }
  renameSync(fresh, program);
  return program;
};

/** Starts the generator on a core; it binds free ports of 127.0.0.1 and ends with us in any case. */
export const startGenerator = async (
  program: string,
  core: number,
  log: string,
  options: { users: number; phones: number; lifetimeSeconds: number; spread?: boolean },
): Promise<Generator> => {
  const { users, phones, lifetimeSeconds, spread = false } = options;
  const flags = ['--users', users, '--phones', phones, '--lifetime', Math.ceil(lifetimeSeconds)]
    .concat('--spread', Number(spread))
    .map(String);
  const child = startPinned(core, [program, ...flags], log, { pipe: true });
  const lines = createInterface({ input: child.process.stdout! })[Symbol.asyncIterator]();
  const answer = async <T>(): Promise<T> => {
    const line = await lines.next();
    if (line.done) throw new Error(`the load generator ended early; see ${log}`);
    return JSON.parse(line.value) as T;
  };
  const tell = (line: string): void => void child.process.stdin!.write(`${line}\n`);
  const { pbx } = await answer<{ pbx: number }>();
  return {
    pbxPort: pbx,
    target: (port) => tell(`target ${port}`),
    flood: (perSecond) => tell(`flood ${Math.round(perSecond)}`),
    run: (load) => {
      tell([load.kind, load.count, load.rate, load.window, load.limitSeconds].join(' '));
      return answer<PhaseReport>();
    },
    stop: () => endOf(child),
  };
};

const endOf = async (child: Child): Promise<void> => {
  child.process.stdin!.end();
  await child.stop();
};
