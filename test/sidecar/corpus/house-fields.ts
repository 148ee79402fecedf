import type { Case } from './case.ts';
import { dropped, forwarded, refused } from './house-verdicts.ts';

/** The header fields that each message has once, and the numbers in them. */
export const fields: readonly Case[] = [
  refused('no-from', '§8.1.1', 'no From', 400),
  refused('no-to', '§8.1.1', 'no To', 400),
  refused('no-call-id', '§8.1.1', 'no Call-ID', 400),
  refused('no-cseq', '§8.1.1', 'no CSeq', 400),
  dropped('no-via', '§8.1.1.7', 'no Via', 'malformed', { why: 'nothing says where an answer should go' }),
  forwarded('no-max-forwards', '§16.6', 'no Max-Forwards'),
  forwarded('no-content-length', '§18.3', 'no Content-Length in a datagram', {
    stream: { messages: 1, fault: 'Missing Content-Length' },
  }),
  refused('two-from', '§7.3.1', 'two From, one of them compact', 400),
  refused('two-to', '§7.3.1', 'two To', 400),
  refused('two-call-id', '§7.3.1', 'two equal Call-IDs', 400),
  refused('two-cseq', '§7.3.1', 'two CSeq', 400),
  refused('two-max-forwards', '§7.3.1', 'two Max-Forwards', 400),
  refused('two-expires', '§7.3.1', 'two Expires', 400, {
    why: 'we and the PBX might each believe another one',
  }),
  refused('two-content-type', '§7.3.1', 'two Content-Types', 400, {
    why: 'messaging.contentTypes is decided by it',
  }),
  forwarded('two-content-length-equal', '§18.3', 'two Content-Lengths that say the same', {
    why: 'nothing is in doubt',
  }),
  refused('from-list', '§7.3.1', 'two addresses in one From', 400),
  refused('from-two-tags', '§7.3.1', 'two tags in From', 400),
  refused('to-two-tags', '§7.3.1', 'two tags in To, one of them in capitals and spaced', 400),
  forwarded('from-no-tag', '§8.1.1.3', 'no tag in From', { why: 'phones of RFC 2543 have none' }),
  refused('call-id-blank', '§25.1', 'a blank within the Call-ID', 400),
  forwarded('call-id-odd', '§25.1', 'every character of a word in the Call-ID'),
  forwarded('cseq-largest', '§8.1.1.5', 'a CSeq of 2**31-1'),
  refused('cseq-too-large', '§8.1.1.5', 'a CSeq of 2**31', 400),
  refused('cseq-32-bits', '§8.1.1.5', 'a CSeq of 2**32', 400),
  forwarded('cseq-zero', '§8.1.1.5', 'a CSeq of 0'),
  forwarded('cseq-zeros', '§25.1', 'leading zeros and a tab in CSeq'),
  refused('cseq-negative', '§8.1.1.5', 'a negative CSeq', 400),
  refused('cseq-no-method', '§20.16', 'no method in CSeq', 400),
  refused('cseq-method-case', '§7.1', 'the method of CSeq in another case', 400),
  refused('max-forwards-zero', '§16.3', 'an INVITE without hops left', 483),
  forwarded('max-forwards-one', '§16.6', 'one hop left'),
  forwarded('max-forwards-largest', '§20.22', 'a Max-Forwards of 255'),
  refused('max-forwards-too-large', '§20.22', 'a Max-Forwards of 256', 400),
  refused('max-forwards-empty', '§20.22', 'a Max-Forwards of nothing', 400),
  refused('max-forwards-word', '§20.22', 'a Max-Forwards that is no number', 400),
  forwarded('content-length-zeros', '§25.1', 'leading zeros in Content-Length'),
  refused('content-length-plus', '§18.3', 'a Content-Length of a sign', 400, {
    stream: { messages: 1, fault: 'Bad Content-Length' },
  }),
  refused('content-length-word', '§18.3', 'a Content-Length of a word', 400, {
    stream: { messages: 1, fault: 'Bad Content-Length' },
  }),
  refused('content-length-hex', '§18.3', 'a Content-Length of hexadecimal digits', 400, {
    stream: { messages: 1, fault: 'Bad Content-Length' },
  }),
  refused('content-length-empty', '§18.3', 'a Content-Length of nothing', 400, {
    stream: { messages: 1, fault: 'Bad Content-Length' },
  }),
  refused('content-length-huge', '§18.3', 'a Content-Length of more than any number', 400, {
    stream: { messages: 1, fault: 'Bad Content-Length' },
  }),
  refused('content-length-two-numbers', '§18.3', 'a Content-Length of two numbers', 400, {
    stream: { messages: 1, fault: 'Bad Content-Length' },
  }),
  refused('content-length-list', '§18.3', 'a Content-Length of a list', 400, {
    stream: { messages: 1, fault: 'Bad Content-Length' },
  }),
  forwarded('past-content-length', '§18.3', 'bytes past Content-Length in a datagram'),
  refused('content-length-short', '§18.3', 'a body one byte short', 400, { stream: { messages: 0 } }),
  forwarded('three-in-a-row', '§18.3', 'three messages in a stream', { stream: { messages: 3 } }),
  refused('proxy-require', '§16.3', 'Proxy-Require on two lines', 420, {
    line: 'Unsupported: foo, bar, baz',
  }),
  forwarded('proxy-require-empty', '§16.3', 'a Proxy-Require of nothing'),
  forwarded('require', '§16.3', 'a Require that we do not know'),
];
