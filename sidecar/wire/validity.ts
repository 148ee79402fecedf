import { unsigned } from './grammar.ts';
import { Header } from './header.ts';
import { hasEmptyValue } from './list.ts';
import { hasEmptyParam, hasOpenQuote, repeatsParam } from './param.ts';
import type { SipMessage } from './sip-message.ts';
import { sizeFault } from './size.ts';
import type { NameAddr, Via } from './value.ts';

/** Says what is wrong with a message in words fit for a reason phrase; '' if nothing is. */
type Rule = (message: SipMessage) => string;

/** The fault of a request whose CSeq names another method. */
export const OTHER_METHOD = 'CSeq Method Differs';

/** §20.22 */
const MAX_MAX_FORWARDS = 255;

const rules: readonly Rule[] = [
  sizeFault,
  eachOnceAtMost,
  topViaIsSane,
  callIdIsSane,
  cseqFits,
  fromIsSane,
  toIsSane,
  maxForwardsIsSane,
];

/** Whether the mandatory headers are there, once, and can be read (§8.1.1, §16.3 step 1); '' or what is wrong. */
export function headerFault(message: SipMessage): string {
  for (const rule of rules) {
    const fault = rule(message);
    if (fault !== '') return fault;
  }
  return '';
}

const SINGLETONS =
  (1 << Header.From) |
  (1 << Header.To) |
  (1 << Header.CallId) |
  (1 << Header.CSeq) |
  (1 << Header.MaxForwards);

/** In requests also those that we decide by: another reader might take the other line. */
const REQUEST_SINGLETONS = SINGLETONS | (1 << Header.Expires) | (1 << Header.ContentType);

/** §7.3.1: only a field whose value is a list may stand on several lines. Which of them a peer would take is anyone's guess. */
function eachOnceAtMost(message: SipMessage): string {
  if (!message.repeatsAny(message.isRequest ? REQUEST_SINGLETONS : SINGLETONS)) return '';
  if (message.repeats(Header.From)) return 'Several From';
  if (message.repeats(Header.To)) return 'Several To';
  if (message.repeats(Header.CallId)) return 'Several Call-ID';
  if (message.repeats(Header.CSeq)) return 'Several CSeq';
  if (message.repeats(Header.MaxForwards)) return 'Several Max-Forwards';
  return message.repeats(Header.Expires) ? 'Several Expires' : 'Several Content-Type';
}

function topViaIsSane(message: SipMessage): string {
  const via = message.topVia();
  if (via === undefined) return message.has(Header.Via) ? 'Bad Via' : 'Missing Via';
  // A response's top Via is our own.
  return !message.isRequest || isPlain(via) || isWhole(via, message) ? '' : 'Bad Via';
}

/** The parameters that nearly every Via has: a branch, and rport behind it or nothing. */
function isPlain({ params, branch, isLast }: Via): boolean {
  if (!isLast || branch === '' || !params.startsWith(';branch=') || params.includes('"')) return false;
  const next = params.indexOf(';', 8);
  return next < 0 || (next === params.length - 6 && params.endsWith(';rport'));
}

/** §25.1: no parameter or value is empty, and each quote is closed, or what we add would be within it; §7.3.1: no parameter stands there twice, least of all the branch. */
function isWhole({ params, end, isLast }: Via, message: SipMessage): boolean {
  if (hasEmptyParam(params) || hasOpenQuote(params) || repeatsParam(params, 'branch')) return false;
  return isLast || !hasEmptyValue(message.value(Header.Via) ?? '', end);
}

function callIdIsSane(message: SipMessage): string {
  const callId = message.callId();
  if (callId === '') return message.has(Header.CallId) ? 'Bad Call-ID' : 'Missing Call-ID';
  return callId.includes(' ') || callId.includes('\t') ? 'Bad Call-ID' : '';
}

function cseqFits(message: SipMessage): string {
  const cseq = message.cseq();
  if (cseq === undefined) return message.has(Header.CSeq) ? 'Bad CSeq' : 'Missing CSeq';
  // §8.1.1.5: the method must be that of the request.
  return cseq.method === message.method ? '' : OTHER_METHOD;
}

function fromIsSane(message: SipMessage): string {
  // §16.7: a response goes back as it came; whoever needs its From or To reads it and finds out.
  if (message.isRequest ? isSane(message.from()) : message.has(Header.From)) return '';
  return message.has(Header.From) ? 'Bad From' : 'Missing From';
}

function toIsSane(message: SipMessage): string {
  if (message.isRequest ? isSane(message.to()) : message.has(Header.To)) return '';
  return message.has(Header.To) ? 'Bad To' : 'Missing To';
}

/** §19.3: the tag says which dialog it is, so there can't be two. */
const isSane = (address: NameAddr | undefined): boolean =>
  address !== undefined && !repeatsParam(address.params, 'tag');

function maxForwardsIsSane(message: SipMessage): string {
  const value = message.value(Header.MaxForwards);
  return value === undefined || unsigned(value, MAX_MAX_FORWARDS) !== undefined ? '' : 'Bad Max-Forwards';
}
