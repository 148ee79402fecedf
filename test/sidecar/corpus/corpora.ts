import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './case.ts';
import { house } from './house.ts';
import { semantics } from './rfc4475-semantics.ts';
import { syntax } from './rfc4475-syntax.ts';
import { rfc5118 } from './rfc5118.ts';

/** A case with its corpus and the bytes of its file. */
export interface Loaded extends Case {
  readonly corpus: string;
  readonly bytes: Buffer;
  /** The bytes as latin1 text. */
  readonly text: string;
}

const FOLDER = join(import.meta.dirname, '../../corpus');

export const corpora: Readonly<Record<string, readonly Case[]>> = {
  rfc4475: [...syntax, ...semantics],
  rfc5118,
  house,
};

/** The names of the files in a corpus, without `.sip`. */
export const filesOf = (corpus: string): string[] =>
  readdirSync(join(FOLDER, corpus))
    .map((file) => file.replace(/\.sip$/, ''))
    .sort();

export const loaded: readonly Loaded[] = Object.entries(corpora).flatMap(([corpus, cases]) =>
  cases.map((one) => {
    const bytes = readFileSync(join(FOLDER, corpus, `${one.name}.sip`));
    return { ...one, corpus, bytes, text: bytes.toString('latin1') };
  }),
);

/** For a title: where the file is, and what it is about. */
export const titled = (cases: readonly Loaded[]): [string, Loaded][] =>
  cases.map((one) => [`${one.corpus}/${one.name}.sip (${one.section}: ${one.about})`, one]);
