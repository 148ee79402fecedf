import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProbeConfig, SidecarConfig } from '../../../sidecar/config.ts';
import type { Input, Note } from '../../../sidecar/effect.ts';
import { Prober } from '../../../sidecar/io/prober.ts';
import { viewUpstreams } from '../../../sidecar/io/upstream-view.ts';
import { observed } from './support.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (ms: number): unknown => vi.advanceTimersByTime(ms);

const [A, B] = ['UDP 192.0.2.20:5060', 'UDP 192.0.2.21:5060'];

const upstream = (probe: Partial<ProbeConfig> = {}): SidecarConfig['upstream'] => ({
  endpoints: [
    {
      name: 'pbx',
      host: 'pbx.test',
      port: 5060,
      transport: 'UDP',
      oversizeTransport: 'TCP',
      priority: 0,
      weight: 1,
    },
  ],
  sources: [],
  probe: { method: 'Options', intervalMs: 30_000, timeoutMs: 4000, failureThreshold: 3, ...probe },
  responseTimeoutMs: 10_000,
  sips: 'RequireTls',
  tls: { authority: undefined, certificate: undefined, serverName: undefined, verify: 'Full' },
  webSocketPath: '/',
  failoverMs: 3000,
});

const STATE = {
  name: 'pbx',
  host: 'pbx.test',
  port: 5060,
  transport: 'UDP',
  priority: 0,
  weight: 1,
  hops: [A],
};

const leading = (...hops: string[]): ReadonlyMap<string, readonly string[]> => new Map([['pbx', hops]]);

function start(config = upstream(), hops = [A]) {
  const given: Input[] = [];
  const notes: Note[] = [];
  const around = {
    clock: Date.now,
    tally: { drop: () => {}, event: () => {}, handshakeFailed: () => {} },
    note: (note: Note) => void notes.push(note),
  };
  const prober = new Prober(around, config, (input) => void given.push(input));
  prober.follow(leading(...hops));
  prober.begin();
  return {
    prober,
    notes,
    /** The questions to one address so far, or their repetitions. */
    count: (isRepeat = false, hop = A) =>
      given.filter((input) => input.kind === 'probe' && input.hop === hop && input.isRepeat === isRepeat)
        .length,
    state: () => prober.health('pbx').state,
    failed: () => given.filter(({ kind }) => kind === 'probeFailed'),
  };
}

describe('the PBX', () => {
  it('is asked at once and at intervals, and is up after its first answer', () => {
    const { prober, count, state, notes } = start();
    expect([count(), state()]).toEqual([1, 'Unknown']);
    prober.probed(A, true, '');
    expect(state()).toBe('Up');
    expect(notes).toMatchObject([{ level: 'info', event: 'upstream up', upstream: 'pbx' }]);
    pass(90_000);
    expect(count()).toBe(4);
  });

  it('is not asked before the sockets are open', () => {
    const given: Input[] = [];
    const prober = new Prober(observed(), upstream(), (input) => void given.push(input));
    prober.follow(leading(A));
    pass(100_000);
    expect(given).toEqual([]);
    prober.begin();
    expect(given).toHaveLength(1);
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
    prober.probed(A, true, '');
    pass(25_000);
    expect(count(true)).toBe(0);
  });

  it('is down after three probes without an answer, which is told with what to do', () => {
    const { state, notes, failed } = start();
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
    expect(failed()).toEqual([
      { kind: 'probeFailed', hop: A, isDown: false },
      { kind: 'probeFailed', hop: A, isDown: false },
      { kind: 'probeFailed', hop: A, isDown: true },
    ]);
  });

  it('has what is known of why it does not answer told with it, until it does', () => {
    const { prober } = start(upstream({ failureThreshold: 1 }));
    const told = () => JSON.stringify(viewUpstreams([STATE], prober));
    prober.probed(A, false, 'it can not be reached (refused)');
    expect(told()).toContain('"state":"Down"');
    expect(told()).toContain('"fault":"it can not be reached (refused)"');
    pass(34_001);
    expect(told()).not.toContain('fault');
    pass(26_000);
    prober.probed(A, true, '');
    expect(told()).toContain('"state":"Up"');
  });

  it('has answered too late where the probe has failed already', () => {
    const { prober, state } = start(upstream({ failureThreshold: 1 }));
    pass(4001);
    prober.probed(A, true, '');
    expect(state()).toBe('Down');
  });

  it('is asked one thing at a time, however long it may take', () => {
    const { count, state } = start(upstream({ intervalMs: 5000, timeoutMs: 30_000, failureThreshold: 1 }));
    pass(29_999);
    expect([count(), state()]).toEqual([1, 'Unknown']);
    pass(2);
    expect([count(), state()]).toEqual([2, 'Down']);
  });
});

describe('a PBX of several addresses', () => {
  it('is up while one of them is, and each is told of', () => {
    const { prober, state, notes } = start(upstream({ failureThreshold: 1 }), [A, B]);
    prober.probed(A, true, '');
    pass(4001);
    expect(state()).toBe('Up');
    expect(prober.health('pbx').hops.map(({ health }) => health.state)).toEqual(['Up', 'Down']);
    expect(notes.map(({ event }) => event)).toEqual(['upstream up', 'upstream address down']);
    expect(notes[1]?.reason).toContain(`${B}: no answer`);
    pass(30_000);
    expect(state()).toBe('Down');
    expect(notes.at(-1)?.event).toBe('upstream down');
  });

  it('is asked at new addresses at once, and no more at former ones', () => {
    const { prober, count } = start();
    prober.follow(leading(B));
    expect(count(false, B)).toBe(1);
    pass(60_000);
    expect([count(), count(false, B)]).toEqual([1, 3]);
  });

  it('keeps what is known of an address that stays', () => {
    const { prober, count } = start();
    prober.probed(A, true, '');
    prober.follow(leading(A, B));
    expect(prober.health('pbx').hops.map(({ health }) => health.state)).toEqual(['Up', 'Unknown']);
    expect(count()).toBe(1);
  });
});

describe('an address at which a request has failed', () => {
  it('is asked at once, and every 5 s until it answers', () => {
    const { prober, count } = start();
    prober.probed(A, true, '');
    pass(10_000);
    prober.suspected(A);
    pass(0);
    expect(count()).toBe(2);
    pass(15_000);
    expect(count()).toBe(5);
    prober.probed(A, true, '');
    pass(5_000);
    expect(count()).toBe(6);
    prober.probed(A, true, '');
    pass(29_999);
    expect(count()).toBe(6);
  });

  it('is not asked more than once a second for it', () => {
    const { prober, count } = start();
    for (let i = 0; i < 100; i++) {
      prober.probed(A, true, '');
      prober.suspected(A);
      pass(20);
    }
    expect(count()).toBeLessThanOrEqual(4);
  });

  it('is not asked where nothing is', () => {
    const { prober, count } = start(upstream({ method: 'None' }));
    prober.suspected(A);
    pass(60_000);
    expect(count()).toBe(0);
  });
});

describe('a PBX whose name', () => {
  it('nobody has answered for yet is unknown and not down', () => {
    const { prober } = start();
    prober.follow(new Map());
    pass(100_000);
    expect(prober.health('pbx').state).toBe('Unknown');
  });

  it('leads nowhere is down since it does', () => {
    const { prober } = start();
    pass(5000);
    prober.follow(leading());
    const since = Date.now();
    pass(5000);
    prober.follow(leading());
    expect(prober.health('pbx')).toEqual({ state: 'Down', since, failures: 0, hops: [] });
  });
});

describe('a changed resource', () => {
  it('that asks for none ends it, and the state is unknown', () => {
    const { prober, count, state } = start();
    prober.probed(A, true, '');
    prober.update(upstream({ method: 'None' }));
    pass(100_000);
    expect([count(), state()]).toEqual([1, 'Unknown']);
    prober.update(upstream());
    expect(count()).toBe(2);
  });

  it('with another interval keeps what is known, and goes by it at once', () => {
    const { prober, count, state } = start();
    prober.probed(A, true, '');
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
