import { describe, expect, it } from 'vitest';
import { renderFields, renderSeconds, renderTable } from '../../cli/table.ts';

describe('a table', () => {
  it('has columns as wide as their widest cell and no blanks at a line’s end', () => {
    expect(renderTable(['A', 'LONG'], [['wide cell', 'x']])).toEqual(['A           LONG', 'wide cell   x']);
  });

  it('shows control characters as ?, so that what others sent cannot steer the terminal', () => {
    expect(renderTable(['A'], [['x\u001b[2J\u009by\n']])[1]).toBe('x?[2J?y?');
  });

  it('shows JSON as one row for each leaf, named by its path', () => {
    expect(renderFields({ ready: true, upstream: { name: 'pbx' }, ports: [5060] })).toEqual([
      'FIELD           VALUE',
      'ready           true',
      'upstream.name   pbx',
      'ports.0         5060',
    ]);
  });
});

describe('a duration', () => {
  it.each([
    [0, '0s'],
    [-3, '0s'],
    [59.9, '59s'],
    [60, '1m'],
    [1790, '29m50s'],
    [3600, '1h'],
    [3605, '1h'],
    [90_000, '1d1h'],
  ])('of %d seconds reads %s', (seconds, text) => {
    expect(renderSeconds(seconds)).toBe(text);
  });
});
