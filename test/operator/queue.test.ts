import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Next, Queue } from '../../operator/queue.ts';
import { FakeTime, settle } from '../support/fake-time.ts';

interface Stage {
  readonly time: FakeTime;
  readonly queue: Queue;
  /** When which key was begun. */
  readonly begun: { readonly key: string; readonly at: number }[];
  /** Ends the work on a key. */
  readonly finish: (key: string, next?: Next | Error) => Promise<void>;
  readonly told: { queued: number; retried: number; waited: number[]; failed: unknown[] };
}

/** A queue whose work lasts until it is told to end. */
function stage(workers = 1): Stage {
  const time = new FakeTime();
  const begun: Stage['begun'] = [];
  const told: Stage['told'] = { queued: 0, retried: 0, waited: [], failed: [] };
  const working = new Map<string, PromiseWithResolvers<Next>>();
  const queue = new Queue({
    workers,
    work: (key) => {
      if (working.has(key)) throw new Error(`two workers on ${key}`);
      begun.push({ key, at: time.clock() });
      const work = Promise.withResolvers<Next>();
      working.set(key, work);
      return work.promise;
    },
    clock: time.clock,
    after: time.after,
    tally: {
      queued: () => void told.queued++,
      retried: () => void told.retried++,
      waited: (seconds) => void told.waited.push(seconds),
      failed: (_key, error) => void told.failed.push(error),
    },
  });
  const finish: Stage['finish'] = async (key, next = { kind: 'done' }) => {
    const work = working.get(key);
    working.delete(key);
    if (next instanceof Error) work?.reject(next);
    else work?.resolve(next);
    await settle();
  };
  queue.open();
  return { time, queue, begun, finish, told };
}

const keys = ({ begun }: Stage): string[] => begun.map(({ key }) => key);

it('works on a key once, however often it was named', async () => {
  const held = stage();
  for (const key of ['a', 'b', 'b', 'b']) held.queue.add(key);
  expect(held.queue.depth).toBe(1);
  await held.finish('a');
  await held.finish('b');
  expect(keys(held)).toEqual(['a', 'b']);
  expect(held.told.queued).toBe(2);
});

it('works again on a key that was named while it was worked on, and not before that has ended', async () => {
  const held = stage(3);
  held.queue.add('a');
  held.queue.add('a');
  held.queue.add('a');
  await settle();
  expect(keys(held)).toEqual(['a']);
  await held.finish('a');
  expect(keys(held)).toEqual(['a', 'a']);
  await held.finish('a');
  await held.time.pass(3_600_000);
  expect(keys(held)).toEqual(['a', 'a']);
});

it('works on as many keys at a time as it has workers, in the order of their coming', async () => {
  const held = stage(2);
  for (const key of ['a', 'b', 'c', 'd']) held.queue.add(key);
  expect(keys(held)).toEqual(['a', 'b']);
  held.time.skip(3000);
  await held.finish('b');
  expect(keys(held)).toEqual(['a', 'b', 'c']);
  expect(held.told.waited).toEqual([0, 0, 3]);
});

it('waits for its opening', async () => {
  const time = new FakeTime();
  const done: string[] = [];
  const work = async (key: string): Promise<Next> => {
    done.push(key);
    return { kind: 'done' };
  };
  const tally = { queued: () => {}, retried: () => {}, waited: () => {}, failed: () => {} };
  const queue = new Queue({ workers: 2, work, clock: time.clock, after: time.after, tally });
  queue.add('a');
  queue.addAfter('b', 10);
  await time.pass(50);
  expect(done).toEqual([]);
  expect(queue.depth).toBe(2);
  queue.open();
  await settle();
  expect(done).toEqual(['a', 'b']);
});

it('names a key later, at the earliest of the times it was given, by one timer', async () => {
  const held = stage();
  held.queue.addAfter('a', 500);
  held.queue.addAfter('a', 200);
  held.queue.addAfter('a', 900);
  for (let at = 1; at <= 100; at++) held.queue.addAfter(`k${at}`, 1000 + at);
  expect(held.time.timers).toBe(1);
  await held.time.pass(1000);
  expect(held.begun).toEqual([{ key: 'a', at: 200 }]);
  expect(held.time.timers).toBe(1);
});

it('forgets a later time of a key that is named before', async () => {
  const held = stage();
  held.queue.addAfter('a', 500);
  held.queue.add('a');
  await held.finish('a');
  await held.time.pass(1000);
  expect(held.begun).toEqual([{ key: 'a', at: 0 }]);
});

it('waits longer than the longest timer of Node', async () => {
  const held = stage();
  const days = 86_400_000;
  held.queue.addAfter('a', 60 * days);
  await held.time.pass(59 * days);
  expect(held.begun).toEqual([]);
  await held.time.pass(2 * days);
  expect(held.begun).toEqual([{ key: 'a', at: 60 * days }]);
});

it('waits from 5 ms to 5 minutes, twice as long after each failure, and anew after a success', async () => {
  const held = stage();
  const waits: number[] = [];
  held.queue.add('a');
  for (let attempt = 0; attempt < 19; attempt++) {
    const failedAt = held.time.clock();
    await held.finish('a', attempt % 2 === 0 ? { kind: 'retry' } : new Error('no'));
    await held.time.pass(300_000);
    waits.push((held.begun.at(-1)?.at ?? 0) - failedAt);
  }
  expect(waits.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
  expect(waits.slice(-3)).toEqual([300_000, 300_000, 300_000]);
  expect(held.told.retried).toBe(19);
  expect(held.told.failed).toHaveLength(9);
  await held.finish('a', { kind: 'again', ms: 70_000 });
  await held.time.pass(70_000);
  const lastAt = held.time.clock();
  await held.finish('a', { kind: 'retry' });
  await held.time.pass(5);
  expect(held.begun.at(-1)).toEqual({ key: 'a', at: lastAt + 5 });
});

it('does not let a key that fails hold up the others', async () => {
  const held = stage();
  held.queue.add('bad');
  held.queue.add('good');
  await held.finish('bad', new Error('no'));
  expect(keys(held)).toEqual(['bad', 'good']);
});

it('ends when the keys that are worked on are done, and begins no other', async () => {
  const held = stage(2);
  for (const key of ['a', 'b', 'c']) held.queue.add(key);
  held.queue.addAfter('d', 10);
  let isClosed = false;
  const closed = held.queue.close().then(() => {
    isClosed = true;
  });
  held.queue.add('e');
  held.queue.addAfter('f', 10);
  await held.finish('a', { kind: 'again', ms: 10 });
  await held.time.pass(1000);
  expect(isClosed).toBe(false);
  await held.finish('b', new Error('no'));
  await closed;
  await held.time.pass(1000);
  expect(keys(held)).toEqual(['a', 'b']);
  expect(held.time.timers).toBe(0);
  await held.queue.close();
});

const KEYS = ['a', 'b', 'c', 'd', 'e'] as const;
const anyKey = fc.constantFrom(...KEYS);
const anyNext: fc.Arbitrary<Next | Error> = fc.oneof(
  fc.constant({ kind: 'done' } as const),
  fc.constant({ kind: 'retry' } as const),
  fc.record({ kind: fc.constant('again' as const), ms: fc.nat(2000) }),
  fc.constant(new Error('no')),
);
const anyStep = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), key: anyKey }),
  fc.record({ kind: fc.constant('later' as const), key: anyKey, ms: fc.nat(3000) }),
  fc.record({ kind: fc.constant('finish' as const), key: anyKey, next: anyNext }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(500) }),
);

it('never has two workers on a key, and works on every key after it was named', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(anyStep, { maxLength: 60 }),
      async (workers, steps) => {
        // The stage's own work fails where a second worker comes.
        const held = stage(workers);
        /** How many works had begun when a key was named last. */
        const named = new Map<string, number>();
        const name = (key: string): void => void named.set(key, held.begun.length);
        for (const step of steps) {
          if (step.kind !== 'pass' && step.kind !== 'finish') name(step.key);
          if (step.kind === 'add') held.queue.add(step.key);
          else if (step.kind === 'later') held.queue.addAfter(step.key, step.ms);
          else if (step.kind === 'finish') await held.finish(step.key, step.next);
          else await held.time.pass(step.ms);
        }
        // Everything is finished as soon as it begins, until nothing is left to do.
        for (let round = 0; round < 20; round++) {
          await held.time.pass(400_000);
          for (const key of KEYS) await held.finish(key);
        }
        expect(held.queue.depth).toBe(0);
        expect(held.time.timers).toBe(0);
        expect(held.told.failed.map(String).filter((each) => each !== 'Error: no')).toEqual([]);
        for (const [key, count] of named)
          expect(held.begun.slice(count).map((each) => each.key)).toContain(key);
      },
    ),
    { numRuns: 200 },
  );
});
