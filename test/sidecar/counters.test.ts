import { describe, expect, it } from 'vitest';
import { Counters, Histogram } from '../../sidecar/counters.ts';

describe('what is counted', () => {
  it('is told by side and method, requests apart from answers', () => {
    const counters = new Counters();
    counters.request('phone', 'REGISTER');
    counters.request('phone', 'REGISTER');
    counters.request('upstream', 'REGISTER');
    expect([...counters.requests()]).toEqual([
      { side: 'phone', method: 'REGISTER', count: 2 },
      { side: 'upstream', method: 'REGISTER', count: 1 },
    ]);
    expect([...counters.responses('received'), ...counters.responses('sent')]).toEqual([]);
  });

  it('has one answer that comes in and goes out once on either side', () => {
    const counters = new Counters();
    counters.responseReceived('upstream', 'INVITE', 180);
    counters.responseReceived('upstream', 'INVITE', 180);
    counters.responseReceived('upstream', 'INVITE', 486);
    counters.responseSent('phone', 'INVITE', 486);
    expect([...counters.responses('received')]).toEqual([
      { side: 'upstream', method: 'INVITE', status: 180, count: 2 },
      { side: 'upstream', method: 'INVITE', status: 486, count: 1 },
    ]);
    expect([...counters.responses('sent')]).toEqual([
      { side: 'phone', method: 'INVITE', status: 486, count: 1 },
    ]);
  });

  it('has one figure for all methods that nobody has registered, however many a peer invents', () => {
    const counters = new Counters();
    for (let i = 0; i < 1000; i++) {
      counters.request('phone', `M${i}`);
      counters.responseSent('phone', `M${i}`, 501);
    }
    for (const name of ['constructor', '__proto__', 'OTHER']) counters.request('phone', name);
    expect([...counters.requests()]).toEqual([{ side: 'phone', method: 'OTHER', count: 1003 }]);
    expect([...counters.responses('sent')]).toEqual([
      { side: 'phone', method: 'OTHER', status: 501, count: 1000 },
    ]);
  });
});

describe('a histogram', () => {
  it('puts a value into the first bucket that it fits, and counts what fits none too', () => {
    const histogram = new Histogram([0.1, 1]);
    for (const seconds of [0.1, 0.2, 1, 5]) histogram.observe(seconds);
    expect(histogram).toMatchObject({ counts: [1, 2], count: 4 });
    expect(histogram.sum).toBeCloseTo(6.3);
  });
});
