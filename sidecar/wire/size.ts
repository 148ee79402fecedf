import { LONGEST_VALUE, MOST_VALUES } from './bounds.ts';
import { isSpace } from './grammar.ts';
import { Header, type HeaderId } from './header.ts';
import { valueEnd } from './list.ts';
import type { SipMessage } from './sip-message.ts';

/** Only where the header lines have this many bytes can anything in them be beyond a bound that matters. */
const ROOMY = 4_096;

const SINGLE: readonly HeaderId[] = [
  Header.From,
  Header.To,
  Header.CallId,
  Header.CSeq,
  Header.ContentType,
  Header.ContentEncoding,
];

const LISTS: readonly HeaderId[] = [
  Header.Via,
  Header.Route,
  Header.RecordRoute,
  Header.Contact,
  Header.Path,
  Header.Supported,
  Header.Require,
  Header.ProxyRequire,
];

/** Whether the values that a proxy reads are few and short enough; '' or what is wrong. Nearly every message is too small to ask. */
export function sizeFault(message: SipMessage): string {
  if (message.headersEnd - message.lineStart(0) < ROOMY) return '';
  for (const id of SINGLE) {
    const line = message.firstLine(id);
    if (line >= 0 && message.lineEnd(line) - message.lineStart(line) > LONGEST_VALUE) return TOO_LONG;
  }
  for (const id of LISTS) {
    const fault = listFault(message, id);
    if (fault !== '') return fault;
  }
  return '';
}

const TOO_LONG = 'Value Too Long';

/** Whether a line has nothing but white space at its end for longer than any value may be: looked at no further than that. */
function endsBlank(message: SipMessage, line: number): boolean {
  const end = message.lineEnd(line);
  const least = end - LONGEST_VALUE;
  if (least < message.lineStart(line)) return false;
  let at = end;
  while (at > least && isSpace(message.text.charCodeAt(at - 1))) at--;
  return at === least;
}

/** Whether the first Via may be read at all where something is wrong: not at any price. */
export function isViaShort(message: SipMessage): boolean {
  const line = message.firstLine(Header.Via);
  return line >= 0 && message.lineEnd(line) - message.lineStart(line) <= 2 * LONGEST_VALUE;
}

/** Splits no further than to the first value too many. */
function listFault(message: SipMessage, id: HeaderId): string {
  let [count, around] = [0, 0];
  for (let line = message.firstLine(id); line >= 0; line = message.nextLine(id, line)) {
    if (endsBlank(message, line)) return TOO_LONG;
    const value = message.lineValue(line);
    // White space is a burden too.
    around += message.lineEnd(line) - message.lineStart(line) - value.length;
    if (around > 2 * LONGEST_VALUE) return TOO_LONG;
    for (let at = 0; at < value.length; count++) {
      if (count === MOST_VALUES) return 'Too Many Values';
      const end = valueEnd(value, at);
      if (end - at > LONGEST_VALUE) return TOO_LONG;
      at = end + 1;
    }
  }
  return '';
}
