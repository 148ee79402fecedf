import { describe, expect, it } from 'vitest';
import { accept } from '../../operator/accept.ts';
import type { Front } from '../../operator/front.ts';
import type { KubeObject } from '../../operator/kube/object.ts';
import { APPLIED_HASH } from '../../operator/names.ts';
import { nameOf, type Plan, plan } from '../../operator/plan.ts';
import { render } from '../../operator/render/render.ts';
import { frontObject } from './fronts.ts';

const never = (): boolean => false;
const MEANS = { image: 'midregistrar:1', hasServiceMonitors: true };

const frontOf = (spec: object = {}): Front => accept(frontObject(spec)).front as Front;
const wishes = (spec: object = {}): readonly KubeObject[] => render(frontOf(spec), MEANS, 'config', false);

/** What a world becomes that does as it is told. */
const carriedOut = (live: readonly KubeObject[], { apply, remove }: Plan): KubeObject[] => {
  const world = new Map(live.map((object) => [nameOf(object), object]));
  for (const { object } of apply) world.set(nameOf(object), structuredClone(object));
  for (const object of remove) world.delete(nameOf(object));
  return [...world.values()];
};

const settledWorld = (spec: object = {}): KubeObject[] =>
  carriedOut([], plan(wishes(spec), [], 'uid-office', never));

describe('a plan', () => {
  it('creates everything where nothing is, Services first and the Deployment last', () => {
    const { apply, remove, taken } = plan(wishes(), [], 'uid-office', never);
    expect(apply.map(({ cause }) => cause)).toEqual(apply.map(() => 'Created'));
    expect(apply[0]?.object.kind).toBe('Service');
    expect(apply.at(-1)?.object.kind).toBe('Deployment');
    expect([remove, taken]).toEqual([[], []]);
  });

  it('has nothing to do once it has been carried out', () => {
    expect(plan(wishes(), settledWorld(), 'uid-office', never)).toEqual({ apply: [], remove: [], taken: [] });
  });

  it('writes only what a change of the wish touches', () => {
    const { apply } = plan(wishes({ networkPolicy: 'Managed' }), settledWorld(), 'uid-office', never);
    expect(apply.map(({ cause, object }) => `${cause} ${nameOf(object)}`)).toEqual([
      'Created NetworkPolicy/office-midreg',
    ]);
    const changed = plan(wishes({ drain: { windowSeconds: 99 } }), settledWorld(), 'uid-office', never);
    expect(changed.apply.map(({ cause, object }) => `${cause} ${nameOf(object)}`)).toEqual([
      'Updated Deployment/office-midreg',
    ]);
  });

  it('puts right what others have changed, and leaves alone what they have added', () => {
    const world = settledWorld();
    const [service] = world as [KubeObject & { spec: Record<string, unknown> }];
    service.spec.type = 'ExternalName';
    expect(plan(wishes(), world, 'uid-office', never).apply).toMatchObject([
      { cause: 'DriftCorrected', object: { metadata: { name: service.metadata.name } } },
    ]);
    service.spec.type = 'LoadBalancer';
    service.spec.theirs = 'kept';
    expect(plan(wishes(), world, 'uid-office', never).apply).toEqual([]);
  });

  it('takes what the API server makes of a wish each time for no drift', () => {
    const world = settledWorld();
    const [service] = world as [KubeObject & { spec: Record<string, unknown> }];
    service.spec.type = 'Mutated';
    expect(plan(wishes(), world, 'uid-office', (live) => live === service).apply).toEqual([]);
  });

  it('removes what is not wished for any more, if it is its own', () => {
    const world = settledWorld({ networkPolicy: 'Managed' });
    const theirs: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'theirs', namespace: 'branch' },
    };
    const { remove } = plan(wishes(), [...world, theirs], 'uid-office', never);
    expect(remove.map(nameOf)).toEqual(['NetworkPolicy/office-midreg']);
  });

  it('neither writes nor removes what somebody else has under a name that it needs', () => {
    const theirs: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'office-midreg', namespace: 'branch' },
    };
    const { apply, taken, remove } = plan(wishes(), [theirs], 'uid-office', never);
    expect(taken).toEqual(['ConfigMap/office-midreg']);
    expect(apply.map(({ object }) => nameOf(object))).not.toContain('ConfigMap/office-midreg');
    expect(remove).toEqual([]);
  });

  it('waits for what is on its way out', () => {
    const world = settledWorld().map((object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        deletionTimestamp: '2026-11-25T00:00:00Z',
        annotations: { [APPLIED_HASH]: 'other' },
      },
    }));
    expect(plan(wishes(), world, 'uid-office', never)).toMatchObject({ apply: [], remove: [] });
  });
});
