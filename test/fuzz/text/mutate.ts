import type { Chance } from '../chance.ts';
import { HEADERS, PIECES, PLACES } from './words.ts';

/** Nothing grows beyond what a peer could send. */
export const LONGEST = 70_000;

type Mutation = (text: string, other: string, chance: Chance) => string;

const spliced = (text: string, from: number, to: number, put: string): string =>
  text.slice(0, from) + put + text.slice(to);

const anyByte = (chance: Chance): string => String.fromCharCode(chance.below(256));

/** A piece of the text, mostly short. */
function piece(text: string, chance: Chance): readonly [from: number, to: number] {
  const from = chance.below(text.length + 1);
  const most = chance.once(8) ? text.length : 1 << (1 + chance.below(6));
  return [from, Math.min(text.length, from + 1 + chance.below(most))];
}

// ---- bytes

const flip: Mutation = (text, _other, chance) => {
  const at = chance.below(text.length);
  const code = text.charCodeAt(at) ^ (1 << chance.below(8));
  return spliced(text, at, at + 1, String.fromCharCode(code & 255));
};
const overwrite: Mutation = (text, _other, chance) => {
  const at = chance.below(text.length);
  return spliced(text, at, at + 1, anyByte(chance));
};
const cut: Mutation = (text, _other, chance) => {
  const [from, to] = piece(text, chance);
  return spliced(text, from, to, '');
};
const double: Mutation = (text, _other, chance) => {
  const [from, to] = piece(text, chance);
  return spliced(text, to, to, text.slice(from, to));
};
const truncate: Mutation = (text, _other, chance) => text.slice(0, chance.below(text.length + 1));

// ---- tokens

const insertPiece: Mutation = (text, _other, chance) => {
  const at = chance.below(text.length + 1);
  return spliced(text, at, at, chance.of(PIECES));
};
const overwritePiece: Mutation = (text, _other, chance) => {
  const [from, to] = piece(text, chance);
  return spliced(text, from, to, chance.of(PIECES));
};
const repeat: Mutation = (text, _other, chance) => {
  const [from, to] = piece(text, chance);
  const times = 1 << (1 + chance.below(chance.once(10) ? 12 : 5));
  return spliced(text, to, to, text.slice(from, to).repeat(times));
};
const SEPARATORS = /[;,:<>"@ =\r\n]+/g;
/** What stands between two separators becomes something else. */
const exchangeToken: Mutation = (text, other, chance) => {
  const stops = [...text.matchAll(SEPARATORS)].map(({ index }) => index);
  if (stops.length < 2) return text;
  const at = chance.below(stops.length - 1);
  const put = chance.once(3) ? other.slice(...piece(other, chance)) : chance.of([...PIECES, ...PLACES]);
  return spliced(text, (stops[at] as number) + 1, stops[at + 1] as number, put);
};
const number: Mutation = (text, _other, chance) => {
  const numbers = [...text.matchAll(/\d+/g)];
  if (numbers.length === 0) return text;
  const { index, 0: digits } = chance.of(numbers);
  const put = chance.of(['0', '1', '-1', '256', '65536', '2147483648', '9'.repeat(30), `${+digits + 1}`, '']);
  return spliced(text, index, index + digits.length, put);
};

// ---- lines

function lineMutation(
  change: (lines: string[], at: number, other: string, chance: Chance) => void,
): Mutation {
  return (text, other, chance) => {
    const end = text.indexOf('\r\n\r\n');
    const head = end < 0 ? text : text.slice(0, end);
    const lines = head.split('\r\n');
    change(lines, chance.below(lines.length), other, chance);
    return lines.join('\r\n') + (end < 0 ? '' : text.slice(end));
  };
}
const dropLine = lineMutation((lines, at) => void lines.splice(at, 1));
const doubleLine = lineMutation((lines, at, _other, chance) => {
  const times = chance.once(12) ? 1 + chance.below(300) : 1;
  lines.splice(at, 0, ...new Array<string>(times).fill(lines[at] as string));
});
const swapLines = lineMutation((lines, at, _other, chance) => {
  const to = chance.below(lines.length);
  [lines[at], lines[to]] = [lines[to] as string, lines[at] as string];
});
const renameLine = lineMutation((lines, at, _other, chance) => {
  const line = lines[at] as string;
  const colon = line.indexOf(':');
  lines[at] = chance.of(HEADERS) + (colon < 0 ? ': ' : line.slice(colon));
});
const takeLine = lineMutation((lines, at, other, chance) => {
  lines.splice(at, chance.below(2), chance.of(other.split('\r\n')));
});
const foldLine = lineMutation((lines, at, _other, chance) => {
  const line = lines[at] as string;
  const to = chance.below(line.length + 1);
  lines[at] = `${line.slice(0, to)}\r\n ${line.slice(to)}`;
});

// ---- splices

const splice: Mutation = (text, other, chance) =>
  text.slice(0, chance.below(text.length + 1)) + other.slice(chance.below(other.length + 1));
const graft: Mutation = (text, other, chance) => {
  const [from, to] = piece(text, chance);
  return spliced(text, from, to, other.slice(...piece(other, chance)));
};

const MUTATIONS: readonly Mutation[] = [
  flip,
  overwrite,
  cut,
  cut,
  double,
  truncate,
  insertPiece,
  insertPiece,
  insertPiece,
  overwritePiece,
  overwritePiece,
  repeat,
  exchangeToken,
  exchangeToken,
  exchangeToken,
  number,
  number,
  dropLine,
  dropLine,
  doubleLine,
  swapLines,
  renameLine,
  renameLine,
  takeLine,
  takeLine,
  foldLine,
  splice,
  graft,
  graft,
];

/** The text with one to a few changes: of bytes, tokens, lines, or with parts of another text. One character is a byte. */
export function mutateText(text: string, other: string, chance: Chance): string {
  let mutated = text;
  for (let count = 1 + chance.few(4); count > 0; count--)
    mutated = chance.of(MUTATIONS)(mutated, other, chance).slice(0, LONGEST);
  return mutated;
}

/** Texts with something taken out of them, the largest pieces first; then with lines simplified. */
export function* smallerTexts(text: string): Iterable<string> {
  for (let size = text.length >> 1; size >= 1; size >>= 1)
    for (let at = 0; at < text.length; at += size) yield spliced(text, at, at + size, '');
  const simple = text.replace(/[^\r\n:;,<>"@ =\\%[\]]/g, 'a');
  if (simple !== text) yield simple;
}
