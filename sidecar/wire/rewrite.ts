import type { HeaderId } from './header.ts';
import type { SipMessage } from './sip-message.ts';

/** What one header line becomes: the new line or lines, each with its CRLF, or '' to remove it. */
export interface LineEdit {
  readonly line: number;
  readonly text: string;
}

/** Adds an edit where it belongs: edits are in ascending order of lines. They are few, and mostly come in order. */
export function addEdit(edits: LineEdit[], edit: LineEdit): void {
  let at = edits.length;
  edits.push(edit);
  for (; at > 0 && edits[at - 1]!.line > edit.line; at--) edits[at] = edits[at - 1]!;
  edits[at] = edit;
}

/** Takes every line of a field away. */
export function removeField(message: SipMessage, id: HeaderId, edits: LineEdit[]): void {
  for (let line = message.firstLine(id); line >= 0; line = message.nextLine(id, line))
    addEdit(edits, { line, text: '' });
}

/**
 * The text of a message as it goes on: another start line (without CRLF; undefined = as received), `top` lines before the first
 * header line (each with CRLF), each edit in the place of its line, all else byte for byte.
 * Edits are in ascending order of lines, one a line; anything else is our bug and throws.
 */
export function rewrite(
  message: SipMessage,
  startLine: string | undefined,
  top: string,
  edits: readonly LineEdit[],
): string {
  const { text } = message;
  let copied = message.lineStart(0);
  let out = startLine === undefined ? text.slice(0, copied) : `${startLine}\r\n`;
  if (top !== '') out += top;
  let last = -1;
  for (let i = 0; i < edits.length; i++) {
    const edit = edits[i]!;
    if (edit.line <= last || edit.line >= message.lineCount)
      throw new RangeError(`edit of line ${edit.line} out of order`);
    last = edit.line;
    const start = message.lineStart(last);
    if (start > copied) out += text.slice(copied, start);
    out += edit.text;
    copied = message.lineEnd(last);
  }
  return out + text.slice(copied);
}

/**
 * The edit that takes the first value off a line whose value is a list, as §16.7 step 3 does with Via and §16.4 with Route.
 * `end` is the index in the line's value after its first value (`Via.end`, `valueEnd`).
 */
export function withoutFirstValue(message: SipMessage, line: number, end: number): LineEdit {
  const rest = message
    .lineValue(line)
    .slice(end + 1)
    .trimStart();
  return { line, text: rest === '' ? '' : `${message.lineName(line)}: ${rest}\r\n` };
}
