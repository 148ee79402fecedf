import { setTimeout as pause } from 'node:timers/promises';

const POLL_MILLISECONDS = 50;
const POLLS = 20;

/** The result of `work`, or a rejection with `complaint` after `milliseconds`. */
export async function within<Result>(
  milliseconds: number,
  complaint: string,
  work: Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const tooLate = pause(milliseconds, undefined, { signal: stop.signal }).then(() => {
    throw new Error(complaint);
  });
  // Whichever loses the race may still reject, when nobody listens any more.
  tooLate.catch(() => {});
  work.catch(() => {});
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    stop.abort();
  }
}

/** Reads until `holds`, for one second at most, and gives what was read last: the store tells no events. */
export async function eventually<State>(
  read: () => Promise<State>,
  holds: (state: State) => boolean,
): Promise<State> {
  let state = await read();
  for (let polls = 1; polls < POLLS && !holds(state); polls += 1) {
    await pause(POLL_MILLISECONDS);
    state = await read();
  }
  return state;
}

/** Hands values from a callback to whoever awaits them, in order. */
export class Inbox<Value> {
  readonly #values: Value[] = [];
  readonly #waiting: ((value: Value) => void)[] = [];

  put(value: Value): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#values.push(value);
    else next(value);
  }

  next(): Promise<Value> {
    const value = this.#values.shift();
    return value === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(value);
  }
}
