const GAP = '   ';

/** Text that others sent must not steer the terminal: control characters (C0, DEL, C1) show as `?`. */
export const printable = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');

/** The lines of a table, columns as wide as they need to be. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [head, ...rows.map((row) => row.map(printable))];
  const widths = head.map((_, column) =>
    cells.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** Seconds as people read them: the two largest units, `29m50s`. */
export function renderSeconds(seconds: number): string {
  let left = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    if (left >= size) parts.push(`${Math.floor(left / size)}${unit}`);
    else if (parts.length === 1) break;
    left %= size;
  }
  return parts.slice(0, 2).join('') || '0s';
}

const fieldsOf = (value: unknown, path: string): string[][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, inner]) =>
        fieldsOf(inner, path === '' ? name : `${path}.${name}`),
      )
    : [[path, String(value)]];

/** JSON as lines, one a leaf: its path, and its value. */
export const renderFields = (json: unknown): string[] => renderTable(['FIELD', 'VALUE'], fieldsOf(json, ''));
