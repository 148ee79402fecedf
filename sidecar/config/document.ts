import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
} from 'yaml';
import type { Mistake, Path } from './problem.ts';

/** A resource is one screen; what is larger is something else, or an attack. */
const MAX_LENGTH = 1 << 20;
const MAX_DEPTH = 40;
const MAX_NODES = 20_000;

export interface LinePosition {
  readonly line: number;
  readonly column: number;
}

/** A YAML file that holds one document, as plain data that knows where each part stands. */
export interface ResourceDocument {
  readonly value: unknown;
  /** The offset of a field's name, or of an item of a list. */
  readonly nameAt: (path: Path) => number;
  /** The offset of a value; of the nearest part around it where there is none. */
  readonly valueAt: (path: Path) => number;
}

export interface ReadText {
  readonly document: ResourceDocument | undefined;
  readonly mistakes: readonly Mistake[];
  readonly position: (offset: number) => LinePosition;
}

const whole = (message: string, offset = 0): Mistake => ({
  path: [],
  offset,
  found: '',
  allowed: '',
  message,
});

/** Reads YAML 1.2; never throws. Where there is no document there is at least one mistake. */
export function readText(text: string): ReadText {
  const lines = new LineCounter();
  const position = (offset: number): LinePosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const fail = (mistakes: readonly Mistake[]): ReadText => ({ document: undefined, mistakes, position });
  if (text.length > MAX_LENGTH) return fail([whole(`the file is larger than ${MAX_LENGTH} characters`)]);
  const documents = parse(text, lines);
  const syntax = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
  // The parser recurses into nested values, and tells so where its stack has run out.
  const exhausted = syntax.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  if (exhausted !== undefined) return fail([whole('the values are nested too deeply', exhausted.pos[0])]);
  if (syntax.length > 0) return fail(syntax.map(({ message, pos }) => whole(firstLine(message), pos[0])));
  const [document, ...others] = documents.filter(({ contents }) => !isEmpty(contents));
  if (document === undefined) return fail([whole('found an empty file, allowed one MidRegistrar resource')]);
  const second = others.map(({ range }) =>
    whole(
      'found another document, allowed one MidRegistrar resource a file; give each its own file',
      range[0],
    ),
  );
  const plain = new PlainData(document);
  return { document: plain.isWhole ? plain : undefined, mistakes: [...plain.mistakes, ...second], position };
}

const firstLine = (text: string): string => text.split('\n', 1)[0] as string;

/** Nothing but comments between two `---`. */
const isEmpty = (contents: ParsedNode | null): boolean =>
  contents === null || (isScalar(contents) && contents.value === null && contents.source === '');

type Parsed = Document.Parsed<ParsedNode>;

function parse(text: string, lineCounter: LineCounter): Parsed[] {
  // Unique keys are checked below: the parser compares each with each.
  const options = { lineCounter, prettyErrors: false, uniqueKeys: false, logLevel: 'silent' } as const;
  const documents = parseAllDocuments(text, options);
  return Array.isArray(documents) ? documents : [];
}

interface Place {
  readonly name: number;
  readonly value: number;
}

const keyOf = (path: Path): string => JSON.stringify(path);

/** Turns nodes into plain data: aliases copied out within bounds, each field's name once, each place noted. */
class PlainData implements ResourceDocument {
  readonly value: unknown;
  readonly mistakes: Mistake[] = [];
  /** Whether all of it was within the bounds. */
  isWhole = true;
  readonly #places = new Map<string, Place>();
  readonly #anchors = new Map<string, ParsedNode>();
  #nodes = 0;

  constructor(document: Parsed) {
    this.value = this.#plain(document.contents, [], document.range[0], document.range[0]);
  }

  nameAt(path: Path): number {
    return this.#place(path).name;
  }

  valueAt(path: Path): number {
    return this.#place(path).value;
  }

  #place(path: Path): Place {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#places.get(keyOf(path.slice(0, length)));
      // What is missing is missed where its surroundings are named.
      if (place !== undefined)
        return length === path.length ? place : { name: place.name, value: place.name };
    }
    return { name: 0, value: 0 };
  }

  #plain(node: ParsedNode | null, path: Path, name: number, around: number): unknown {
    const value = node?.range[0] ?? around;
    this.#nodes++;
    if (this.#nodes > MAX_NODES || path.length > MAX_DEPTH) {
      if (this.isWhole)
        this.mistakes.push(whole('the file holds too many values, or too deeply nested ones', value));
      this.isWhole = false;
      return null;
    }
    this.#places.set(keyOf(path), { name, value });
    if (isAlias(node)) {
      const source = this.#anchors.get(node.source);
      if (source !== undefined) return this.#plain(source, path, name, value);
      this.mistakes.push(whole(`the alias *${node.source} has no anchor before it`, value));
      return null;
    }
    if (node?.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isMap(node)) return this.#map(node.items, path);
    if (isSeq(node))
      return node.items.map((item, index) =>
        this.#plain(item, [...path, index], item?.range[0] ?? value, value),
      );
    return isScalar(node) ? node.value : null;
  }

  #map(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    path: Path,
  ): Record<string, unknown> {
    const map = new Map<string, unknown>();
    for (const pair of pairs) {
      const key = pair.key as ParsedNode | null;
      const offset = key?.range[0] ?? 0;
      const name = isScalar(key) ? String(key.value) : undefined;
      if (name === undefined) this.mistakes.push(whole("a field's name is to be plain text", offset));
      else if (map.has(name))
        this.mistakes.push({
          ...whole('the field stands here a second time', offset),
          path: [...path, name],
        });
      else
        map.set(
          name,
          this.#plain(pair.value as ParsedNode | null, [...path, name], offset, key?.range[1] ?? offset),
        );
    }
    return Object.fromEntries(map);
  }
}
