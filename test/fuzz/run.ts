import { Chance } from './chance.ts';
import { Coverage, type Profiler, reachedOf } from './coverage.ts';
import { faultOf, kindOf, minimise } from './minimise.ts';
import { Pool } from './pool.ts';
import type { AnyTarget } from './target.ts';

/**
 * Inputs between two looks at the coverage, which take some milliseconds each: few while there is much that is new, and
 * more and more where there is not. Counted and not timed, so that a seed always gives the same run.
 */
const SMALLEST_BATCH = 16;
const LARGEST_BATCH = 256;

/** Of one kind of fault one input is enough. */
export interface Failure {
  readonly target: string;
  readonly fault: string;
  readonly input: unknown;
}

/** One target's run: its own draws, pool and coverage, so that what else runs changes nothing of it. */
export class TargetRun {
  readonly target: AnyTarget;
  readonly coverage = new Coverage();
  readonly failures: Failure[] = [];
  executions = 0;
  spentMs = 0;
  readonly #chance: Chance;
  readonly #pool: Pool<unknown>;
  readonly #profiler: Profiler;
  readonly #isGuided: boolean;
  readonly #kinds = new Set<string>();
  readonly #onInput: (input: unknown) => void;
  #batchSize = SMALLEST_BATCH;

  /** Not guided, the coverage is only counted. `onInput` is told of each input that has passed. */
  constructor(
    target: AnyTarget,
    seed: number,
    profiler: Profiler,
    isGuided: boolean,
    onInput: (input: unknown) => void = () => {},
  ) {
    this.target = target;
    this.#chance = new Chance(seed, target.name);
    this.#pool = new Pool(target.seeds);
    this.#profiler = profiler;
    this.#isGuided = isGuided;
    this.#onInput = onInput;
  }

  get poolSize(): number {
    return this.#pool.size;
  }

  /** Runs whole batches until so many milliseconds are over; one at least. */
  runFor(ms: number, clock: () => number): void {
    const started = clock();
    // What has run since the last take is another target's.
    this.#profiler.take();
    do this.#batch();
    while (clock() - started < ms);
    if (!this.#isGuided) this.coverage.add(this.#profiler.take());
    this.spentMs += clock() - started;
  }

  #batch(): void {
    const inputs = Array.from({ length: this.#batchSize }, () => this.#next());
    for (const input of inputs) this.#run(input);
    if (!this.#isGuided) return;
    const fresh = new Set(this.coverage.add(this.#profiler.take()));
    if (fresh.size > 0) this.#keepOneThat(fresh, inputs);
    this.#batchSize =
      fresh.size > 0
        ? Math.max(SMALLEST_BATCH, this.#batchSize >> 1)
        : Math.min(LARGEST_BATCH, this.#batchSize << 1);
  }

  /** By the grammar, or by changing what is in the pool; now and then as it is there. */
  #next(): unknown {
    if (this.#chance.below(10) < 3) return this.target.generate(this.#chance);
    const input = this.#pool.draw(this.#chance);
    if (input === undefined) return this.target.generate(this.#chance);
    if (this.#chance.once(12)) return input;
    const other = this.#chance.once(3)
      ? this.target.generate(this.#chance)
      : (this.#pool.draw(this.#chance) ?? input);
    return this.target.mutate(input, other, this.#chance);
  }

  #run(input: unknown): void {
    this.executions++;
    const fault = faultOf(this.target, input);
    if (fault === undefined) return this.#onInput(input);
    const kind = kindOf(fault);
    if (this.#kinds.has(kind)) return;
    this.#kinds.add(kind);
    const smallest = minimise(this.target, input, kind);
    this.failures.push({
      target: this.target.name,
      fault: faultOf(this.target, smallest) ?? fault,
      input: smallest,
    });
  }

  /**
   * Which input has reached the new blocks is found by running half of them again, and half of that half. Where several
   * have, one is enough: that happens in the beginning, when anything does.
   */
  #keepOneThat(fresh: ReadonlySet<string>, inputs: readonly unknown[]): void {
    let candidates = inputs;
    while (candidates.length > 1) {
      const half = candidates.slice(0, candidates.length >> 1);
      this.#profiler.take();
      for (const input of half) faultOf(this.target, input);
      const isAmongThem = reachedOf(this.#profiler.take(), fresh).length > 0;
      candidates = isAmongThem ? half : candidates.slice(half.length);
    }
    this.#pool.add(candidates[0], this.#chance);
  }
}
