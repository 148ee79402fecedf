import type { Transport } from '../wire/flow.ts';

// RFC 3261 §17.1.1.1 and its table 4: all in milliseconds.
export const T1 = 500;
export const T2 = 4_000;
export const T4 = 5_000;
/** Timers B, F, H, J, L and M. */
export const GIVE_UP = 64 * T1;
/** RFC 4320 §4.1: when timer E of a peer that hears nothing has come to T2. */
export const TRYING_AFTER = T1 + 2 * T1 + 4 * T1;
/** Timer D over UDP: "greater than 32 s". */
export const TIMER_D = 32_000;
/** §16.6 step 11: "larger than 3 minutes". */
export const TIMER_C = 181_000;

/** A reliable hop cannot lose what was sent, so there is nothing to send again nor to absorb (§17.1.1.2, §17.1.2.2, §17.2.1, §17.2.2). */
export const isReliable = (transport: Transport): boolean => transport !== 'UDP';

/** Timers D and K and I and J linger only where a repetition can still come. */
export const lingers = (transport: Transport, over: number): number => (isReliable(transport) ? 0 : over);
