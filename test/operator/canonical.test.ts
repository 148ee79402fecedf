import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, inOrder, sha256 } from '../../operator/canonical.ts';

/** The same value with the fields of its maps in the opposite order. */
const turned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, field]) => [name, turned(field)]),
  );
};

describe('the canonical text of a value', () => {
  it('is the same in whatever order its fields were written', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => canonicalJson(turned(value)) === canonicalJson(value)));
  });

  it('says all that the value says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('keeps the order of lists, which means something', () => {
    expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]));
  });

  it('takes a field that is undefined for none', () => {
    expect(canonicalJson({ b: undefined, a: [{ d: undefined, c: null }] })).toBe('{"a":[{"c":null}]}');
    expect(Object.keys(inOrder({ b: undefined, a: 1 }) as object)).toEqual(['a']);
  });
});

it('hashes a text as sha256sum does', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
