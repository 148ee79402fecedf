import type { SidecarConfig } from '../config.ts';
import type { Millis } from '../effect.ts';
import type { Target } from '../proxy/context.ts';
import { GIVE_UP } from '../transaction/timing.ts';
import type { Context } from './room.ts';

/** How long a phone may be silent about a MESSAGE: half of timer F, so that the sender, who waits that long, still gets an answer (RFC 4320 §4). */
const PHONE_PATIENCE = GIVE_UP / 2;

/** How long a copy of a request waits for an answer, in ms. The phone's request as a whole has its time, however many hops are tried. */
export function patienceOf(
  { request, receivedAt }: Context,
  { side }: Target,
  { upstream }: SidecarConfig,
  now: Millis,
): number {
  if (request.method === 'INVITE') return GIVE_UP;
  return side === 'upstream' ? receivedAt + upstream.responseTimeoutMs - now : PHONE_PATIENCE;
}

/** When the next hop is to be tried if there is no answer of any kind: never where there is none, or no time for it. */
export function impatientAt(
  { laterHops }: Target,
  deadline: Millis,
  { upstream }: SidecarConfig,
  now: Millis,
): Millis {
  const at = now + upstream.failoverMs;
  return laterHops !== undefined && laterHops.length > 0 && at < deadline ? at : Number.POSITIVE_INFINITY;
}
