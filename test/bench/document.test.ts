import { expect, it } from 'vitest';
import { replaceBetweenMarkers } from './document.ts';

it('replaces what stands between the markers and leaves the prose around them', () => {
  const document = 'Before.\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nAfter.\n';
  expect(replaceBetweenMarkers(document, 'new')).toBe(
    'Before.\n<!-- bench: begin -->\nnew\n<!-- bench: end -->\nAfter.\n',
  );
});

it('refuses a document without the markers', () => {
  expect(() => replaceBetweenMarkers('Before.', 'new')).toThrow('lacks the markers');
});
