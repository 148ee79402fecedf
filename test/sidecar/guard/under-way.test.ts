import { expect, it } from 'vitest';
import { UnderWay } from '../../../sidecar/guard/under-way.ts';

it('is full with a thousand requests, until one of them is answered', () => {
  const underWay = new UnderWay();
  const requests = Array.from({ length: 1000 }, () => ({}));
  for (const request of requests) underWay.begin(request, 0);
  expect(underWay.isFull).toBe(true);
  underWay.end(requests[500] as object);
  underWay.end({});
  expect([underWay.isFull, underWay.size]).toEqual([false, 999]);
});

it('forgets those that will never be answered', () => {
  const underWay = new UnderWay();
  for (let i = 0; i < 1000; i++) underWay.begin({}, i);
  underWay.begin({}, 64_500);
  expect(underWay.size).toBe(501);
});
