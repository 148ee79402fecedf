import { expect, it } from 'vitest';
import type { Happening } from '../../../operator/kube/events.ts';
import { front, MINUTE, stage } from './events-stage.ts';

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
