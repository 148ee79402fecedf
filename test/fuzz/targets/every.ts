import { DIALOGS } from '../engine/dialogs.ts';
import type { AnyTarget } from '../target.ts';
import { corpus } from '../text/seeds.ts';
import { configTarget } from './config.ts';
import { dnsTarget } from './dns.ts';
import { engineTarget } from './engine.ts';
import { framesTarget } from './frames.ts';
import { framingTarget } from './framing.ts';
import { journalTarget } from './journal.ts';
import { parserTarget } from './parser.ts';
import { stunTarget } from './stun.ts';
import { tokenTarget } from './token.ts';

/** Everything that is fuzzed, with its seeds. */
export function allTargets(): readonly AnyTarget[] {
  const messages = [...corpus(), ...messagesOf(DIALOGS)];
  return [
    parserTarget(messages),
    framingTarget(messages),
    framesTarget(),
    engineTarget(corpus()),
    stunTarget(),
    dnsTarget(),
    tokenTarget(),
    journalTarget(),
    configTarget(),
  ];
}

const messagesOf = (sequences: typeof DIALOGS): string[] =>
  sequences.flatMap((sequence) => sequence.flatMap((step) => (step.do === 'message' ? [step.text] : [])));
