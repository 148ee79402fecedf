import { expect, it } from 'vitest';
import { ApiError, type Call } from '../../../operator/kube/call.ts';
import { front, MINUTE, stage } from './events-stage.ts';

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
