import { type Refusal, withoutWarning } from '../proxy/refusal.ts';
import { composeResponse } from '../wire/compose.ts';
import type { Context } from './room.ts';

/** An answer of our own (§8.2.6) as text: without its explanation where `fits` says that it would be more than is due to whom it goes to. */
export function answerText(
  { request, topVia }: Context,
  { status, reason, extra }: Refusal,
  toTag: string,
  fits: (bytes: number) => boolean,
): string {
  const full = composeResponse(request, status, reason, toTag, extra, topVia);
  return fits(full.length)
    ? full
    : composeResponse(request, status, reason, toTag, withoutWarning(extra), topVia);
}
