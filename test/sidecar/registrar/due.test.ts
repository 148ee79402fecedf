import { expect, it } from 'vitest';
import { Departures } from '../../../sidecar/registrar/departed.ts';
import { type DueItem, DueQueue, NOT_QUEUED } from '../../../sidecar/registrar/due.ts';

const item = (): DueItem => ({ second: NOT_QUEUED });

/** How long a hundred thousand take beside ten thousand: ten times as long where each costs the same. */
function growth(work: (count: number) => void): number {
  const least = (count: number): number =>
    Math.min(
      ...Array.from({ length: 5 }, () => {
        const started = performance.now();
        work(count);
        return performance.now() - started;
      }),
    );
  least(10_000);
  return least(100_000) / least(10_000);
}

it('gives back what is due, each once, in the order of seconds', () => {
  const queue = new DueQueue<DueItem>();
  const [a, b, c] = [item(), item(), item()];
  queue.put(a, 3_000);
  queue.put(b, 1_000);
  queue.put(c, 9_000);
  expect([queue.next(3_000), queue.next(3_000), queue.next(3_000)]).toEqual([b, a, undefined]);
  queue.put(b, 2_000);
  expect(queue.next(5_000)).toBe(b);
  queue.put(a, 2_000);
  queue.put(b, 2_000);
  expect(queue.next(5_000)).toBe(a);
  queue.remove(b);
  queue.put(a, 2_000);
  expect([queue.next(5_000), queue.next(5_000), queue.next(9_000)]).toEqual([a, undefined, c]);
});

it('costs the same for each of many that are due in one second', () => {
  const ratio = growth((count) => {
    const queue = new DueQueue<DueItem>();
    for (let i = 0; i < count; i++) queue.put(item(), 1_000);
    let taken = 0;
    while (queue.next(2_000) !== undefined) taken++;
    expect(taken).toBe(count);
  });
  // Were each search one from the beginning, it would be more than a hundred.
  expect(ratio).toBeLessThan(50);
});

it('costs the same for each departure, however many are forgotten', () => {
  const ratio = growth((count) => {
    const departures = new Departures();
    for (let i = 0; i < count; i++) departures.note(`u${i}@h`, 'c', 1, 0);
    expect(departures.size).toBe(10_000);
  });
  // Most of the larger number forget another one; were each search one from the beginning, it would be four hundred.
  expect(ratio).toBeLessThan(150);
});
