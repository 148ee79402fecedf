import type { Binding } from './registrar/binding.ts';
import type { Destination, Site } from './wire/destination.ts';
import type { Flow } from './wire/flow.ts';

/** Milliseconds since the epoch, from a clock that never runs backwards while the process lives. */
export type Millis = number;

/**
 * What the engine is told. Everything that happens in the world reaches it as one of these, with the time.
 * `ticket` gives back what the engine handed out in the effect that this input answers.
 */
export type Input =
  | { readonly kind: 'message'; readonly flow: Flow; readonly text: string }
  | { readonly kind: 'tick' }
  | { readonly kind: 'found'; readonly ticket: Ticket; readonly bindings: readonly Binding[] }
  | { readonly kind: 'remembered'; readonly ticket: Ticket; readonly outcome: RememberOutcome }
  | { readonly kind: 'resolved'; readonly ticket: Ticket; readonly sites: readonly Site[] }
  | {
      readonly kind: 'sendFailed';
      readonly ref: string;
      readonly flow: Flow;
      readonly reason: SendFailure;
      /** What kept a connection from coming about, in words, where that is known. */
      readonly why?: string | undefined;
    }
  | { readonly kind: 'flowClosed'; readonly connection: number }
  | { readonly kind: 'upstreamResolved'; readonly endpoint: string; readonly sites: readonly Site[] }
  | { readonly kind: 'probe'; readonly hop: string; readonly isRepeat: boolean }
  | { readonly kind: 'probeFailed'; readonly hop: string; readonly isDown: boolean };

/** `refused`: nobody listens there (for a stream: connection refused or timed out); `gone`: the very connection is closed; `busy`: its queue is full. */
export type SendFailure = 'refused' | 'gone' | 'busy' | 'tooLarge';

/** `full`: the store's bound is reached, nothing was changed; `failed`: the disk refused the write, memory holds the change. */
export type RememberOutcome = 'ok' | 'full' | 'failed';

/** What the engine keeps of a question until its answer comes; opaque to the world. */
export interface Ticket {
  readonly kind: string;
}

/**
 * What the engine asks of the world. The performer has one doer for each kind, so a forgotten kind does not compile.
 *
 * `send` carries latin1 text over a flow; `ref` ('' for none) comes back in `sendFailed` if it could not leave.
 * `lookup` is answered by `found`, `remember` by `remembered` once the AoR's whole new set is durable,
 * `resolve` (where a destination leads: RFC 3263) by `resolved`. `probed` tells what a `probe` has found out: at once
 * where it could not be sent, else when the PBX answers. `suspected`: a request has failed there, so it is to be probed soon.
 * Hops go by their names. `note` is one log line.
 */
export type Effect =
  | { readonly kind: 'send'; readonly flow: Flow; readonly text: string; readonly ref: string }
  | { readonly kind: 'lookup'; readonly by: 'aor' | 'token'; readonly key: string; readonly ticket: Ticket }
  | {
      readonly kind: 'remember';
      readonly aor: string;
      readonly bindings: readonly Binding[];
      readonly ticket: Ticket | undefined;
    }
  | { readonly kind: 'resolve'; readonly destination: Destination; readonly ticket: Ticket }
  | { readonly kind: 'probed'; readonly hop: string; readonly isUp: boolean; readonly reason: string }
  | { readonly kind: 'suspected'; readonly hop: string }
  | { readonly kind: 'note'; readonly note: Note };

/** One event worth a log line: a constant `event` name and fields; never a password, never a body. */
export interface Note {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly aor?: string;
  readonly callId?: string;
  readonly method?: string;
  readonly status?: number;
  readonly upstream?: string;
  readonly source?: string;
  readonly reason?: string;
  readonly contact?: string;
  readonly expiresInSeconds?: number;
}
