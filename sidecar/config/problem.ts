/** Where in a resource: names of fields and indexes of lists, from the top. */
export type Path = readonly (string | number)[];

/** One mistake in a resource file. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** `spec.listeners[0].port`; '' where it is the file as a whole. */
  readonly path: string;
  /** What stands there, shortened; '' where the file is no YAML. */
  readonly found: string;
  /** What may stand there; '' where the file is no YAML. */
  readonly allowed: string;
  /** The whole as a sentence, without the place. */
  readonly message: string;
}

/** A mistake whose place is still a path; `offset` is of the text. */
export interface Mistake {
  readonly path: Path;
  readonly offset: number;
  readonly found: string;
  readonly allowed: string;
  readonly message: string;
}

const LONGEST = 60;

/** A text in quotes on one line, cut where it is long. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** What a value is, in words that fit after "found". */
export function foundValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return `${quoted(value)} (string)`;
  if (typeof value === 'number') return `${value} (${Number.isInteger(value) ? 'integer' : 'number'})`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a map';
  return `${value} (${typeof value})`;
}

const step = (name: string | number): string => {
  if (typeof name === 'number') return `[${name}]`;
  return /^[A-Za-z_][\w-]{0,62}$/.test(name) ? `.${name}` : `[${quoted(name)}]`;
};

/** A path as people write it. */
export const printPath = (path: Path): string => path.map(step).join('').replace(/^\./, '');

/** One line: `office.yaml:8:62 spec.listeners[0].port: found "abc" (string), allowed an integer from 1 to 65535`. */
export function formatProblem({ file, line, column, path, message }: Problem): string {
  return `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`;
}
