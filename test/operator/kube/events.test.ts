import { expect, it } from 'vitest';
import { ApiError, type Call, type Kube } from '../../../operator/kube/call.ts';
import { EventRecorder, type Happening } from '../../../operator/kube/events.ts';
import type { KubeObject } from '../../../operator/kube/object.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { KubeMemory, type StoredObject } from '../../support/kube-memory.ts';

const MINUTE = 60_000;

const front = (name: string, namespace = 'default'): KubeObject => ({
  apiVersion: 'midregistrar.dev/v1',
  kind: 'MidRegistrar',
  metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: '5' },
  spec: { domains: ['example.com'] },
});

const happening = (wish: Partial<Happening> = {}): Happening => ({
  regarding: front('office'),
  type: 'Warning',
  reason: 'UpstreamDown',
  action: 'Observe',
  note: 'pbx does not answer',
  ...wish,
});

interface Stage {
  readonly time: FakeTime;
  readonly kube: KubeMemory;
  readonly recorder: EventRecorder;
  readonly record: (wish?: Partial<Happening>) => void;
  readonly told: { dropped: number; disabled: string[] };
  readonly events: () => (StoredObject & { series?: { count: number; lastObservedTime: string } })[];
  readonly methods: () => string[];
}

/** A recorder before an API server; `way` stands between the two. */
function stage(way: (kube: Kube) => Kube['send'] = (kube) => (call) => kube.send(call)): Stage {
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

it('writes an event as events.k8s.io/v1 wants it', async () => {
  const { time, record, events } = stage();
  record();
  await time.pass(0);
  expect(events()).toEqual([
    {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: {
        name: expect.stringMatching(/^office\.[0-9a-f]{12}$/),
        namespace: 'default',
        resourceVersion: '1',
      },
      eventTime: '2026-11-25T00:00:00.000000Z',
      reportingController: 'midregistrar.dev/operator',
      reportingInstance: 'operator-0',
      type: 'Warning',
      reason: 'UpstreamDown',
      action: 'Observe',
      note: 'pbx does not answer',
      regarding: {
        apiVersion: 'midregistrar.dev/v1',
        kind: 'MidRegistrar',
        name: 'office',
        namespace: 'default',
        uid: 'uid-office',
        resourceVersion: '5',
      },
    },
  ]);
});

it('counts repeats in the first event, and writes the count every 30 s at most', async () => {
  const { time, record, events, methods } = stage();
  for (let at = 0; at < 100; at++) {
    record();
    await time.pass(1000);
  }
  expect(methods()).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH']);
  await time.pass(MINUTE);
  expect(events()).toHaveLength(1);
  expect(events()[0]?.series).toEqual({ count: 100, lastObservedTime: '2026-11-25T00:01:39.000000Z' });
  expect(methods()).toHaveLength(5);
  expect(time.timers).toBe(0);
});

it.each<[string, Partial<Happening>]>([
  ['object', { regarding: front('branch') }],
  ['reason', { reason: 'UpstreamUp' }],
  ['note', { note: 'pbx answers 503' }],
  ['type', { type: 'Normal' }],
])('writes another event for another %s', async (_what, wish) => {
  const { time, record, events } = stage();
  record();
  record(wish);
  await time.pass(MINUTE);
  expect(events()).toHaveLength(2);
});

it('begins anew where the same has not happened for 6 minutes', async () => {
  const { time, record, events } = stage();
  record();
  await time.pass(6 * MINUTE - 1);
  record();
  await time.pass(6 * MINUTE - 1);
  expect(events()).toHaveLength(1);
  await time.pass(1);
  record();
  await time.pass(MINUTE);
  expect(events().map(({ series }) => series?.count)).toEqual([2, undefined]);
});

it('lets an object have 25 events at once and one more every 5 minutes, and others their own', async () => {
  const { time, record, events, told } = stage();
  for (let each = 0; each < 40; each++) record({ note: `note ${each}` });
  record({ regarding: front('branch') });
  await time.pass(0);
  expect(events()).toHaveLength(26);
  expect(told.dropped).toBe(15);
  await time.pass(5 * MINUTE);
  record({ note: 'a' });
  record({ note: 'b' });
  await time.pass(0);
  expect(events()).toHaveLength(27);
  expect(told.dropped).toBe(16);
});

it('keeps at most 1,000 events waiting, and forgets none of them', async () => {
  const gate = Promise.withResolvers<void>();
  const { time, record, events, told } = stage((kube) => async (call) => {
    await gate.promise;
    return kube.send(call);
  });
  for (let each = 0; each < 1500; each++) record({ regarding: front(`front-${each}`) });
  // One is on its way.
  expect(told.dropped).toBe(499);
  gate.resolve();
  await time.pass(0);
  expect(events()).toHaveLength(1001);
});

it('cuts a note at 1,024 bytes, between characters', async () => {
  const { time, record, events } = stage();
  record({ note: 'a'.repeat(1024) });
  record({ note: 'b'.repeat(1025) });
  record({ note: '😀'.repeat(300) });
  await time.pass(0);
  const notes = events().map(({ note }) => String(note));
  expect(notes).toEqual(['a'.repeat(1024), `${'b'.repeat(1021)}…`, `${'😀'.repeat(255)}…`]);
});

it('keeps to the longest names and words that the API server takes', async () => {
  const { time, record, events, told } = stage();
  const name = `${'a'.repeat(239)}.${'b'.repeat(13)}`;
  record({ regarding: front(name), action: 'A'.repeat(200), reason: 'R'.repeat(200) });
  await time.pass(0);
  expect(told.dropped).toBe(0);
  expect(events()[0]).toMatchObject({ regarding: { name }, action: 'A'.repeat(128) });
});

it('tells of an object in no namespace in the default one', async () => {
  const { time, record, events } = stage();
  record({ regarding: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: 'u' } } });
  await time.pass(0);
  expect(events()[0]?.metadata.namespace).toBe('default');
});

it('is disabled by the first refusal, and tells of it once', async () => {
  const { time, kube, record, told, methods } = stage();
  kube.forbidden.add('create events');
  for (let each = 0; each < 10; each++) record({ note: `note ${each}` });
  await time.pass(MINUTE);
  record();
  await time.pass(MINUTE);
  expect(methods()).toEqual(['POST']);
  expect(told.disabled).toEqual([
    expect.stringMatching(
      /cannot create resource "events".*; the operator needs create and patch on events \(events.k8s.io\)$/,
    ),
  ]);
  expect(time.timers).toBe(0);
});

it.each([
  ['is going away', ['gone']],
  ['is gone', []],
])('drops the events of a namespace that %s, and goes on with the others', async (_state, terminating) => {
  const { time, kube, record, told, events } = stage();
  for (const namespace of terminating) {
    kube.namespaces.add(namespace);
    kube.terminating.add(namespace);
  }
  record({ regarding: front('lost', 'gone') });
  record();
  await time.pass(MINUTE);
  expect(events()).toHaveLength(1);
  expect(told).toEqual({ dropped: 1, disabled: [] });
});

it('tries an event again with the next counts where the server is away, and leaves it out in the end', async () => {
  let isAway = true;
  const { time, record, told, events } = stage((kube) => async (call) => {
    if (isAway) throw new Error('connection refused');
    return kube.send(call);
  });
  record();
  await time.pass(1000);
  record();
  isAway = false;
  await time.pass(30_000);
  expect(events()[0]?.series?.count).toBe(2);
  expect(told.dropped).toBe(0);
  isAway = true;
  record({ note: 'another' });
  await time.pass(10 * MINUTE);
  expect(told.dropped).toBe(1);
  expect(time.timers).toBe(0);
  isAway = false;
  record({ note: 'another' });
  await time.pass(0);
  expect(events()).toHaveLength(2);
});

it('knows an event whose answer was lost as its own', async () => {
  let isLost = true;
  const { time, record, told, events } = stage((kube) => async (call) => {
    const answer = await kube.send(call);
    if (isLost) throw new Error('connection reset');
    return answer;
  });
  record();
  record();
  await time.pass(0);
  isLost = false;
  await time.pass(2 * MINUTE);
  expect(events()).toHaveLength(1);
  expect(events()[0]?.series?.count).toBe(2);
  expect(told.dropped).toBe(0);
});

it('makes an event anew whose first one has expired', async () => {
  const { time, kube, record, events } = stage();
  record();
  await time.pass(0);
  kube.objects.clear();
  record();
  await time.pass(MINUTE);
  record();
  await time.pass(MINUTE);
  expect(events()).toHaveLength(1);
});

it('gives up on what the server finds invalid', async () => {
  const refuse = async (call: Call): Promise<unknown> => {
    throw new ApiError(422, 'Invalid', `${call.method} is invalid`);
  };
  const { time, record, told } = stage(() => refuse);
  record();
  await time.pass(10 * MINUTE);
  expect(told).toEqual({ dropped: 1, disabled: [] });
});

it('writes what waits when it is closed, also counts', async () => {
  const { time, record, recorder, events, methods } = stage();
  record();
  await time.pass(0);
  record();
  record();
  await recorder.close(5000);
  expect(events()[0]?.series?.count).toBe(3);
  record();
  await time.pass(MINUTE);
  expect(methods()).toEqual(['POST', 'PATCH']);
  expect(time.timers).toBe(0);
});

it('writes an event once that is on its way when it is closed', async () => {
  const gate = Promise.withResolvers<void>();
  const { time, record, recorder, methods } = stage((kube) => async (call) => {
    await gate.promise;
    return kube.send(call);
  });
  record();
  await time.pass(0);
  const closed = recorder.close(5000);
  gate.resolve();
  await closed;
  expect(methods()).toEqual(['POST']);
});

it('is closed in time also where the server does not answer, and writes no more then', async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const { time, record, recorder } = stage(() => ({ signal }) => {
    signals.push(signal);
    return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  });
  record();
  record({ note: 'another' });
  let isClosed = false;
  void recorder.close(5000).then(() => {
    isClosed = true;
  });
  await time.pass(4999);
  expect(isClosed).toBe(false);
  await time.pass(1);
  expect(isClosed).toBe(true);
  expect(signals).toHaveLength(1);
  expect(signals[0]?.aborted).toBe(true);
});
