import type { Location } from '../registrar/location.ts';
import type { Stored } from '../registrar/stored.ts';

/** AoRs looked at in one go. */
const LOOKED_AT = 2000;

/** A segment that is complete. */
export interface FormerSegment {
  readonly number: number;
  readonly size: number;
}

/**
 * Finds what only the oldest segment of a log has, so that it can be written again and the segment go. It walks over all
 * AoRs, some at a time, and again until a whole walk finds nothing more.
 */
export class LogCleaner {
  readonly #location: Location;
  #walk: Iterator<Stored> | undefined;
  #found = 0;

  constructor(location: Location) {
    this.#location = location;
  }

  /** Nothing is to be found at present: a walk that stands still would keep alive what the AoRs were looked up in before. */
  rest(): void {
    this.#walk = undefined;
    this.#found = 0;
  }

  /**
   * A few steps: what it finds is given to `writeAgain`. True once nothing counts any more that is in the segment of that
   * number or in an older one.
   */
  step(number: number, writeAgain: (stored: Stored) => void): boolean {
    this.#walk ??= this.#location.stored();
    for (let looked = 0; looked < LOOKED_AT; looked++) {
      const { value, done } = this.#walk.next();
      if (done) {
        const isClean = this.#found === 0;
        this.#walk = undefined;
        this.#found = 0;
        return isClean;
      }
      if (value.keptIn > number) continue;
      this.#found++;
      writeAgain(value);
    }
    return false;
  }
}
