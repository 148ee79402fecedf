import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { stopAll } from '../bench/child.ts';
import { compileGenerator, KINDS } from '../bench/generator.ts';
import { type Bench, measureRound } from '../bench/measure.ts';
import { readOptions } from '../bench/options.ts';
import { summarise } from '../bench/summary.ts';
import type { System } from '../bench/system.ts';
import { kamailio } from '../bench/systems/kamailio.ts';
import { midreg } from '../bench/systems/midreg.ts';
import { relay } from '../bench/systems/relay.ts';
import { findCommand } from '../support/peers/availability.ts';
import { fileStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';

const file = fileStage();
const TRIPS = 500;
const USERS = 100;

withPeers(['kamailio']);
beforeEach((context) => {
  if (findCommand('cc') === undefined)
    context.skip('a C compiler: on Debian, as root: apt-get install gcc libc6-dev');
});
afterAll(stopAll);

/** What the benchmark does in one round, but with a small load. */
const bench = (): Bench => {
  const options = readOptions(['--count', String(TRIPS), '--users', String(USERS), '--window', '50']);
  if (options === 'help') throw new Error('asked for help');
  const directory = file.directory('load');
  return { options, program: compileGenerator(directory), directory };
};

describe('the load of the benchmark', () => {
  it.for<System>([relay, kamailio(1), midreg()])(
    'passes $name without an error, call for call',
    async (system) => {
      const phases = await measureRound(bench(), system, 1, 0, KINDS);
      expect(phases.map(({ ok }) => ok)).toEqual([TRIPS, TRIPS, TRIPS / 5]);
      for (const line of summarise(phases)) {
        expect(line).toMatchObject({ errors: 0, lost: 0 });
        expect(line.cpuMicros).toBeGreaterThan(0);
      }
    },
  );
});
