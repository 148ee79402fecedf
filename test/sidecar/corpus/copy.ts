import { expect } from 'vitest';
import type { Loaded } from './corpora.ts';
import { forwarded, nameOf, type Passage, sentLines, tight } from './expected.ts';

/** A copy that has left is its message but for the lines that a proxy must change. */
export function expectCopy(copy: string, { text, pops = 0 }: Loaded, passage: Omit<Passage, 'pops'>): void {
  const wanted = forwarded(text, { ...passage, pops });
  const sent = sentLines(copy, wanted.top.length);
  expect(sent.top).toHaveLength(wanted.top.length);
  for (const [index, pattern] of wanted.top.entries()) expect(sent.top[index]).toMatch(pattern);
  const via = wanted.rest.findIndex((line) => nameOf(line) === 'via');
  const alike = (lines: readonly string[]) =>
    lines.map((line, index) => (index === via ? tight(line) : line));
  expect(alike(sent.rest)).toEqual(alike(wanted.rest));
  expect(sent.body).toBe(wanted.body);
}
