import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Answers } from '../../../sidecar/transaction/answers.ts';
import { KeyHash } from '../../../sidecar/transaction/key-hash.ts';
import type { Flow } from '../../../sidecar/wire/flow.ts';

const flow = (port: number): Flow => ({
  transport: 'UDP',
  listener: 'udp',
  address: '2001:db8::7',
  port,
  connection: 0,
});

describe('the answers that are kept for repetitions', () => {
  it('gives back the very answer and the way it went, until its time is over', () => {
    const answers = new Answers(new KeyHash('seed'));
    answers.keep('z9hG4bKa 192.0.2.7: REGISTER', flow(5062), 'SIP/2.0 200 OK\r\n\r\n\xff', 32_000, 0);
    expect(answers.find('z9hG4bKa 192.0.2.7: REGISTER', 31_999)).toEqual({
      flow: flow(5062),
      text: 'SIP/2.0 200 OK\r\n\r\n\xff',
    });
    expect(answers.find('z9hG4bKa 192.0.2.7: REGISTER', 32_000)).toBeUndefined();
    expect(answers.find('z9hG4bKb 192.0.2.7: REGISTER', 0)).toBeUndefined();
  });

  it('counts those whose time is not over', () => {
    const answers = new Answers(new KeyHash('seed'));
    for (let i = 0; i < 10; i++) answers.keep(`key ${i}`, flow(i), 'text', 100 + i, i);
    expect([answers.count(99), answers.count(100), answers.count(104), answers.count(109)]).toEqual([
      10, 9, 5, 0,
    ]);
  });

  it('forgets the oldest first when told to make room', () => {
    const answers = new Answers(new KeyHash('seed'));
    answers.keep('first', flow(1), 'a', 100, 0);
    answers.keep('second', flow(2), 'b', 100, 0);
    expect(answers.forgetOldest()).toBe(true);
    expect(answers.find('first', 0)).toBeUndefined();
    expect(answers.find('second', 0)?.text).toBe('b');
    expect(answers.forgetOldest()).toBe(true);
    expect(answers.forgetOldest()).toBe(false);
  });

  it('keeps an answer as long as a datagram can be', () => {
    const answers = new Answers(new KeyHash('seed'));
    const text = 'x'.repeat(65_507);
    for (let i = 0; i < 50; i++) answers.keep(`key ${i}`, flow(i), text, 100, 0);
    for (let i = 0; i < 50; i++) expect(answers.find(`key ${i}`, 0)?.text).toBe(text);
  });

  it('stays within its bound however large the answers are: the oldest give way', () => {
    const answers = new Answers(new KeyHash('seed'));
    const text = 'x'.repeat(65_000);
    for (let i = 0; i < 6_000; i++) answers.keep(`key ${i}`, flow(1), text, 32_000, 0);
    expect(answers.count(0)).toBeGreaterThan(3_000);
    expect(answers.count(0)).toBeLessThan(4_200);
    expect(answers.find('key 0', 0)).toBeUndefined();
    expect(answers.find('key 5999', 0)?.text).toBe(text);
  });

  it('is a map of what has been kept and is not over, whatever is kept and forgotten in between', () => {
    const step = fc.record({
      key: fc.nat(40),
      size: fc.oneof(fc.nat(200), fc.nat(60_000)),
      pause: fc.nat(40),
      forgets: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const answers = new Answers(new KeyHash('seed'));
        let kept: { key: string; text: string; until: number }[] = [];
        let now = 0;
        for (const { key, size, pause, forgets } of steps) {
          now += pause;
          const entry = { key: `key ${key} ${now}`, text: `${key} ${'y'.repeat(size)}`, until: now + 500 };
          answers.keep(entry.key, flow(key), entry.text, entry.until, now);
          kept = [...kept, entry].filter(({ until }) => until > now);
          for (let i = 0; i < forgets; i++) {
            expect(answers.forgetOldest()).toBe(kept.length > 0);
            kept = kept.slice(1);
          }
          expect(answers.count(now)).toBe(kept.length);
          for (const { key: name, text } of kept)
            expect(answers.find(name, now)?.text.length).toBe(text.length);
        }
        now += 500;
        expect(answers.count(now)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
