import { expect, it } from 'vitest';
import { Inbox } from '../../../sidecar/io/inbox.ts';

it('takes at once, and what is put meanwhile afterwards and in order', () => {
  const taken: number[] = [];
  const inbox = new Inbox<number>((item) => {
    if (item === 1) {
      inbox.put(2);
      inbox.put(3);
    }
    if (item === 2) inbox.put(4);
    taken.push(item);
  });
  inbox.put(1);
  expect(taken).toEqual([1, 2, 3, 4]);
});

it('lets others have their turn in a chain without an end, and loses nothing of it', async () => {
  let taken = 0;
  let isOver = false;
  const inbox = new Inbox<number>((item) => {
    expect(item).toBe(taken++);
    if (!isOver) inbox.put(item + 1);
  });
  inbox.put(0);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  isOver = true;
  expect(taken).toBeGreaterThan(10_000);
  const before = taken;
  inbox.put(before + 1);
  expect(taken).toBe(before + 2);
});
