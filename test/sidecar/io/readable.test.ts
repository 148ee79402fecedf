import { expect, it } from 'vitest';
import { readable, wireText } from '../../../sidecar/io/readable.ts';

it.each(['', 'plain', 'jürgen', '日本', 'a\0b'])('shows %j as it was meant, and back', (text) => {
  expect(readable(wireText(text))).toBe(text);
});

it('leaves what is no UTF-8 as it is', () => {
  expect(readable('\xff\xfe')).toBe('\xff\xfe');
});

it('leaves what never came over the wire as it is', () => {
  expect(readable('found "jürg…" in 日本.yaml')).toBe('found "jürg…" in 日本.yaml');
});
