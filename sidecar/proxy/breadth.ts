import { unsigned } from '../wire/grammar.ts';
import { Header } from '../wire/header.ts';
import type { SipMessage } from '../wire/message.ts';

/** RFC 5393 §5.3.3: how many copies at once may come of a request that does not say, and of one that says more. */
const MOST = 60;

/** How many copies of a request may be under way at once, all those that others make of them included. */
export const breadthOf = (request: SipMessage): number =>
  Math.min(unsigned(request.value(Header.MaxBreadth) ?? '', 2 ** 31 - 1) ?? MOST, MOST);
