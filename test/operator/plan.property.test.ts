import fc from 'fast-check';
import { expect, it } from 'vitest';
import { accept } from '../../operator/accept.ts';
import { act } from '../../operator/act.ts';
import type { Front } from '../../operator/front.ts';
import { CHILD_KINDS } from '../../operator/kinds.ts';
import type { KubeObject } from '../../operator/kube/object.ts';
import { pathOf } from '../../operator/kube/path.ts';
import { FRONT_LABEL } from '../../operator/names.ts';
import { nameOf, type Plan, plan } from '../../operator/plan.ts';
import { render } from '../../operator/render/render.ts';
import { proxyResource } from '../../operator/render/resource.ts';
import { ObjectServer } from '../support/kube/objects.ts';
import { frontObject } from './fronts.ts';

const anyListeners = fc.constantFrom(
  [{ name: 'udp' }],
  [{ name: 'udp' }, { name: 'tcp', transport: 'TCP' }],
  [{ name: 'tcp', transport: 'TCP' }, { name: 'udp' }, { name: 'more', port: 5070 }],
  [
    { name: 'six', address: '::' },
    { name: 'udp', port: 5062 },
  ],
);

/** Resources that can be carried out, far from each other. */
const anySpec = fc.record(
  {
    listeners: anyListeners,
    replicas: fc.constantFrom(0, 1),
    exposure: fc.record({
      type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
      externalTrafficPolicy: fc.constantFrom('Local', 'Cluster'),
    }),
    networkPolicy: fc.constantFrom('Managed', 'None'),
    serviceMonitor: fc.constantFrom('Auto', 'None'),
    drain: fc.record({ windowSeconds: fc.integer({ min: 0, max: 600 }) }),
    store: fc.record({
      volume: fc.record({ type: fc.constantFrom('EmptyDir', 'PersistentVolumeClaim') }),
    }),
    registration: fc.record(
      { tokenSecretRef: fc.record({ name: fc.constantFrom('one', 'two') }) },
      { requiredKeys: [] },
    ),
    pod: fc.record(
      {
        nodeSelector: fc.dictionary(fc.constantFrom('zone', 'disk'), fc.constantFrom('a', 'b')),
        labels: fc.dictionary(fc.constantFrom('team', 'tier'), fc.constantFrom('a', 'b')),
        resources: fc.record({ requests: fc.record({ cpu: fc.constantFrom('100m', '0.5', '2') }) }),
        tolerations: fc.array(fc.record({ key: fc.constantFrom('sip', 'spot') }), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

/** What others do to objects of the front: harm, which is put right, and their own, which stays. */
const HARM: readonly object[] = [
  { metadata: { labels: { [FRONT_LABEL]: 'other' } } },
  { metadata: { labels: { [FRONT_LABEL]: null } } },
  { metadata: { labels: { 'app.kubernetes.io/name': null } } },
  { metadata: { ownerReferences: null } },
];
const OWN = { metadata: { labels: { theirs: 'kept' }, annotations: { 'test/theirs': 'kept' } } };

const anyStep = fc.oneof(
  fc.record({ kind: fc.constant('want' as const), spec: anySpec }),
  fc.record({ kind: fc.constant('harm' as const), which: fc.nat(20), patch: fc.constantFrom(...HARM) }),
  fc.record({ kind: fc.constant('add' as const), which: fc.nat(20) }),
  fc.record({ kind: fc.constant('delete' as const), which: fc.nat(20) }),
);

const MEANS = { image: 'midregistrar:1', hasServiceMonitors: true };
const THEIRS = 'ConfigMap/theirs';

const wishes = (front: Front): readonly KubeObject[] => render(front, MEANS, proxyResource(front, []), false);

const children = (server: ObjectServer): readonly KubeObject[] =>
  CHILD_KINDS.flatMap(({ plural }) => server.all(plural));

const pathFor = ({ kind, metadata }: KubeObject): string => {
  const found = CHILD_KINDS.find((each) => each.kind === kind) ?? CHILD_KINDS[0];
  return pathOf({ ...found, namespace: 'branch', name: metadata.name });
};

/** As the watches tell it, which select by the label. */
const planOf = (server: ObjectServer, front: Front): Plan => {
  const seen = children(server).filter(({ metadata }) => metadata.labels?.[FRONT_LABEL] === front.name);
  return plan(wishes(front), seen, front.uid, () => false);
};

it('is done at once and for all, whatever is wished and whatever others do', {
  timeout: 30_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(anySpec, fc.array(anyStep, { maxLength: 8 }), async (first, steps) => {
      const server = new ObjectServer();
      const theirs = {
        ...frontObject(),
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { name: 'theirs', labels: { [FRONT_LABEL]: 'office' } },
      };
      await server.send({ method: 'POST', path: '/api/v1/namespaces/branch/configmaps', body: theirs });
      const theirVersion = server.object('configmaps', 'theirs')?.metadata.resourceVersion;
      let front = accept(frontObject(first)).front as Front;
      const added = new Set<string>();
      for (const step of [{ kind: 'want' as const, spec: first }, ...steps]) {
        const mine = children(server).filter((object) => nameOf(object) !== THEIRS);
        const target = 'which' in step ? mine[step.which % Math.max(1, mine.length)] : undefined;
        if (step.kind === 'want') front = accept(frontObject(step.spec)).front as Front;
        else if (target !== undefined && step.kind === 'delete') {
          await server.send({ method: 'DELETE', path: pathFor(target) });
          added.delete(nameOf(target));
        } else if (target !== undefined && step.kind !== 'delete') {
          if (step.kind === 'add') added.add(nameOf(target));
          await server.send({
            method: 'PATCH',
            path: pathFor(target),
            query: { fieldManager: 'them' },
            contentType: 'application/merge-patch+json',
            body: step.kind === 'harm' ? step.patch : OWN,
          });
        }
        const done = await act(server, planOf(server, front), { uid: front.uid, isNew: false });
        expect([done.refusals, done.failure]).toEqual([[], undefined]);
        // There is nothing left to do, all that is wished is there, and what others have is as they left it.
        expect(planOf(server, front)).toEqual({ apply: [], remove: [], taken: [] });
        const there = children(server);
        expect(there.map(nameOf).sort()).toEqual([...wishes(front).map(nameOf), THEIRS].sort());
        for (const object of there) if (added.has(nameOf(object))) expect(object).toMatchObject(OWN);
        expect(server.object('configmaps', 'theirs')?.metadata.resourceVersion).toBe(theirVersion);
        for (const name of added) if (!there.some((object) => nameOf(object) === name)) added.delete(name);
      }
    }),
    { numRuns: 30 },
  );
});
