import { describe, expect, it } from 'vitest';
import { ClientTransaction } from '../../../sidecar/transaction/client.ts';
import { TransactionTable } from '../../../sidecar/transaction/table.ts';
import { GIVE_UP } from '../../../sidecar/transaction/timing.ts';
import type { Flow } from '../../../sidecar/wire/flow.ts';

const udp: Flow = { transport: 'UDP', listener: 'udp', address: '127.0.0.1', port: 5062, connection: 0 };

function table(capacity: number) {
  const sent: string[] = [];
  const timeouts: string[] = [];
  const late: string[] = [];
  const transactions = new TransactionTable<string, string>(capacity, 'seed', 0);
  const send = (_flow: Flow, text: string): void => void sent.push(text);
  const turn = (now: number): void =>
    transactions.advance(
      now,
      send,
      (tx, verdict) => void timeouts.push(`${tx.branch} ${verdict}`),
      (tx) => void late.push(tx.key),
    );
  return { transactions, sent, timeouts, late, send, turn };
}

describe('the transaction table', () => {
  it('lets the oldest answered transaction give way when it is full', () => {
    const { transactions, send } = table(2);
    const first = transactions.openServer('first', 'REGISTER', udp, 0);
    transactions.openServer('second', 'REGISTER', udp, 0);
    if (first) transactions.respond(first, 200, 'ok', 0, send);
    expect(transactions.openServer('third', 'REGISTER', udp, 0)).toBeDefined();
    expect(transactions.answered('first', 0)).toBeUndefined();
    expect(transactions.server('second')).toBeDefined();
  });

  it('refuses a new transaction when all it holds are unanswered', () => {
    const { transactions } = table(1);
    transactions.openServer('first', 'REGISTER', udp, 0);
    expect(transactions.openServer('second', 'REGISTER', udp, 0)).toBeUndefined();
  });

  it('is empty and asks for no wake-up after all timers have run out', () => {
    const { transactions, send, turn } = table(100_000);
    for (let i = 0; i < 5_000; i++) {
      const server = transactions.openServer(`server ${i}`, 'REGISTER', udp, 0);
      transactions.openClient(
        new ClientTransaction(`z9hG4bK${i}`, 'REGISTER', udp, '', '', GIVE_UP, 0),
        send,
      );
      if (server) transactions.respond(server, 504, 'late', i, send);
    }
    for (let now = 0; now < 2 * GIVE_UP; now += 100) turn(now);
    expect(transactions.serverCount(2 * GIVE_UP + 5_000) + transactions.clientCount).toBe(0);
    expect(transactions.wakeAt).toBe(Number.POSITIVE_INFINITY);
  });

  it('names the streams that are waited on: the very one, or any to a peer', () => {
    const { transactions, send } = table(10);
    const phone: Flow = { ...udp, transport: 'TCP', listener: 'tcp', connection: 7 };
    const pbx: Flow = { ...phone, port: 5060, connection: 0 };
    const server = transactions.openServer('a', 'INVITE', phone, 0);
    const client = new ClientTransaction('z9hG4bKa', 'INVITE', pbx, '', '', GIVE_UP, 0);
    transactions.openClient(client, send);
    expect(transactions.busyStreams).toEqual(new Set(['7', 'tcp 127.0.0.1:5060']));
    transactions.receive(client, 200, 0);
    expect(transactions.busyStreams).toEqual(new Set(['7']));
    if (server) transactions.respond(server, 200, 'ok', 0, send);
    expect(transactions.busyStreams).toEqual(new Set());
  });

  it('keeps of a call that is up only who is to have further 2xx, and that repetitions get nothing', () => {
    const { transactions, send, sent, turn } = table(10);
    const phone: Flow = { ...udp, transport: 'WSS', listener: 'wss', address: '2001:db8::7', connection: 9 };
    const server = transactions.openServer('key', 'INVITE', phone, 0);
    const client = new ClientTransaction('z9hG4bKa', 'INVITE', udp, 'INVITE', 'copy', GIVE_UP, 0);
    if (server === undefined) throw new Error('there is room');
    transactions.openClient(client, send);
    transactions.reduceCall(server, client, 0);
    expect(transactions.client('z9hG4bKa', 'INVITE')).toBe(client);
    transactions.receive(client, 200, 0);
    transactions.respond(server, 200, 'ok', 0, send);
    transactions.reduceCall(server, client, 0);
    sent.length = 0;
    expect(transactions.server('key') ?? transactions.client('z9hG4bKa', 'INVITE')).toBeUndefined();
    for (const now of [0, GIVE_UP - 1]) {
      turn(now);
      expect(transactions.answered('key', now)).toEqual({ flow: phone, text: '' });
      expect(transactions.acceptedBy('z9hG4bKa', now)).toEqual(phone);
    }
    expect(transactions.acceptedBy('z9hG4bKa', GIVE_UP)).toBeUndefined();
    expect([transactions.serverCount(GIVE_UP), transactions.wakeAt, sent]).toEqual([
      0,
      Number.POSITIVE_INFINITY,
      [],
    ]);
  });

  it('tells an INVITE from its CANCEL, which has the same branch', () => {
    const { transactions, send } = table(10);
    const invite = new ClientTransaction('z9hG4bKa', 'INVITE', udp, 'INVITE', 'copy', GIVE_UP, 0);
    const cancel = new ClientTransaction('z9hG4bKa', 'CANCEL', udp, 'CANCEL', 'copy', GIVE_UP, 0);
    transactions.openClient(invite, send);
    transactions.openClient(cancel, send);
    expect(transactions.client('z9hG4bKa', 'INVITE')).toBe(invite);
    expect(transactions.client('z9hG4bKa', 'CANCEL')).toBe(cancel);
  });

  it('tells the owner of a request that has no answer yet once that a 100 is due, an answered one’s never', () => {
    const { transactions, late, send, turn } = table(10);
    transactions.openServer('slow', 'REGISTER', udp, 0);
    const quick = transactions.openServer('quick', 'REGISTER', udp, 0);
    transactions.openServer('call', 'INVITE', udp, 0);
    if (quick) transactions.respond(quick, 200, 'ok', 20, send);
    for (let now = 0; now < 20_000; now += 16) turn(now);
    expect(late).toEqual(['slow']);
  });

  it('tells the owner once when nobody answers', () => {
    const { transactions, timeouts, send, turn } = table(10);
    transactions.openClient(
      new ClientTransaction('z9hG4bKb', 'MESSAGE', udp, 'MESSAGE', 'copy', 4_000, 0),
      send,
    );
    for (let now = 0; now < 10_000; now += 16) turn(now);
    expect(timeouts).toEqual(['z9hG4bKb timeout']);
  });
});
