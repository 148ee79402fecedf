import { hkdfSync } from 'node:crypto';
import type { Surroundings } from './surroundings.ts';
import { type Contents, readContents, type Watch, watchContents } from './watch.ts';

/** Where the key comes from by which tokens are signed, and what is wrong with the one that was named. */
export interface TokenKeyState {
  readonly source: 'File' | 'Store' | 'Random';
  readonly fault?: string;
}

/** Less could be guessed; and as many are made of them. */
const LEAST_BYTES = 32;

/** A key of 32 bytes of what a file holds, without the line end that editors add; the fault as a text where it is none. */
export function readTokenKey(contents: Buffer): Buffer | string {
  const end = contents.at(-1) === 0x0a ? contents.length - 1 : contents.length;
  if (end < LEAST_BYTES) return `it has ${end} bytes, and at least ${LEAST_BYTES} are needed`;
  return Buffer.from(
    hkdfSync('sha256', contents.subarray(0, end), '', 'midregistrar token key', LEAST_BYTES),
  );
}

/** A file that holds the key, which may come later and change; until it can be read, the key is the one there was. */
export class TokenKey {
  readonly #file: string;
  readonly #around: Surroundings;
  readonly #changed: (secret: Buffer) => void;
  readonly #watch: Watch;
  #state: TokenKeyState;

  /** Tells of the key at once where it is there. `fallback`: whose key holds where it is not. */
  constructor(
    file: string,
    fallback: TokenKeyState['source'],
    around: Surroundings,
    changed: (secret: Buffer) => void,
  ) {
    this.#file = file;
    this.#around = around;
    this.#changed = changed;
    this.#state = { source: fallback };
    const contents = readContents(file);
    this.#take(contents);
    this.#watch = watchContents(file, contents, (found) => this.#take(found));
  }

  get state(): TokenKeyState {
    return this.#state;
  }

  #take(contents: Contents): void {
    if ('fault' in contents)
      return this.#fail(contents.fault === 'ENOENT' ? 'it is missing' : contents.fault);
    const key = readTokenKey(contents.bytes);
    if (typeof key === 'string') return this.#fail(key);
    this.#state = { source: 'File' };
    this.#around.note({ level: 'info', event: 'token key taken', reason: this.#file, isOurs: true });
    this.#changed(key);
  }

  #fail(fault: string): void {
    this.#state = { source: this.#state.source, fault };
    const reason = `${this.#file}: ${fault}; the former key stays in force`;
    this.#around.note({ level: 'warn', event: 'token key not usable', reason, isOurs: true });
  }

  close(): void {
    this.#watch.close();
  }
}
