/** One line of the journal: an AoR and the text that its bindings make; '' where it has left. */
export interface JournalLine {
  readonly aor: string;
  readonly text: string;
}

/** The line, with its line feed: the AoR as a JSON string, which holds no line feed either, a space, the text. */
export const lineOf = ({ aor, text }: JournalLine): string => `${JSON.stringify(aor)} ${text}\n`;

/** What `lineOf` has made, without its line feed; undefined for any other text. */
export function readLine(line: string): JournalLine | undefined {
  const end = quoteEnd(line);
  if (end < 0 || line.charAt(end) !== ' ') return undefined;
  const quoted = line.slice(0, end);
  const aor: unknown = quoted.includes('\\') ? parsed(quoted) : quoted.slice(1, -1);
  return typeof aor === 'string' ? { aor, text: line.slice(end + 1) } : undefined;
}

function parsed(quoted: string): unknown {
  try {
    return JSON.parse(quoted);
  } catch {
    return undefined;
  }
}

/** Index after the string that a line starts with; -1 where it starts with none. */
function quoteEnd(line: string): number {
  if (!line.startsWith('"')) return -1;
  let end = line.indexOf('"', 1);
  while (end > 0 && isEscaped(line, end)) end = line.indexOf('"', end + 1);
  return end < 0 ? -1 : end + 1;
}

function isEscaped(line: string, at: number): boolean {
  let start = at;
  while (line.charAt(start - 1) === '\\') start--;
  return (at - start) % 2 === 1;
}
