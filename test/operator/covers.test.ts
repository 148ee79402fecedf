import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers } from '../../operator/covers.ts';

const json = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, fc.string(), fc.integer(), fc.boolean(), tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 4 }),
  map: fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie('value'), { maxKeys: 5 }),
})).map;

describe('an object', () => {
  it('covers itself', () => {
    fc.assert(fc.property(json, (wished) => covers(structuredClone(wished), wished)));
  });

  it('covers what it has more than, wherever that is', () => {
    const fuller = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(fuller);
      if (typeof value !== 'object' || value === null) return value;
      return {
        ...Object.fromEntries(Object.entries(value).map(([name, field]) => [name, fuller(field)])),
        THEIRS: 1,
      };
    };
    fc.assert(fc.property(json, (wished) => covers(fuller(wished), wished)));
  });

  it('does not cover what one of its values differs from', () => {
    fc.assert(
      fc.property(json, fc.string({ minLength: 1 }), (wished, more) => {
        fc.pre(Object.keys(wished as object).length > 0);
        const [first = ''] = Object.keys(wished as object);
        expect(covers({ ...(wished as object), [first]: `other ${more}` }, wished)).toBe(false);
      }),
    );
  });

  it.each([
    [
      'containers that others added to',
      [{ name: 'theirs' }, { name: 'proxy', image: 'x', tty: false }],
      [{ name: 'proxy', image: 'x' }],
      true,
    ],
    [
      'a container with another image',
      [{ name: 'proxy', image: 'y' }],
      [{ name: 'proxy', image: 'x' }],
      false,
    ],
    ['a container that is gone', [], [{ name: 'proxy' }], false],
    ['ports by their number', [{ port: 1 }, { port: 2, nodePort: 30_000 }], [{ port: 2 }], true],
    ['a plain list that is longer', ['a', 'b'], ['a'], false],
    ['a plain list in another order', ['b', 'a'], ['a', 'b'], false],
    ['1Gi where 1024Mi was asked for', '1Gi', '1024Mi', true],
    ['500m where 0.5 was asked for', '500m', '0.5', true],
    ['1G where 1Gi was asked for', '1G', '1Gi', false],
    ['a text where a number was asked for', '1', 1, false],
    ['a text that only looks like a quantity', 'm', 'k', false],
  ])('is looked at as Kubernetes means it: %s', (_, live, wished, is) => {
    expect(covers({ field: live }, { field: wished })).toBe(is);
  });
});
