import { describe, expect, it } from 'vitest';
import {
  ClientTransaction,
  cancelled,
  clientDue,
  clientReceives,
  clientTimer,
} from '../../../sidecar/transaction/client.ts';
import { GIVE_UP, T1, T2, TIMER_C, TIMER_D } from '../../../sidecar/transaction/timing.ts';
import type { Flow } from '../../../sidecar/wire/flow.ts';

const udp: Flow = { transport: 'UDP', listener: 'udp', address: '127.0.0.1', port: 5070, connection: 0 };
const tcp: Flow = { transport: 'TCP', listener: 'tcp', address: '127.0.0.1', port: 5070, connection: 7 };
const start = (method: string, flow = udp, giveUpAfter = GIVE_UP) =>
  new ClientTransaction('z9hG4bKx', method, flow, 'text', undefined, giveUpAfter, 0);

/** When the machine sends again and what its end is, with nobody answering. */
function silence(tx: ClientTransaction<undefined>): { resent: number[]; end: number; verdict: string } {
  const resent: number[] = [];
  for (;;) {
    const now = clientDue(tx);
    const verdict = clientTimer(tx, now);
    if (verdict !== 'resend') return { resent, end: now, verdict };
    resent.push(now);
  }
}

describe('the INVITE client transaction (RFC 3261 §17.1.1, RFC 6026)', () => {
  it('repeats over UDP at doubling intervals until timer B ends it', () => {
    expect(silence(start('INVITE'))).toEqual({
      resent: [500, 1500, 3500, 7500, 15500, 31500],
      end: GIVE_UP,
      verdict: 'timeout',
    });
  });

  it('does not repeat over a reliable transport', () => {
    expect(silence(start('INVITE', tcp))).toEqual({ resent: [], end: GIVE_UP, verdict: 'timeout' });
  });

  it('stops repeating at the first provisional answer and waits for timer C', () => {
    const tx = start('INVITE');
    expect(clientReceives(tx, 100, 200)).toBe('pass');
    expect(tx.state).toBe('proceeding');
    expect(clientDue(tx)).toBe(200 + TIMER_C);
  });

  it('starts timer C anew at each answer from 101 to 199', () => {
    const tx = start('INVITE');
    clientReceives(tx, 180, 200);
    clientReceives(tx, 183, 60_200);
    expect(clientDue(tx)).toBe(60_200 + TIMER_C);
  });

  it('asks for a CANCEL when timer C fires and gives the peer 64*T1 to end', () => {
    const tx = start('INVITE');
    clientReceives(tx, 180, 0);
    expect(clientTimer(tx, TIMER_C)).toBe('timerC');
    expect(clientDue(tx)).toBe(TIMER_C + GIVE_UP);
    expect(clientTimer(tx, TIMER_C + GIVE_UP)).toBe('timeout');
  });

  it('does not let a ringing peer prolong what has been cancelled', () => {
    const tx = start('INVITE');
    clientReceives(tx, 180, 0);
    cancelled(tx, 1_000);
    clientReceives(tx, 180, 20_000);
    expect(clientDue(tx)).toBe(1_000 + GIVE_UP);
  });

  it('passes every 2xx in Accepted for 64*T1 and then ends in silence', () => {
    const tx = start('INVITE');
    expect(clientReceives(tx, 200, 100)).toBe('pass');
    expect(tx.state).toBe('accepted');
    expect(clientReceives(tx, 200, 300)).toBe('pass');
    expect(clientReceives(tx, 486, 400)).toBe('absorb');
    expect(clientTimer(tx, 100 + GIVE_UP)).toBe('nothing');
    expect(tx.state).toBe('terminated');
  });

  it('acknowledges a refusal, absorbs its repetitions with the same ACK, and lingers for timer D', () => {
    const tx = start('INVITE');
    expect(clientReceives(tx, 486, 100)).toBe('passAndAck');
    expect(clientReceives(tx, 486, 600)).toBe('ack');
    expect(clientDue(tx)).toBe(100 + TIMER_D);
  });

  it('ends at once after a refusal over a reliable transport', () => {
    const tx = start('INVITE', tcp);
    expect(clientReceives(tx, 486, 100)).toBe('passAndAck');
    expect(tx.state).toBe('terminated');
  });
});

describe('the non-INVITE client transaction (RFC 3261 §17.1.2)', () => {
  it('repeats over UDP at intervals doubling up to T2 until timer F ends it', () => {
    const { resent, end, verdict } = silence(start('REGISTER'));
    expect(resent.slice(0, 5)).toEqual([500, 1500, 3500, 7500, 11500]);
    expect(resent.at(-1)).toBe(31_500);
    expect({ end, verdict }).toEqual({ end: GIVE_UP, verdict: 'timeout' });
  });

  it('gives up earlier where less patience is configured', () => {
    expect(silence(start('REGISTER', udp, 4_000)).end).toBe(4_000);
  });

  it('repeats each T2 once a provisional answer has come', () => {
    const tx = start('OPTIONS');
    clientReceives(tx, 100, T1 / 2);
    expect(clientDue(tx)).toBe(T1 / 2 + T2);
    clientTimer(tx, T1 / 2 + T2);
    expect(clientDue(tx)).toBe(T1 / 2 + 2 * T2);
  });

  it('passes the first final answer and is over: a repetition finds no transaction', () => {
    const tx = start('REGISTER');
    expect(clientReceives(tx, 200, 100)).toBe('pass');
    expect(tx.state).toBe('terminated');
    expect(clientReceives(tx, 200, 200)).toBe('absorb');
  });

  it('starts its repetitions anew when it is sent by another way', () => {
    const tx = start('REGISTER', tcp);
    tx.reroute(udp, 'text by UDP', 3_000);
    expect(clientDue(tx)).toBe(3_000 + T1);
    expect(tx.flow).toBe(udp);
  });
});
