import type { Case } from './case.ts';
import { dropped, forwarded, refused } from './house-verdicts.ts';

/** Header lines: their names, folding, ends and characters. */
export const lines: readonly Case[] = [
  forwarded('compact-forms', '§7.3.3', 'every compact form that is registered'),
  forwarded('compact-case', '§7.3.3', 'compact forms in capitals'),
  forwarded('name-case', '§7.3.1', 'header field names in any case'),
  forwarded('colon-blanks', '§25.1', 'spaces and tabs around the colon'),
  forwarded('fold-tabs', '§7.3.1', 'lines folded with tabs'),
  forwarded('fold-everything', '§7.3.1', 'every line folded behind its colon'),
  forwarded('fold-blank-line', '§7.3.1', 'a folded line of nothing but blanks'),
  refused('fold-first', '§7.3.1', 'a folded line with no line before it', 400),
  forwarded('empty-values', '§7.3.1', 'header fields without a value'),
  forwarded('odd-header-name', '§25.1', 'every character of a token in a header field name'),
  refused('cr-in-value', '§25.1', 'a CR alone within a value', 400, {
    why: 'it ends no line (§7), but not every reader knows that',
  }),
  forwarded('nul-in-value', '§25.1', 'NUL and other controls in an unknown header field', {
    why: 'whoever knows the header field may mind; byte for byte it is the same to us',
  }),
  refused('header-without-colon', '§7.3', 'a line without a colon', 400),
  refused('header-without-name', '§7.3', 'a line without a name', 400),
  refused('header-name-blank', '§7.3', 'a blank within the name', 400),
  forwarded('long-header', '§7.3', 'a value of 8 KiB'),
  forwarded('many-lines', '§7.3', 'two hundred header lines'),
  dropped('too-many-lines', '§7.3', 'three hundred header lines', 'malformed', {
    why: 'no bound is given; ours is 256 lines',
    stream: { messages: 0, fault: 'Too Many Header Lines' },
  }),
  forwarded('lf-only', '§7.5', 'lines that end by LF alone', {
    why: 'some senders do; the lines that we need not touch go on as they are',
  }),
  forwarded('leading-line-ends', '§7.5', 'line ends before the start line'),
  refused('ends-without-empty-line', '§7', 'no empty line after the header fields', 400, {
    stream: { messages: 0 },
  }),
  dropped('ends-within-a-line', '§7', 'an end within a header line', 'malformed', {
    why: 'what the line would have said nobody knows',
    stream: { messages: 0 },
  }),
  forwarded('utf8-everywhere', '§25.1', 'UTF-8 in display names, Subject and body'),
  forwarded('utf8-bare-display', '§25.1', 'UTF-8 in a display name without quotes', {
    why: 'no token has it, but there is no doubt about where the name ends',
  }),
  forwarded('not-utf8', '§25.1', 'bytes that are no UTF-8', { why: 'it passes byte for byte' }),
  forwarded('nested-comments', '§25.1', 'comments within comments, and parentheses within quotes'),
  forwarded('list-many-ways', '§7.3.1', 'values of a list in one line and in many'),
  forwarded('authorization-quotes', '§25.1', 'commas, equals signs and escapes in quoted parameters'),
];
