import type { Case } from './case.ts';
import { absorbed, dropped, returned } from './house-verdicts.ts';

/** Responses. */
export const responses: readonly Case[] = [
  returned('reason-utf8', '§25.1', 'UTF-8 and escapes in the reason phrase'),
  returned('reason-none', '§7.2', 'no reason phrase and no space before it', {
    why: 'RFC 4475 §3.1.1.13: a liberal receiver takes it',
  }),
  returned('response-lower-case', '§7.2', 'a version in lower case', { why: '§7.1: it is sent in capitals' }),
  returned('response-via-list', '§16.7', 'the Vias behind ours in one line'),
  returned('response-fold', '§7.3.1', 'folded lines and compact forms'),
  returned('response-bad-from', '§16.7', 'a From that can not be read', {
    why: "a response goes back as it came; its From is its sender's to read",
  }),
  returned('response-largest', '§7.2', 'the status 699'),
  dropped('status-700', '§7.2', 'the status 700', 'malformed'),
  dropped('status-099', '§7.2', 'the status 099', 'malformed'),
  dropped('status-99', '§7.2', 'the status 99', 'malformed'),
  dropped('status-2000', '§7.2', 'the status 2000', 'malformed'),
  dropped('status-word', '§7.2', 'the status OK', 'malformed'),
  dropped('response-3-0', '§7.2', 'another version', 'malformed'),
  dropped('response-short-body', '§18.3', 'a body shorter than Content-Length', 'malformed', {
    stream: { messages: 0 },
  }),
  returned('response-past-length', '§18.3', 'bytes past Content-Length'),
  dropped('response-no-from', '§8.1.1', 'no From', 'malformed'),
  dropped('response-no-to', '§8.1.1', 'no To', 'malformed'),
  dropped('response-no-call-id', '§8.1.1', 'no Call-ID', 'malformed'),
  dropped('response-no-cseq', '§8.1.1', 'no CSeq', 'malformed'),
  dropped('response-two-cseq', '§7.3.1', 'two CSeq', 'malformed'),
  absorbed('response-trying', '§16.7', 'a 100 with a body'),
];
