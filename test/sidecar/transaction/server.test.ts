import { describe, expect, it } from 'vitest';
import {
  ServerTransaction,
  serverAcked,
  serverDue,
  serverRepeats,
  serverResponds,
  serverTimer,
} from '../../../sidecar/transaction/server.ts';
import { GIVE_UP, T1, T4 } from '../../../sidecar/transaction/timing.ts';
import type { Flow } from '../../../sidecar/wire/flow.ts';

const udp: Flow = { transport: 'UDP', listener: 'udp', address: '127.0.0.1', port: 5062, connection: 0 };
const tcp: Flow = { transport: 'TCP', listener: 'tcp', address: '127.0.0.1', port: 5062, connection: 3 };
const start = (method: string, flow = udp) => new ServerTransaction<string>('key', method, flow, 0);

describe('the INVITE server transaction (RFC 3261 §17.2.1, RFC 6026)', () => {
  it('answers a repeated INVITE with the last provisional answer', () => {
    const tx = start('INVITE');
    expect(serverRepeats(tx)).toBe('');
    serverResponds(tx, 100, 'trying', 0);
    serverResponds(tx, 180, 'ringing', 10);
    expect(serverRepeats(tx)).toBe('ringing');
  });

  it('passes further 2xx in Accepted, absorbs repeated INVITEs and refusals, and ends after timer L', () => {
    const tx = start('INVITE');
    expect(serverResponds(tx, 200, 'ok', 0)).toBe(true);
    expect(serverResponds(tx, 200, 'ok of another fork', 100)).toBe(true);
    expect(serverResponds(tx, 486, 'busy', 100)).toBe(false);
    expect(serverRepeats(tx)).toBe('');
    expect(serverDue(tx)).toBe(GIVE_UP);
    serverTimer(tx, GIVE_UP);
    expect(tx.state).toBe('terminated');
  });

  it('keeps its owner in Accepted, since another 2xx may still come', () => {
    const tx = start('INVITE');
    tx.owner = 'context';
    serverResponds(tx, 200, 'ok', 0);
    expect(tx.owner).toBe('context');
  });

  it('repeats a refusal over UDP up to T2 apart until timer H, or until the ACK', () => {
    const tx = start('INVITE');
    serverResponds(tx, 486, 'busy', 0);
    const resent: number[] = [];
    while (serverDue(tx) < 12_000) {
      const now = serverDue(tx);
      expect(serverTimer(tx, now)).toBe('resend');
      resent.push(now);
    }
    expect(resent).toEqual([T1, 1_500, 3_500, 7_500, 11_500]);
    expect(serverAcked(tx, 11_600)).toBe(false);
    expect(tx.state).toBe('confirmed');
    expect(serverDue(tx)).toBe(11_600 + T4);
  });

  it('ends with the ACK over a reliable transport, and never repeats there', () => {
    const tx = start('INVITE', tcp);
    serverResponds(tx, 486, 'busy', 0);
    expect(serverDue(tx)).toBe(GIVE_UP);
    serverAcked(tx, 50);
    expect(tx.state).toBe('terminated');
  });

  it('passes on the ACK of a 2xx', () => {
    const tx = start('INVITE');
    serverResponds(tx, 200, 'ok', 0);
    expect(serverAcked(tx, 50)).toBe(true);
  });

  it('ends at timer H if no ACK comes', () => {
    const tx = start('INVITE', tcp);
    serverResponds(tx, 486, 'busy', 0);
    serverTimer(tx, GIVE_UP);
    expect(tx.state).toBe('terminated');
  });
});

describe('the non-INVITE server transaction (RFC 3261 §17.2.2)', () => {
  it('absorbs repetitions in silence until it has an answer to repeat', () => {
    const tx = start('REGISTER');
    expect(serverRepeats(tx)).toBe('');
    serverResponds(tx, 200, 'ok', 0);
    expect(serverRepeats(tx)).toBe('ok');
  });

  it('asks for a 100 once, when a silent peer’s repetitions have come to be T2 apart (RFC 4320)', () => {
    const tx = start('REGISTER');
    expect(serverDue(tx)).toBe(3_500);
    expect(serverTimer(tx, 3_500)).toBe('trying');
    serverResponds(tx, 100, 'trying', 3_500);
    expect(serverRepeats(tx)).toBe('trying');
    expect(serverDue(tx)).toBe(Number.POSITIVE_INFINITY);
  });

  it('needs no 100 once it is answered', () => {
    const tx = start('REGISTER');
    serverResponds(tx, 200, 'ok', 0);
    expect(serverTimer(tx, 3_500)).toBe('nothing');
  });

  it('keeps the answer for timer J over UDP and lets its owner go', () => {
    const tx = start('REGISTER');
    tx.owner = 'context';
    serverResponds(tx, 401, 'challenge', 100);
    expect(tx.owner).toBeUndefined();
    expect(serverDue(tx)).toBe(100 + GIVE_UP);
  });

  it('ends with its answer over a reliable transport', () => {
    const tx = start('REGISTER', tcp);
    serverResponds(tx, 200, 'ok', 0);
    expect(tx.state).toBe('terminated');
  });

  it('gives one final answer, whatever its user says later', () => {
    const tx = start('REGISTER');
    serverResponds(tx, 200, 'ok', 0);
    expect(serverResponds(tx, 500, 'late', 10)).toBe(false);
    expect(serverRepeats(tx)).toBe('ok');
  });
});
