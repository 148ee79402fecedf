import type { Kind } from './generator.ts';
import { describeMachine, renderMachine } from './machine.ts';
import { type Bench, measureRound, type Phase } from './measure.ts';
import type { Outcome } from './outcome.ts';
import { ratesToMeasure, summarise } from './summary.ts';
import type { System } from './system.ts';
import { kamailio, tunedKamailio } from './systems/kamailio.ts';
import { midreg } from './systems/midreg.ts';
import { opensips } from './systems/opensips.ts';
import { relay } from './systems/relay.ts';
import { renderTables } from './table.ts';

type Progress = (line: string) => void;

const presentOf = (systems: readonly System[], progress: Progress): System[] =>
  systems.filter((system) => {
    const presence = system.presence();
    if (presence.kind === 'absent') progress(`${system.name} is left out: ${presence.hint}`);
    return presence.kind === 'here';
  });

/** Every system in turn, round after round, so that what else the machine does falls on all alike. */
const measureInTurns = async (
  bench: Bench,
  systems: readonly System[],
  rate: number,
  kinds: readonly Kind[],
  progress: Progress,
): Promise<Phase[]> => {
  const phases: Phase[] = [];
  for (let round = 1; round <= bench.options.rounds; round++) {
    for (const system of systems) {
      const measured = await measureRound(bench, system, round, rate, kinds);
      const figures = measured.map((phase) => `${phase.phase} ${Math.round(phase.perSecond)}/s`);
      const speed = rate === 0 ? 'full speed' : `${rate}/s`;
      progress(`${speed} round ${round} ${system.name}: ${figures.join(', ')}`);
      phases.push(...measured);
    }
  }
  return phases;
};

/** A call is five times a REGISTER's datagrams: a rate that suits the one does not suit the other, unless calls alone are asked for. */
const kindsAtARate = (kinds: readonly Kind[]): readonly Kind[] =>
  kinds.length === 1 ? kinds : kinds.filter((kind) => kind !== 'call');

const measureAll = async (bench: Bench, systems: readonly System[], progress: Progress): Promise<Phase[]> => {
  const { kinds, rate: asked } = bench.options;
  const phases = await measureInTurns(bench, systems, 0, kinds, progress);
  const timed = kindsAtARate(kinds);
  const lines = summarise(phases).filter((line) => timed.includes(line.kind));
  for (const rate of ratesToMeasure(asked, lines))
    phases.push(...(await measureInTurns(bench, systems, rate, timed, progress)));
  return phases;
};

/** All systems that this machine has, side by side. */
export const compare = async (bench: Bench, progress: Progress): Promise<Outcome> => {
  const { options } = bench;
  const systems = presentOf(
    [
      relay,
      kamailio(options.kamailioChildren),
      tunedKamailio(options.kamailioChildren),
      opensips(options.kamailioChildren),
      midreg(),
    ].filter((system) => options.systems.includes(system.name)),
    progress,
  );
  const machine = describeMachine(bench.directory, systems);
  const phases = await measureAll(bench, systems, progress);
  const summary = summarise(phases);
  return {
    part: 'bench',
    text: `${renderMachine(machine, options, systems)}\n\n${renderTables(summary)}`,
    json: { machine, options, summary, phases },
  };
};
