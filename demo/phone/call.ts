/** An established call, seen from one of its ends. */
export interface Call {
  callId: string;
  /** The other end's address of record. */
  peer: string;
  /** Ends the call; the answer is that of the other end to our BYE. */
  hangup(): Promise<{ code: number; reason: string }>;
  /** Resolves when the call is over, with the end that hung up. */
  ended: Promise<'local' | 'remote'>;
}

export type CallOutcome =
  | { kind: 'answered'; call: Call }
  | { kind: 'refused'; code: number; reason: string };

/** What a phone tells of a call that came in. `confirmed` means that the caller's ACK has come. */
export interface IncomingCallEvent {
  state: 'ringing' | 'confirmed' | 'cancelled' | 'ended';
  callId: string;
  peer: string;
  /** There from `confirmed` on. */
  call?: Call;
}

export interface CallOptions {
  /** Gives the call up (CANCEL) once aborted and the other end rings. */
  signal?: AbortSignal;
  onRinging?: () => void;
}
