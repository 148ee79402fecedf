import { describe, expect, it } from 'vitest';
import { type Options, readOptions } from './options.ts';

const read = (...args: string[]): Options => {
  const options = readOptions(args);
  if (options === 'help') throw new Error('asked for help');
  return options;
};

describe('the command line of the benchmark', () => {
  it('compares all systems under all kinds of load where nothing else is asked for', () => {
    expect(read()).toMatchObject({
      scenario: 'compare',
      kinds: ['register', 'message', 'call'],
      count: 100_000,
    });
  });

  it('makes a fifth as many calls as round trips', () => {
    expect(read('--count', '1001').calls).toBe(201);
  });

  it('takes kinds in its own order, and --calls for calls alone', () => {
    expect(read('--only', 'call,register').kinds).toEqual(['register', 'call']);
    expect(read('--calls').kinds).toEqual(['call']);
    expect(() => read('--only', 'invite')).toThrow('expected some of register, message, call');
  });

  it('leaves out the systems that it is not to measure', () => {
    expect(read('--systems', 'midreg,relay').systems).toEqual(['relay', 'midreg']);
    expect(() => read('--systems', 'asterisk')).toThrow('expected some of relay, kamailio');
  });

  it('soaks for as many minutes as it is told', () => {
    expect(read('--soak', '5')).toMatchObject({ scenario: 'soak', soakMinutes: 5 });
    expect(read('--soak', '')).toMatchObject({ scenario: 'soak', soakMinutes: 30 });
    expect(() => read('--soak', 'long')).toThrow('--soak long: expected a whole number');
  });

  it('runs one thing at a time', () => {
    expect(read('--hand-over').scenario).toBe('hand-over');
    expect(() => read('--million', '--flood')).toThrow('one at a time');
  });

  it('takes a smaller measure of everything where it is to be quick', () => {
    expect(read('--quick')).toMatchObject({ rounds: 1, count: 20_000, users: 5_000, bindings: 20_000 });
    expect(read('--quick', '--count', '7').count).toBe(7);
  });

  it('wants two cores, and numbers within their bounds', () => {
    expect(() => read('--cores', '1,1')).toThrow('two different cores');
    expect(() => read('--rounds', '0')).toThrow('--rounds 0: expected a whole number from 1 to 50');
  });
});
