import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';

/** What tests have started and made. It ends in reverse order, all of it, also when a part of it fails to. */
export class Stage {
  readonly #ends: (() => Promise<unknown> | unknown)[] = [];

  /** `end` is called when the stage closes. */
  onClose(end: () => Promise<unknown> | unknown): void {
    this.#ends.push(end);
  }

  /** A directory of its own in `parent`, gone with the stage. */
  directory(name: string, parent = tmpdir()): string {
    const path = mkdtempSync(join(parent, `midreg-${name}-`));
    this.onClose(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  async close(): Promise<void> {
    const faults: unknown[] = [];
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) {
      try {
        await end();
      } catch (fault) {
        faults.push(fault);
      }
    }
    if (faults.length > 0) throw faults.length === 1 ? faults[0] : new AggregateError(faults);
  }
}

/** A stage for all tests of a file. */
export function fileStage(): Stage {
  const stage = new Stage();
  afterAll(() => stage.close());
  return stage;
}

/** A stage that closes after each test. */
export function testStage(): Stage {
  const stage = new Stage();
  afterEach(() => stage.close());
  return stage;
}
