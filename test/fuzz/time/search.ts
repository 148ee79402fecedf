import type { Chance } from '../chance.ts';
import type { Failure } from '../run.ts';
import type { Target } from '../target.ts';
import { Violation } from '../target.ts';
import { HEADERS, PIECES } from '../text/words.ts';
import { knownShapes } from './known.ts';
import { type Cost, costOf, MOST_TIMES } from './measure.ts';
import { isShape, METHODS_MEASURED, PLACES, type Shape, WAYS } from './shape.ts';

/** The dearest so far, one of each family, that are changed to find dearer ones. */
const BREED = 24;

const ROUGHLY = 3;
const SURELY = 60;

export interface Measured {
  readonly shape: Shape;
  readonly cost: Cost;
}

/** Looks for the shapes that cost the most beside a plain message: among those that are known, then by changing the dearest. */
export class TimeSearch {
  readonly #chance: Chance;
  readonly #known: Shape[];
  #dearest: Measured[] = [];
  executions = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
    this.#known = [...knownShapes()];
  }

  runFor(ms: number, clock: () => number): void {
    const started = clock();
    do this.#measure(this.#next());
    while (clock() - started < ms);
  }

  /** The dearest, measured again with care. */
  worst(): Measured | undefined {
    const [first, ...others] = this.#dearest
      .slice(0, 3)
      .map(({ shape }) => ({ shape, cost: costOf(shape, SURELY) }));
    return others.reduce((worst, each) => (each.cost.times > (worst?.cost.times ?? 0) ? each : worst), first);
  }

  failures(): Failure[] {
    return this.#dearest
      .filter(({ cost }) => cost.times > MOST_TIMES)
      .flatMap(({ shape }) => {
        const fault = faultOf(shape);
        return fault === undefined ? [] : [{ target: 'time', fault, input: shape }];
      });
  }

  #next(): Shape {
    const chance = this.#chance;
    if (this.#known.length > 0 && (this.#dearest.length < BREED || !chance.once(3))) {
      const at = chance.below(this.#known.length);
      const shape = this.#known[at] as Shape;
      this.#known[at] = this.#known[this.#known.length - 1] as Shape;
      this.#known.pop();
      return shape;
    }
    return changed(chance.of(this.#dearest).shape, chance);
  }

  #measure(shape: Shape): void {
    this.executions++;
    const cost = costOf(shape, ROUGHLY);
    const least = this.#dearest[BREED - 1]?.cost.times ?? 0;
    if (cost.times <= least) return;
    // Once more: most of what looks dear was only interrupted.
    const sure = costOf(shape, 4 * ROUGHLY);
    const family = familyOf(shape);
    const rival = this.#dearest.find((each) => familyOf(each.shape) === family);
    if ((rival?.cost.times ?? 0) > sure.times) return;
    this.#dearest = [...this.#dearest.filter((each) => each !== rival), { shape, cost: sure }]
      .sort((a, b) => b.cost.times - a.cost.times)
      .slice(0, BREED);
  }
}

/** Of shapes that are dear for the same reason one is enough. */
const familyOf = ({ way, place }: Shape): string => `${way} ${place}`;

function changed(shape: Shape, chance: Chance): Shape {
  switch (chance.below(6)) {
    case 0:
      return { ...shape, way: chance.of(WAYS) };
    case 1:
      return { ...shape, method: chance.of(METHODS_MEASURED) };
    case 2:
      return { ...shape, place: chance.of(PLACES) };
    case 3:
      return { ...shape, header: chance.of(HEADERS) };
    case 4:
      return {
        ...shape,
        prefix: chance.of(['', '<sip:a@b>', 'sip:', chance.of(PIECES).replace(/[\r\n]/g, '')]),
      };
    default: {
      const unit = `${shape.unit}${chance.of(PIECES)}`.slice(chance.below(3), 40);
      return { ...shape, unit: unit.replace(/\r?\n/g, '') || ',' };
    }
  }
}

function faultOf(shape: Shape): string | undefined {
  // What is too dear is so each time; a machine that is busy with other things may look like it once.
  for (let times = 0; times < 3; times++) {
    const { times: ratio, ms, plainMs } = costOf(shape, SURELY);
    if (ratio <= MOST_TIMES) return undefined;
    if (times === 2)
      return `costs ${ratio.toFixed(1)} times a plain message: ${ms.toFixed(2)} ms, not ${plainMs.toFixed(2)} ms`;
  }
  return undefined;
}

/** For the cases that are kept: a shape is what it costs. */
export const timeTarget: Target<Shape> = {
  name: 'time',
  weight: 0,
  seeds: [],
  generate: (chance) => chance.of([...knownShapes()]),
  mutate: (shape, _other, chance) => changed(shape, chance),
  run: (shape) => {
    const fault = faultOf(shape);
    if (fault !== undefined) throw new Violation(fault);
  },
  smaller: () => [],
  isInput: isShape,
};
