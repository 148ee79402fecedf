import type { Readable } from 'node:stream';

const KEPT_LINES = 20;
const MAX_LINE = 4_000;

/** The last lines of a stream, and whoever wants each as it comes. */
export class LastLines {
  readonly #kept: string[] = [];
  #begun = '';
  onLine: (line: string) => void = () => {};

  get lines(): readonly string[] {
    return this.#begun === '' ? this.#kept : [...this.#kept, this.#begun];
  }

  read(stream: Readable | null): void {
    stream?.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk));
  }

  #take(chunk: string): void {
    const [first = '', ...others] = chunk.split('\n');
    let line = (this.#begun + first).slice(-MAX_LINE);
    for (const next of others) {
      this.#keep(line);
      line = next.slice(-MAX_LINE);
    }
    this.#begun = line;
  }

  #keep(line: string): void {
    this.#kept.push(line);
    if (this.#kept.length > KEPT_LINES) this.#kept.shift();
    this.onLine(line);
  }
}
