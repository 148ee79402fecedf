import { expect, it, onTestFinished } from 'vitest';
import { Strangers } from '../../../sidecar/io/strangers.ts';

const open = (isBusy = false): Strangers => {
  const strangers = new Strangers(() => isBusy);
  onTestFinished(() => strangers.close());
  return strangers;
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('serves them after what is done now, in order', async () => {
  const strangers = open();
  const served: string[] = [];
  for (const name of ['a', 'b', 'c']) strangers.put(() => served.push(name));
  served.push('known');
  await turn();
  expect(served).toEqual(['known', 'a', 'b', 'c']);
});

it('gives way to others after a bounded time, and comes back to those who wait', async () => {
  const strangers = open();
  let served = 0;
  const slow = (): void => {
    served++;
    for (const end = performance.now() + 1; performance.now() < end; );
  };
  for (let i = 0; i < 40; i++) strangers.put(slow);
  await turn();
  expect(served).toBe(8);
  while (served < 40) await turn();
});

it.each([
  [8, false],
  [2, true],
])('serves %i in a turn in which there may be more to read (overloaded: %s)', async (count, isBusy) => {
  const strangers = open(isBusy);
  let served = 0;
  for (let i = 0; i < 40; i++) strangers.put(() => served++);
  for (let i = 0; i < 32; i++) strangers.heard();
  await turn();
  expect(served).toBe(count);
  await turn();
  expect(served).toBe(40);
});

it('takes no more than so many, and more again when there is room', async () => {
  const strangers = open();
  let [taken, served] = [0, 0];
  for (let i = 0; i < 5000; i++) if (strangers.put(() => served++)) taken++;
  expect(taken).toBe(2048);
  while (served < taken) await turn();
  expect(strangers.put(() => {})).toBe(true);
});

it('serves nobody any more once it is closed', async () => {
  const strangers = open();
  let served = 0;
  strangers.put(() => served++);
  strangers.close();
  await turn();
  expect(served).toBe(0);
});
