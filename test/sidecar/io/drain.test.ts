import { expect, it } from 'vitest';
import { createClock } from '../../../sidecar/io/clock.ts';
import { type Draining, drain } from '../../../sidecar/io/drain.ts';

interface Ending {
  readonly of: Draining;
  readonly open: Set<number>;
  readonly closedAt: number[];
}

function ending(
  connections: number,
  unanswered = () => 0,
  busy: readonly number[] = [],
  isBusy = (_connection: number) => true,
): Ending {
  const clock = createClock();
  const begun = clock();
  const open = new Set(Array.from({ length: connections }, (_, i) => i + 1));
  const closedAt: number[] = [];
  const of: Draining = {
    clock,
    unanswered,
    connections: () => open.size,
    busyStreams: () => new Set(busy.filter(isBusy).map(String)),
    closeIdle: (waitedOn) => {
      const idle = [...open].find((each) => !waitedOn.has(String(each)));
      if (idle === undefined) return false;
      open.delete(idle);
      closedAt.push(clock() - begun);
      return true;
    },
  };
  return { of, open, closedAt };
}

it('ends at once where nothing is under way and no connection is open', async () => {
  const { of } = ending(0);
  const begun = of.clock();
  await drain(of, 10_000);
  expect(of.clock() - begun).toBeLessThan(10);
});

it('closes idle connections one after the other', async () => {
  const { of, open, closedAt } = ending(4);
  await drain(of, 10_000);
  expect(open.size).toBe(0);
  expect(closedAt[3]).toBeGreaterThanOrEqual(150);
});

it('closes all of them within the window, however many there are', async () => {
  const { of, open } = ending(2000);
  await drain(of, 300);
  expect(open.size).toBe(0);
});

it('leaves those that are waited on to their transactions, until the window is over', async () => {
  const { of, open } = ending(2, () => 1, [2]);
  const begun = of.clock();
  await drain(of, 200);
  expect([...open]).toEqual([2]);
  expect(of.clock() - begun).toBeGreaterThanOrEqual(200);
});

it('closes those one after the other that become idle at one moment', async () => {
  const clock = createClock();
  const isUnderWay = (): boolean => clock() < idleAt;
  const { of, closedAt } = ending(4, () => 0, [1, 2, 3, 4], isUnderWay);
  const idleAt = clock() + 300;
  await drain(of, 10_000);
  expect(closedAt).toHaveLength(4);
  expect((closedAt[3] as number) - (closedAt[0] as number)).toBeGreaterThanOrEqual(50);
});

it('waits for no answer with a window of nothing', async () => {
  const { of } = ending(3, () => 1);
  const begun = of.clock();
  await drain(of, 0);
  expect(of.clock() - begun).toBeLessThan(10);
});
