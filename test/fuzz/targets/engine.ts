import type { Chance } from '../chance.ts';
import { DIALOGS } from '../engine/dialogs.ts';
import { play } from '../engine/play.ts';
import { oneStep, sequence } from '../engine/scenes.ts';
import type { Sequence, Step } from '../engine/steps.ts';
import { PEER_NAMES } from '../engine/variants.ts';
import type { Target } from '../target.ts';
import { mutateText, smallerTexts } from '../text/mutate.ts';

const MOST_STEPS = 60;

const isMessage = (step: Step): step is Extract<Step, { do: 'message' }> => step.do === 'message';

function mutateStep(step: Step, others: Sequence, chance: Chance): Step {
  switch (step.do) {
    case 'message': {
      if (chance.once(6)) return { ...step, from: chance.of(PEER_NAMES) };
      const other = others.filter(isMessage);
      return {
        ...step,
        text: mutateText(step.text, other.length === 0 ? step.text : chance.of(other).text, chance),
      };
    }
    case 'answer': {
      if (chance.once(3)) return { ...step, to: chance.below(5) };
      if (chance.once(2)) return { ...step, headers: mutateText(step.headers, step.headers, chance) };
      const edit = {
        at: chance.below(600),
        cut: chance.few(20),
        put: mutateText(';', '\r\n', chance).slice(0, 100),
      };
      return { ...step, edits: [...step.edits, edit].slice(-4) };
    }
    case 'pass':
    case 'jump':
      return { ...step, ms: Math.min(step.ms * 2 ** chance.below(5) + chance.below(50), 1e9) };
    default:
      return oneStep(chance);
  }
}

function mutate(input: Sequence, other: Sequence, chance: Chance): Sequence {
  const steps = [...input];
  for (let count = 1 + chance.few(4); count > 0; count--) {
    const at = chance.below(steps.length + 1);
    const step = steps[at];
    switch (chance.below(7)) {
      case 0:
        steps.splice(at, 1);
        break;
      case 1:
        if (step !== undefined) steps.splice(chance.below(steps.length), 0, step);
        break;
      case 2:
        steps.splice(at, 0, oneStep(chance));
        break;
      case 3:
        steps.splice(at, chance.below(4), ...other.slice(chance.below(other.length)).slice(0, 8));
        break;
      default:
        if (step !== undefined) steps[at] = mutateStep(step, other, chance);
    }
  }
  return steps.slice(0, MOST_STEPS);
}

/** Fewer steps, then shorter texts. */
function* smaller(input: Sequence): Iterable<Sequence> {
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < input.length; at += size) yield input.filter((_, i) => i < at || i >= at + size);
  for (const [at, step] of input.entries()) {
    const becomes = (put: Step): Sequence => input.map((each, i) => (i === at ? put : each));
    if (step.do === 'message') for (const text of smallerTexts(step.text)) yield becomes({ ...step, text });
    if (step.do !== 'answer') continue;
    for (const headers of smallerTexts(step.headers)) yield becomes({ ...step, headers });
    for (const i of step.edits.keys())
      yield becomes({ ...step, edits: step.edits.filter((_, k) => k !== i) });
  }
}

export const engineTarget = (messages: readonly string[]): Target<Sequence> => ({
  name: 'engine',
  weight: 6,
  seeds: [
    ...DIALOGS,
    ...messages.map(
      (text): Sequence => [
        { do: 'message', from: 'udp phone', text },
        { do: 'message', from: 'pbx', text },
      ],
    ),
  ],
  generate: sequence,
  mutate,
  run: play,
  smaller,
  isInput: (value): value is Sequence =>
    Array.isArray(value) && value.every((step) => typeof step === 'object' && step !== null && 'do' in step),
});
