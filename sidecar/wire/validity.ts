import { unsigned } from './grammar.ts';
import { Header } from './header.ts';
import type { SipMessage } from './sip-message.ts';

/** Says what is wrong with a message in words fit for a reason phrase; '' if nothing is. */
type Rule = (message: SipMessage) => string;

/** §20.22 */
const MAX_MAX_FORWARDS = 255;

const rules: readonly Rule[] = [
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

/** §7.3.1: only a field whose value is a list may stand on several lines. Which of them a peer would take is anyone's guess. */
function eachOnceAtMost(message: SipMessage): string {
  if (!message.repeatsAny(SINGLETONS)) return '';
  if (message.repeats(Header.From)) return 'Several From';
  if (message.repeats(Header.To)) return 'Several To';
  if (message.repeats(Header.CallId)) return 'Several Call-ID';
  if (message.repeats(Header.CSeq)) return 'Several CSeq';
  return message.repeats(Header.MaxForwards) ? 'Several Max-Forwards' : '';
}

function topViaIsSane(message: SipMessage): string {
  if (message.topVia() !== undefined) return '';
  return message.has(Header.Via) ? 'Bad Via' : 'Missing Via';
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
  return cseq.method === message.method ? '' : 'CSeq Method Differs';
}

function fromIsSane(message: SipMessage): string {
  // §16.7: a response goes back as it came; whoever needs its From or To reads it and finds out.
  if (message.isRequest ? message.from() !== undefined : message.has(Header.From)) return '';
  return message.has(Header.From) ? 'Bad From' : 'Missing From';
}

function toIsSane(message: SipMessage): string {
  if (message.isRequest ? message.to() !== undefined : message.has(Header.To)) return '';
  return message.has(Header.To) ? 'Bad To' : 'Missing To';
}

function maxForwardsIsSane(message: SipMessage): string {
  const value = message.value(Header.MaxForwards);
  return value === undefined || unsigned(value, MAX_MAX_FORWARDS) !== undefined ? '' : 'Bad Max-Forwards';
}
