import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProbeConfig, SidecarConfig } from '../../../sidecar/config.ts';
import type { Input, Note } from '../../../sidecar/effect.ts';
import { Prober } from '../../../sidecar/io/prober.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (ms: number): unknown => vi.advanceTimersByTime(ms);

const upstream = (probe: Partial<ProbeConfig> = {}, host = '192.0.2.20'): SidecarConfig['upstream'] => ({
  endpoints: [{ name: 'pbx', host, port: 5060, transport: 'UDP', oversizeTransport: 'TCP' }],
  sources: [],
  probe: { method: 'Options', intervalMs: 30_000, timeoutMs: 4000, failureThreshold: 3, ...probe },
  responseTimeoutMs: 10_000,
  sips: 'RequireTls',
  tls: { authority: undefined, certificate: undefined, serverName: undefined, verify: 'Full' },
  webSocketPath: '/',
});

function start(config = upstream(), isLookedUp = () => true) {
  const asked: Input[] = [];
  const notes: Note[] = [];
  const around = {
    clock: Date.now,
    tally: { drop: () => {}, event: () => {}, handshakeFailed: () => {} },
    note: (note: Note) => void notes.push(note),
  };
  const prober = new Prober(around, config, isLookedUp, (input) => void asked.push(input));
  prober.begin();
  return {
    prober,
    notes,
    /** The questions so far, or their repetitions. */
    count: (isRepeat = false) =>
      asked.filter((input) => 'isRepeat' in input && input.isRepeat === isRepeat).length,
    state: () => prober.health.state,
  };
}

describe('the PBX', () => {
  it('is asked at once and at intervals, and is up after its first answer', () => {
    const { prober, count, state, notes } = start();
    expect([count(), state()]).toEqual([1, 'Unknown']);
    prober.probed(true, '');
    expect(state()).toBe('Up');
    expect(notes).toMatchObject([{ level: 'info', event: 'upstream up', upstream: 'pbx' }]);
    pass(90_000);
    expect(count()).toBe(4);
  });

  it('is asked again the same within a probe after 0.5, 1.5 and 3.5 s (§17.1.2.2), and no more once it is over', () => {
    const { count } = start();
    pass(3400);
    expect(count(true)).toBe(2);
    pass(25_000);
    expect(count(true)).toBe(3);
  });

  it('is not asked again once it has answered', () => {
    const { prober, count } = start();
    prober.probed(true, '');
    pass(25_000);
    expect(count(true)).toBe(0);
  });

  it('is down after three probes without an answer, which is told with what to do', () => {
    const { state, notes } = start();
    pass(63_000);
    expect([state(), notes]).toEqual(['Unknown', []]);
    pass(1001);
    expect(state()).toBe('Down');
    expect(notes).toMatchObject([
      {
        level: 'error',
        event: 'upstream down',
        upstream: 'pbx',
        reason: 'no answer, 3 in a row: is the PBX running, and does it answer OPTIONS from here?',
      },
    ]);
  });

  it('has answered too late where the probe has failed already', () => {
    const { prober, state } = start(upstream({ failureThreshold: 1 }));
    pass(4001);
    prober.probed(true, '');
    expect(state()).toBe('Down');
  });

  it('is asked one thing at a time, however long it may take', () => {
    const { count, state } = start(upstream({ intervalMs: 5000, timeoutMs: 30_000, failureThreshold: 1 }));
    pass(29_999);
    expect([count(), state()]).toEqual([1, 'Unknown']);
    pass(2);
    expect([count(), state()]).toEqual([2, 'Down']);
  });

  it('is asked at once where its address is found', () => {
    const { prober, count } = start();
    prober.probed(false, 'pbx.test has no address');
    pass(1000);
    prober.begin();
    expect(count()).toBe(2);
    pass(29_999);
    expect(count()).toBe(2);
    pass(1);
    expect(count()).toBe(3);
  });
});

describe('a PBX whose name nobody has answered for yet', () => {
  it('is not asked, and is unknown and not down, until it is known where that leads', () => {
    let isLookedUp = false;
    const { prober, count, state, notes } = start(upstream({ failureThreshold: 1 }), () => isLookedUp);
    pass(100_000);
    expect([count(), state(), notes]).toEqual([0, 'Unknown', []]);
    isLookedUp = true;
    prober.begin();
    expect(count()).toBe(1);
    prober.probed(true, '');
    pass(30_000);
    expect([count(), state()]).toEqual([2, 'Up']);
  });

  it('is not asked after a change of the resource either', () => {
    let isLookedUp = true;
    const { prober, count, state } = start(upstream({ failureThreshold: 1 }), () => isLookedUp);
    prober.probed(true, '');
    isLookedUp = false;
    prober.update(upstream({ failureThreshold: 1 }, 'pbx.test'));
    pass(100_000);
    expect([count(), state()]).toEqual([1, 'Unknown']);
  });
});

describe('a changed resource', () => {
  it('that names another PBX makes all unknown, and asks that one at once', () => {
    const { prober, count, state } = start();
    prober.probed(true, '');
    prober.update(upstream({}, '192.0.2.21'));
    expect([count(), state()]).toEqual([2, 'Unknown']);
  });

  it('that asks for none ends it, and the state is unknown', () => {
    const { prober, count, state } = start();
    prober.probed(true, '');
    prober.update(upstream({ method: 'None' }));
    pass(100_000);
    expect([count(), state()]).toEqual([1, 'Unknown']);
    prober.update(upstream());
    expect(count()).toBe(2);
  });

  it('with another interval keeps what is known, and goes by it at once', () => {
    const { prober, count, state } = start();
    prober.probed(true, '');
    prober.update(upstream({ intervalMs: 5000 }));
    expect(state()).toBe('Up');
    pass(5000);
    expect(count()).toBe(3);
  });

  it('that is about other things changes nothing', () => {
    const { prober, count } = start();
    prober.update({ ...upstream(), sources: ['10.0.0.0/8'] });
    expect(count()).toBe(1);
  });
});
