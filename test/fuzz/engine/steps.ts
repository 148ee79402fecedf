import type { RememberOutcome, SendFailure } from '../../../sidecar/effect.ts';

/** Peers of the engine in these runs, by name: phones, the PBX by several ways, and strangers. */
export type Peer =
  | 'udp phone'
  | 'other udp phone'
  | 'tcp phone'
  | 'ws phone'
  | 'ip6 phone'
  | 'pbx'
  | 'pbx stream'
  | 'pbx other port'
  | 'pbx source'
  | 'stranger'
  | 'tls stranger';

/** Something in a text becomes something else. */
export interface Edit {
  readonly at: number;
  readonly cut: number;
  readonly put: string;
}

/**
 * One thing that happens to the engine. Texts have places (`text/places.ts`) for what the engine has given away by then;
 * numbers that choose one of several (`to`, `which`, `of`) count back from the newest and wrap around.
 */
export type Step =
  | { readonly do: 'message'; readonly from: Peer; readonly text: string }
  | {
      /** The peer answers a request that it was sent; `headers` are lines, each with its CRLF. */
      readonly do: 'answer';
      readonly to: number;
      readonly status: number;
      readonly headers: string;
      readonly body: string;
      readonly edits: readonly Edit[];
    }
  /** Time passes, with a tick whenever the engine asks for one; or all at once, with one tick at its end. */
  | { readonly do: 'pass' | 'jump'; readonly ms: number }
  | { readonly do: 'fail'; readonly of: number; readonly reason: SendFailure }
  | { readonly do: 'close'; readonly which: number }
  /** What is asked from now on is answered only when it is released. */
  | { readonly do: 'hold'; readonly isOn: boolean }
  | {
      readonly do: 'release';
      readonly which: number;
      readonly twice: boolean;
      readonly outcome: RememberOutcome;
    }
  | { readonly do: 'configure'; readonly variant: number }
  /** The names of the PBX lead where they should from now on, or nowhere. */
  | { readonly do: 'upstream'; readonly isThere: boolean }
  | { readonly do: 'probe'; readonly hop: number; readonly isRepeat: boolean }
  | { readonly do: 'probe failed'; readonly hop: number; readonly isDown: boolean };

export type Sequence = readonly Step[];
