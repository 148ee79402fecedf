import { describe, expect, it } from 'vitest';
import type { PbxEvent } from '../../demo/pbx.ts';
import type { CallOutcome, IncomingCallEvent } from '../../demo/phone.ts';
import { startedPbx, startedPhone } from './fixture.ts';

function watch() {
  const reached = new Map<string, PromiseWithResolvers<IncomingCallEvent>>();
  const state = (name: IncomingCallEvent['state']) => {
    const waiting = reached.get(name) ?? Promise.withResolvers<IncomingCallEvent>();
    reached.set(name, waiting);
    return waiting;
  };
  return {
    onCall: (event: IncomingCallEvent) => state(event.state).resolve(event),
    until: (name: IncomingCallEvent['state']) => state(name).promise,
  };
}

function answered(outcome: CallOutcome) {
  if (outcome.kind === 'refused') throw new Error(`call refused: ${outcome.code} ${outcome.reason}`);
  return outcome.call;
}

describe('a call through the demo PBX', () => {
  it('rings, is answered and acknowledged, and ends when the caller hangs up', async () => {
    const pbx = await startedPbx();
    const events: PbxEvent[] = [];
    pbx.onEvent((event) => events.push(event));
    const callee = watch();
    const alice = await startedPhone(pbx, 'alice');
    const bob = await startedPhone(pbx, 'bob', { onCall: callee.onCall });
    await bob.register();
    let rang = false;
    const call = answered(await alice.call('bob', { onRinging: () => (rang = true) }));
    expect(rang).toBe(true);
    expect(await callee.until('confirmed')).toMatchObject({
      peer: 'sip:alice@pbx.test',
      callId: call.callId,
    });
    expect(await call.hangup()).toEqual({ code: 200, reason: 'OK' });
    await callee.until('ended');
    const passed = events.filter((event) => event.kind === 'forwarded').map(({ method }) => method);
    expect(passed).toEqual(['INVITE', 'BYE']);
  });

  it('ends when the callee hangs up', async () => {
    const pbx = await startedPbx();
    const callee = watch();
    const alice = await startedPhone(pbx, 'alice');
    const bob = await startedPhone(pbx, 'bob', { onCall: callee.onCall });
    await bob.register();
    const call = answered(await alice.call('bob'));
    const { call: other } = await callee.until('confirmed');
    expect(await other?.hangup()).toEqual({ code: 200, reason: 'OK' });
    expect(await call.ended).toBe('remote');
  });

  it('is cancelled while it rings', async () => {
    const pbx = await startedPbx();
    const callee = watch();
    const alice = await startedPhone(pbx, 'alice');
    const bob = await startedPhone(pbx, 'bob', { onCall: callee.onCall, answerAfterMilliseconds: 60_000 });
    await bob.register();
    const patience = new AbortController();
    const outcome = await alice.call('bob', { signal: patience.signal, onRinging: () => patience.abort() });
    expect(outcome).toEqual({ kind: 'refused', code: 487, reason: 'Request Terminated' });
    await callee.until('cancelled');
  });

  it('is cancelled even when the PBX drops the callee meanwhile', async () => {
    const pbx = await startedPbx();
    const alice = await startedPhone(pbx, 'alice');
    const bob = await startedPhone(pbx, 'bob', { answerAfterMilliseconds: 60_000 });
    await bob.register();
    const patience = new AbortController();
    const onRinging = () => {
      pbx.drop('bob');
      patience.abort();
    };
    expect(await alice.call('bob', { signal: patience.signal, onRinging })).toMatchObject({ code: 487 });
  });

  it('is refused with 404 to someone the PBX does not know', async () => {
    const alice = await startedPhone(await startedPbx(), 'alice');
    expect(await alice.call('nobody')).toEqual({ kind: 'refused', code: 404, reason: 'No such user' });
  });

  it('is refused with 480 to someone who is not registered', async () => {
    const alice = await startedPhone(await startedPbx(), 'alice');
    const refusal = { kind: 'refused', code: 480, reason: 'User is not registered' };
    expect(await alice.call('bob')).toEqual(refusal);
  });

  it('is refused with 403 to a caller with a wrong password', async () => {
    const alice = await startedPhone(await startedPbx(), 'alice', { password: 'wrong' });
    expect(await alice.call('bob')).toMatchObject({ kind: 'refused', code: 403 });
  });

  it('is given up with a local 408 when the phone is closed', async () => {
    const pbx = await startedPbx();
    const alice = await startedPhone(pbx, 'alice');
    const bob = await startedPhone(pbx, 'bob', { answerAfterMilliseconds: 60_000 });
    await bob.register();
    const outcome = await alice.call('bob', { onRinging: () => void alice.close() });
    expect(outcome).toEqual({ kind: 'refused', code: 408, reason: 'Phone is closed' });
  });
});

describe('a message', () => {
  it('is refused by the PBX with 405', async () => {
    const pbx = await startedPbx();
    const [alice, bob] = [await startedPhone(pbx, 'alice'), await startedPhone(pbx, 'bob')];
    await bob.register();
    expect(await alice.message('bob', 'hello')).toEqual({ code: 405, reason: 'Method Not Allowed' });
  });

  it('is taken by a phone as it was written, whatever its language', async () => {
    const pbx = await startedPbx();
    const received = Promise.withResolvers<unknown>();
    const bob = await startedPhone(pbx, 'bob', { onMessage: received.resolve });
    const alice = await startedPhone(pbx, 'alice', { proxy: { address: '127.0.0.1', port: bob.port } });
    expect(await alice.message('bob', 'Grüße, 你好')).toEqual({ code: 200, reason: 'OK' });
    expect(await received.promise).toEqual({ from: 'sip:alice@pbx.test', text: 'Grüße, 你好' });
  });
});
