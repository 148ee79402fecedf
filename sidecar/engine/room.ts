import type { Ticket } from '../effect.ts';
import type { Branch, ResponseContext, Target } from '../proxy/context.ts';
import type { Binding } from '../registrar/binding.ts';
import type { RegisterIntent } from '../registrar/intent.ts';
import type { Mirrored } from '../registrar/mirror.ts';
import type { AnswerChanges } from '../registrar/reply.ts';
import type { Flow } from '../wire/flow.ts';
import type { SipMessage } from '../wire/message.ts';
import type { SipUri } from '../wire/uri.ts';

/** What the registrar or the messenger keeps with a request under way. */
export type Room =
  | { readonly kind: 'register'; readonly intent: RegisterIntent }
  | { readonly kind: 'message'; readonly aor: string; readonly gruu: string }
  | { readonly kind: 'call'; readonly aor: string; readonly gruu: string };

/** The last OPTIONS by which one address of the PBX was asked whether it is there. */
export interface Probe {
  readonly hop: string;
  readonly branch: string;
  readonly flow: Flow;
  readonly text: string;
  /** What has come of it is told. */
  isOver: boolean;
}

export type Context = ResponseContext<Room>;
export type Copy = Branch<Room>;

export const newCopy = (context: Context, target: Target): Copy => ({
  context,
  target,
  tx: undefined,
  answer: undefined,
  cancelWanted: false,
  isHeard: false,
  isPassedOver: false,
});

/** What a 2xx has come to: in the store, and for the phone. */
export interface RegisterOutcome {
  readonly mirrored: Mirrored;
  readonly answer: AnswerChanges;
}

/** A change of one AoR's bindings, waiting for what the store holds or for the store to have written it. */
export type AorJob =
  | {
      readonly kind: 'mirror';
      readonly aor: string;
      readonly context: Context;
      readonly response: SipMessage;
      /** The endpoint whose 2xx it is. */
      readonly endpoint: string;
      readonly intent: RegisterIntent;
      /** When the 2xx arrived, in ms: expiries run from then. */
      readonly arrivedAt: number;
      outcome: RegisterOutcome | undefined;
    }
  | { readonly kind: 'drop'; readonly aor: string; readonly binding: Binding; readonly reason: string };

/** What the engine remembers of a question it has asked of the world. */
export type Question =
  | AorJob
  | { readonly kind: 'registrant'; readonly context: Context; readonly aor: string }
  | { readonly kind: 'guess'; readonly context: Context; readonly wait: number }
  | { readonly kind: 'sender'; readonly context: Context }
  | { readonly kind: 'recipient'; readonly context: Context }
  | { readonly kind: 'contact'; readonly context: Context }
  | { readonly kind: 'flows'; readonly context: Context; readonly binding: Binding }
  | {
      readonly kind: 'nextHop';
      readonly context: Context;
      readonly uri: SipUri;
      readonly requestUri: string;
    };

/** The world gives tickets back as it got them. */
export const asQuestion = (ticket: Ticket): Question => ticket as Question;
