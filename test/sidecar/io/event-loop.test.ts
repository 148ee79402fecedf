import { expect, it, onTestFinished } from 'vitest';
import { EventLoopDelay } from '../../../sidecar/io/event-loop.ts';

function start(): EventLoopDelay {
  const delay = new EventLoopDelay();
  onTestFinished(() => delay.close());
  return delay;
}

/** As soon as it has been looked at so often in all. */
async function looks(delay: EventLoopDelay, count: number): Promise<void> {
  while (delay.seconds.count < count) await new Promise((resolve) => setTimeout(resolve, 5));
}

it('does not count the time between two looks as a delay', async () => {
  const delay = start();
  await looks(delay, 10);
  const { seconds } = delay;
  // The median: others may keep this machine busy now and then.
  const below = (bound: number): number =>
    seconds.counts.slice(0, seconds.bounds.indexOf(bound) + 1).reduce((sum, count) => sum + count);
  expect(below(0.025)).toBeGreaterThanOrEqual(seconds.count / 2);
});

it('sees a turn that takes long', async () => {
  const delay = start();
  await looks(delay, 1);
  const before = delay.seconds.sum;
  for (const until = performance.now() + 300; performance.now() < until; );
  await looks(delay, delay.seconds.count + 1);
  expect(delay.seconds.sum - before).toBeGreaterThan(0.2);
});

it('looks no more once it is closed', async () => {
  const delay = start();
  await looks(delay, 1);
  delay.close();
  const { count } = delay.seconds;
  const other = start();
  await looks(other, 3);
  expect(delay.seconds.count).toBe(count);
});
