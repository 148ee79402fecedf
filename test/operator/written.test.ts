import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../operator/kube/object.ts';
import { APPLIED_HASH } from '../../operator/names.ts';
import { Written } from '../../operator/written.ts';

const KEY = 'branch/office';
const NOW = Date.UTC(2026, 0, 1);

const map = (resourceVersion: string, data: object = { a: '1' }, name = 'office-midreg'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, resourceVersion, annotations: { [APPLIED_HASH]: 'hash' } },
  data,
});

const wish = (data: object = { a: '1' }): KubeObject => ({
  ...map('', data),
  metadata: { name: 'office-midreg', annotations: { [APPLIED_HASH]: 'hash' } },
});

describe('what was written', () => {
  it('lies over what the watches have told, until they have told of it', () => {
    const written = new Written();
    written.note(KEY, wish(), map('12'), NOW);
    expect(written.over(KEY, [], NOW)).toEqual([map('12')]);
    expect(written.over(KEY, [map('11', { a: '0' })], NOW)).toEqual([map('12')]);
    written.heard(KEY, map('11'), false);
    expect(written.over(KEY, [map('11')], NOW)).toEqual([map('12')]);
    written.heard(KEY, map('12'), false);
    const cached = [map('12')];
    expect(written.over(KEY, cached, NOW)).toBe(cached);
  });

  it('does not lie over what is newer', () => {
    const written = new Written();
    written.note(KEY, wish(), map('9'), NOW);
    expect(written.over(KEY, [map('10', { a: '2' })], NOW)).toEqual([map('10', { a: '2' })]);
  });

  it('is forgotten when the watch tells of something newer, or that it is gone', () => {
    const written = new Written();
    written.note(KEY, wish(), map('99'), NOW);
    written.heard(KEY, map('100'), false);
    expect(written.over(KEY, [], NOW)).toEqual([]);
    written.note(KEY, wish(), map('101'), NOW);
    written.heard(KEY, map('100'), true);
    expect(written.over(KEY, [], NOW)).toEqual([]);
  });

  it('is believed for two minutes, for it may have gone again and the watch told so before the answer came', () => {
    const written = new Written();
    written.heard(KEY, map('13'), true);
    written.note(KEY, wish(), map('12'), NOW);
    expect(written.over(KEY, [], NOW + 119_999)).toEqual([map('12')]);
    expect(written.over(KEY, [], NOW + 120_000)).toEqual([]);
    expect(written.over(KEY, [], NOW)).toEqual([]);
  });

  it('leaves other objects and other fronts alone', () => {
    const written = new Written();
    written.note(KEY, wish(), map('12'), NOW);
    const other = map('5', {}, 'office-other');
    expect(written.over(KEY, [other], NOW)).toEqual([other, map('12')]);
    expect(written.over('branch/hall', [other], NOW)).toEqual([other]);
  });

  it('goes with its front', () => {
    const written = new Written();
    written.note(KEY, wish(), map('12', { a: '2' }), NOW);
    written.forget(KEY);
    expect(written.over(KEY, [], NOW)).toEqual([]);
    expect(written.isSettled(KEY, map('12', { a: '2' }))).toBe(false);
  });
});

describe('what the API server makes of a wish', () => {
  it('is settled where it is always something else', () => {
    const written = new Written();
    written.note(KEY, wish(), map('12', { a: 'one' }), NOW);
    expect(written.isSettled(KEY, map('12', { a: 'one' }))).toBe(true);
    expect(written.isSettled(KEY, { ...map('30', { a: 'one' }), status: { seen: true } })).toBe(true);
  });

  it('is not settled once somebody changes it', () => {
    const written = new Written();
    written.note(KEY, wish(), map('12', { a: 'one' }), NOW);
    expect(written.isSettled(KEY, map('13', { a: 'two' }))).toBe(false);
  });

  it('is not settled once somebody takes our ownership', () => {
    const written = new Written();
    const owner = { apiVersion: 'v1', kind: 'Front', name: 'office', uid: 'one' };
    const owned = {
      ...map('12', { a: 'one' }),
      metadata: { ...map('12').metadata, ownerReferences: [owner] },
    };
    written.note(KEY, wish(), owned, NOW);
    expect(written.isSettled(KEY, owned)).toBe(true);
    expect(written.isSettled(KEY, map('13', { a: 'one' }))).toBe(false);
  });

  it('is not settled where it was as wished, for then another has changed it', () => {
    const written = new Written();
    written.note(KEY, wish(), map('12', { a: '1', b: 'theirs' }), NOW);
    expect(written.isSettled(KEY, map('12', { a: '1', b: 'theirs' }))).toBe(false);
  });
});

describe('a front’s own status', () => {
  const front = (resourceVersion: string, uid = 'one'): KubeObject => ({
    apiVersion: 'midregistrar.dev/v1',
    kind: 'MidRegistrar',
    metadata: { name: 'office', namespace: 'branch', uid, resourceVersion },
  });

  it('is the one written last, until the watch tells of it', () => {
    const written = new Written();
    written.noteFront(KEY, front('20'));
    expect(written.front(KEY, front('19'))).toEqual(front('20'));
    expect(written.front(KEY, front('20'))).toEqual(front('20'));
    expect(written.front(KEY, front('19'))).toEqual(front('19'));
  });

  it('is not that of a former resource of the same name', () => {
    const written = new Written();
    written.noteFront(KEY, front('20'));
    expect(written.front(KEY, front('19', 'two'))).toEqual(front('19', 'two'));
  });
});
