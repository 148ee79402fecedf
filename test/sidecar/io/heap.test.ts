import { expect, it } from 'vitest';
import { growthPercent } from '../../../sidecar/io/heap.ts';

const MIB = 1 << 20;

it.each([
  ['a small heap three times over, which is the most', 10 * MIB, 300],
  ['one of 64 MiB by as much again', 64 * MIB, 100],
  ['one of 128 MiB by a half', 128 * MIB, 50],
  ['a large one by a third', 1000 * MIB, 33],
])('lets %s grow', (_which, bytes, percent) => {
  expect(growthPercent(bytes)).toBe(percent);
});
