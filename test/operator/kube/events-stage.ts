import type { Kube } from '../../../operator/kube/call.ts';
import { EventRecorder, type Happening } from '../../../operator/kube/events.ts';
import type { KubeObject } from '../../../operator/kube/object.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { KubeMemory, type StoredObject } from '../../support/kube-memory.ts';

export const MINUTE = 60_000;

export const front = (name: string, namespace = 'default'): KubeObject => ({
  apiVersion: 'midregistrar.dev/v1',
  kind: 'MidRegistrar',
  metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: '5' },
  spec: { domains: ['example.com'] },
});

export const happening = (wish: Partial<Happening> = {}): Happening => ({
  regarding: front('office'),
  type: 'Warning',
  reason: 'UpstreamDown',
  action: 'Observe',
  note: 'pbx does not answer',
  ...wish,
});

export interface Stage {
  readonly time: FakeTime;
  readonly kube: KubeMemory;
  readonly recorder: EventRecorder;
  readonly record: (wish?: Partial<Happening>) => void;
  readonly told: { dropped: number; disabled: string[] };
  readonly events: () => (StoredObject & { series?: { count: number; lastObservedTime: string } })[];
  readonly methods: () => string[];
}

/** A recorder before an API server; `way` stands between the two. */
export function stage(way: (kube: Kube) => Kube['send'] = (kube) => (call) => kube.send(call)): Stage {
  const time = new FakeTime();
  const kube = new KubeMemory();
  const told: Stage['told'] = { dropped: 0, disabled: [] };
  let chance = 0;
  const recorder = new EventRecorder({
    kube: { send: way(kube), lines: () => kube.lines() },
    controller: 'midregistrar.dev/operator',
    instance: 'operator-0',
    now: () => Date.UTC(2026, 10, 25) + time.clock(),
    random: () => {
      chance = (chance + 0.381_966) % 1;
      return chance;
    },
    after: time.after,
    onDropped: () => void told.dropped++,
    onDisabled: (reason) => void told.disabled.push(reason),
  });
  return {
    time,
    kube,
    recorder,
    record: (wish) => recorder.record(happening(wish)),
    told,
    events: () => [...kube.objects.values()],
    methods: () => kube.calls.map(({ method }) => method),
  };
}
