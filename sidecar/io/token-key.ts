import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Surroundings } from './surroundings.ts';
import { type Watch, watchFile } from './watch.ts';

/** Where the key comes from by which tokens are signed, and what is wrong with the one that was named. */
export interface TokenKeyState {
  readonly source: 'File' | 'Store' | 'Random';
  readonly fault?: string;
}

/** Less could be guessed. */
const LEAST_BYTES = 32;

/** A key of 32 bytes of what a file holds, without the line end that editors add; the fault as a text where it is none. */
export function readTokenKey(contents: Buffer): Buffer | string {
  const end = contents.at(-1) === 0x0a ? contents.length - 1 : contents.length;
  if (end < LEAST_BYTES) return `it has ${end} bytes, and at least ${LEAST_BYTES} are needed`;
  return createHash('sha256').update('midregistrar token key\n').update(contents.subarray(0, end)).digest();
}

/** A file that holds the key, which may come later and change; until it can be read, the key is the one there was. */
export class TokenKey {
  readonly #file: string;
  readonly #around: Surroundings;
  readonly #changed: (secret: Buffer) => void;
  readonly #fallback: TokenKeyState['source'];
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
    this.#fallback = fallback;
    this.#state = { source: fallback };
    const text = this.#read();
    this.#watch = watchFile(file, text, () => void this.#read(), around.note);
  }

  get state(): TokenKeyState {
    return this.#state;
  }

  #read(): string {
    let contents: Buffer;
    try {
      contents = readFileSync(this.#file);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#fail(code === 'ENOENT' ? 'it is missing' : (code ?? message));
      return '';
    }
    const key = readTokenKey(contents);
    if (typeof key === 'string') this.#fail(key);
    else {
      this.#state = { source: 'File' };
      this.#around.note({ level: 'info', event: 'token key taken', reason: this.#file, isOurs: true });
      this.#changed(key);
    }
    return contents.toString('utf8');
  }

  #fail(fault: string): void {
    const source = this.#state.source === 'File' ? 'File' : this.#fallback;
    this.#state = { source, fault };
    const reason = `${this.#file}: ${fault}; the former key stays in force`;
    this.#around.note({ level: 'warn', event: 'token key not usable', reason, isOurs: true });
  }

  close(): void {
    this.#watch.close();
  }
}
