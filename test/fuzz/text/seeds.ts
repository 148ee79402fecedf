import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const CORPUS = join(import.meta.dirname, '../../corpus');

/** Longer files are no messages. */
const LONGEST = 70_000;

/** Every message of the corpora (RFC 4475, RFC 5118 and what else lies there), one character a byte. */
export function corpus(): string[] {
  const files = readdirSync(CORPUS, { recursive: true, encoding: 'utf8' }).sort();
  return files
    .map((file) => join(CORPUS, file))
    .filter((path) => /\.(sip|dat|txt|bin|msg)$/.test(path) && statSync(path).size <= LONGEST)
    .map((path) => readFileSync(path, 'latin1'));
}
