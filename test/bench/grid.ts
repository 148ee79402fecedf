/** One column of a table over `Row`s. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
}

const align = (cells: readonly string[], widths: readonly number[]): string =>
  `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;

/** A Markdown table, readable as it stands: the first column to the left, figures to the right. */
export const grid = <Row>(columns: readonly Column<Row>[], lines: readonly Row[]): string => {
  const rows = [
    columns.map((column) => column.head),
    ...lines.map((line) => columns.map((column) => column.cell(line))),
  ];
  const widths = columns.map((_, i) => Math.max(3, ...rows.map((row) => row[i]!.length)));
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [
    align(rows[0]!, widths),
    align(rule, widths),
    ...rows.slice(1).map((row) => align(row, widths)),
  ].join('\n');
};

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
export const millis = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));
export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** A figure of a run that looks at midreg alone, and what it is to be. */
export interface Finding {
  readonly what: string;
  readonly figure: string;
  readonly aim: string;
}

const FINDINGS: readonly Column<Finding>[] = [
  { head: 'what', cell: (finding) => finding.what },
  { head: 'figure', cell: (finding) => finding.figure },
  { head: 'aim', cell: (finding) => finding.aim },
];

export const findingsTable = (findings: readonly Finding[]): string => grid(FINDINGS, findings);
