import { describe, expect, it } from 'vitest';
import { FrontCache, type Heard } from '../../operator/cache.ts';
import type { KubeObject } from '../../operator/kube/object.ts';
import { FRONT_LABEL } from '../../operator/names.ts';
import { frontObject } from './fronts.ts';

const OFFICE = { namespace: 'branch', name: 'office' };
const HALL = { namespace: 'branch', name: 'hall' };

const labelled = (kind: string, name: string, front?: string, namespace = 'branch'): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace, ...(front !== undefined && { labels: { [FRONT_LABEL]: front } }) },
});

const come = (object: KubeObject, old?: KubeObject): Heard => ({ object, old, isGone: false });
const gone = (object: KubeObject): Heard => ({ object, old: object, isGone: true });

const names = (objects: readonly KubeObject[]): readonly string[] =>
  objects.map(({ metadata }) => metadata.name);

describe('the cache', () => {
  it('has a resource from when it comes until it is gone', () => {
    const cache = new FrontCache();
    expect(cache.hear(come(frontObject()))).toEqual(['branch/office']);
    expect(cache.front(OFFICE)).toEqual(frontObject());
    expect([...cache.keys()]).toEqual(['branch/office']);
    expect(cache.size).toBe(1);
    expect(cache.hear(gone(frontObject()))).toEqual(['branch/office']);
    expect(cache.front(OFFICE)).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it('has the objects of each front by the label, pods apart', () => {
    const cache = new FrontCache();
    for (const object of [
      labelled('Service', 'a', 'office'),
      labelled('ConfigMap', 'a', 'office'),
      labelled('Pod', 'p', 'office'),
      labelled('Service', 'b', 'hall'),
      labelled('Service', 'a', 'office', 'elsewhere'),
    ])
      cache.hear(come(object));
    expect(cache.children(OFFICE).map(({ kind }) => kind)).toEqual(['Service', 'ConfigMap']);
    expect(names(cache.pods(OFFICE))).toEqual(['p']);
    expect(names(cache.children(HALL))).toEqual(['b']);
    expect(cache.children({ namespace: 'elsewhere', name: 'office' })).toHaveLength(1);
  });

  it('has the newest of an object', () => {
    const cache = new FrontCache();
    const [old, next] = [
      labelled('Service', 'a', 'office'),
      { ...labelled('Service', 'a', 'office'), spec: { type: 'x' } },
    ];
    cache.hear(come(old));
    expect(cache.hear(come(next, old))).toEqual(['branch/office']);
    expect(cache.children(OFFICE)).toEqual([next]);
  });

  it('moves an object whose label names another front, and tells of both', () => {
    const cache = new FrontCache();
    const [old, next] = [labelled('Service', 'a', 'office'), labelled('Service', 'a', 'hall')];
    cache.hear(come(old));
    expect([...cache.hear(come(next, old))].sort()).toEqual(['branch/hall', 'branch/office']);
    expect(cache.children(OFFICE)).toEqual([]);
    expect(names(cache.children(HALL))).toEqual(['a']);
  });

  it('drops an object that is gone, also where its label has changed unseen', () => {
    const cache = new FrontCache();
    const old = labelled('Pod', 'p', 'office');
    cache.hear(come(old));
    const last = { object: labelled('Pod', 'p', 'hall'), old, isGone: true };
    expect([...cache.hear(last)].sort()).toEqual(['branch/hall', 'branch/office']);
    expect(cache.pods(OFFICE)).toEqual([]);
    expect(cache.pods(HALL)).toEqual([]);
  });

  it('is told nothing by an object without the label', () => {
    const cache = new FrontCache();
    expect(cache.hear(come(labelled('Service', 'a')))).toEqual([]);
    expect(cache.hear(gone(labelled('Service', 'a')))).toEqual([]);
  });

  it('gives what nobody can change for the next who asks', () => {
    const cache = new FrontCache();
    cache.hear(come(frontObject()));
    (cache.front(OFFICE)?.metadata as { name: string }).name = 'changed';
    expect(cache.front(OFFICE)?.metadata.name).toBe('office');
  });
});
