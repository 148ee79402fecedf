import type { SidecarConfig } from '../config.ts';
import type { Target } from '../proxy/context.ts';
import { GIVE_UP } from '../transaction/timing.ts';
import type { Context } from './room.ts';

/** How long a phone may be silent about a MESSAGE: half of timer F, so that the sender, who waits that long, still gets an answer (RFC 4320 §4). */
const PHONE_PATIENCE = GIVE_UP / 2;

/** How long a copy of a request waits for an answer, in ms. */
export function patienceOf({ request }: Context, { side }: Target, { upstream }: SidecarConfig): number {
  if (request.method === 'INVITE') return GIVE_UP;
  return side === 'upstream' ? upstream.responseTimeoutMs : PHONE_PATIENCE;
}
