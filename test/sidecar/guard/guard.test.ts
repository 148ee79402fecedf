import { describe, expect, it } from 'vitest';
import { GuardStage, LIMITS, PBX, udp } from './stage.ts';

const OFFICE = '192.0.2.7';

describe('a source that nobody knows', () => {
  it('may send a burst at once, then as much as it earns', () => {
    const stage = new GuardStage();
    expect(stage.burst(udp(OFFICE), 200)).toEqual({ unknown: 200 });
    expect(stage.sends(udp(OFFICE))).toBe('rate_limited');
    stage.now += 1000;
    expect(stage.burst(udp(OFFICE), 100).unknown).toBe(99);
  });

  it('goes on for ever at the rate that it may have', () => {
    const stage = new GuardStage();
    expect(stage.stream(udp(OFFICE), 100, 120)).toEqual({ unknown: 12_000 });
  });

  it('is counted with all other senders of its address, whatever their ports', () => {
    const stage = new GuardStage();
    for (let port = 1; port <= 200; port++) stage.sends(udp(OFFICE, port));
    expect(stage.sends(udp(OFFICE, 4000))).toBe('rate_limited');
    expect(stage.sends(udp('192.0.2.8'))).toBe('unknown');
  });

  it('is counted with its whole IPv6 network of 64 bits', () => {
    const stage = new GuardStage();
    for (let i = 1; i <= 200; i++) stage.sends(udp(`2001:db8::${i.toString(16)}`));
    expect(stage.sends(udp('2001:db8::ffff:1'))).toBe('rate_limited');
    expect(stage.sends(udp('2001:db8:0:1::1'))).toBe('unknown');
  });

  it('has all that changed bounds allow, whatever it owed by the former ones', () => {
    const stage = new GuardStage({ perSourcePerSecond: 1, burstPerSource: 10, bannedMs: 0 });
    const [known, stranger] = [udp(OFFICE, 5062), udp(OFFICE)];
    stage.guard.register(known, stage.now + 60_000, stage.now);
    expect([stage.burst(known, 60).known, stage.burst(stranger, 60).unknown]).toEqual([10, 10]);
    stage.guard.limit(LIMITS);
    expect([stage.burst(known, 60).known, stage.burst(stranger, 60).unknown]).toEqual([60, 60]);
    stage.guard.limit({ ...LIMITS });
    expect(stage.burst(stranger, 200).unknown).toBe(140);
  });

  it('is not bounded where the resource says so', () => {
    const stage = new GuardStage({ perSourcePerSecond: 0 });
    expect(stage.burst(udp(OFFICE), 10_000)).toEqual({ unknown: 10_000 });
    for (let i = 0; i < 1000; i++) stage.guard.garbage(udp(OFFICE), stage.now);
    expect([stage.sends(udp(OFFICE)), stage.news]).toEqual(['unknown', []]);
  });
});

describe('a ban', () => {
  const banned = (stage: GuardStage): void => {
    expect(stage.burst(udp(OFFICE), 500)).toEqual({ unknown: 200, rate_limited: 201, banned: 99 });
  };

  it('comes when a source goes on until it has sent another burst in vain', () => {
    const stage = new GuardStage();
    banned(stage);
    expect(stage.news).toMatchObject([['banned', { source: OFFICE, reason: 'flood', strikes: 1 }]]);
    expect(stage.guard.bans).toMatchObject([{ source: OFFICE, dropped: 99, until: stage.now + 10_000 }]);
  });

  it('does not come over an office whose phones all start at once and then go on as they may', () => {
    const stage = new GuardStage();
    stage.burst(udp(OFFICE), 350);
    stage.stream(udp(OFFICE), 95, 60);
    expect(stage.news).toEqual([]);
  });

  it('ends by itself, with nothing saved up meanwhile, and is told', () => {
    const stage = new GuardStage();
    banned(stage);
    stage.now += 9_999;
    expect(stage.sends(udp(OFFICE))).toBe('banned');
    stage.now += 1;
    stage.guard.sweep(stage.now);
    expect(stage.news.map(([news]) => news)).toEqual(['banned', 'expired']);
    expect(stage.sends(udp(OFFICE))).toBe('rate_limited');
    stage.now += 1000;
    expect(stage.sends(udp(OFFICE))).toBe('unknown');
  });

  it('is twice as long for who does it again, up to 64 times as long, and short again after a long peace', () => {
    const stage = new GuardStage();
    const lengths: number[] = [];
    for (let i = 0; i < 9; i++) {
      stage.burst(udp(OFFICE), 1000);
      const { since, until } = stage.guard.bans[0] as { since: number; until: number };
      lengths.push((until - since) / 10_000);
      stage.now = until;
      stage.guard.sweep(stage.now);
    }
    expect(lengths).toEqual([1, 2, 4, 8, 16, 32, 64, 64, 64]);
    stage.now += 640_001;
    stage.burst(udp(OFFICE), 1000);
    expect(stage.guard.bans).toMatchObject([{ strikes: 1 }]);
  });

  it('is ended by hand for any address of the source, who may then send as before', () => {
    const stage = new GuardStage();
    banned(stage);
    expect(stage.guard.release('192.0.2.9', stage.now)).toBe(false);
    expect(stage.guard.release(OFFICE, stage.now)).toBe(true);
    expect(stage.guard.release(OFFICE, stage.now)).toBe(false);
    expect(stage.burst(udp(OFFICE), 200)).toEqual({ unknown: 200 });
    expect(stage.news.map(([news]) => news)).toEqual(['banned', 'released']);
  });

  it('comes ten times as soon to who sends what can not be read', () => {
    const stage = new GuardStage();
    let sent = 0;
    while (stage.guard.bans.length === 0 && sent < 1000) {
      sent++;
      if (stage.sends(udp(OFFICE)) === 'unknown') stage.guard.garbage(udp(OFFICE), stage.now);
    }
    expect(sent).toBeLessThan(250);
  });

  it('comes to nobody where the resource says so, but what is too much is dropped', () => {
    const stage = new GuardStage({ bannedMs: 0 });
    expect(stage.burst(udp(OFFICE), 1000)).toEqual({ unknown: 200, rate_limited: 800 });
    expect(stage.news).toEqual([]);
    stage.now += 2000;
    expect(stage.sends(udp(OFFICE))).toBe('unknown');
  });
});

describe('a registered phone', () => {
  const registered = (stage: GuardStage, port: number): void =>
    stage.guard.register(udp(OFFICE, port), stage.now + 3_600_000, stage.now);

  it('is served however many others flood from its address, and also while that is banned', () => {
    const stage = new GuardStage();
    registered(stage, 6000);
    stage.burst(udp(OFFICE, 9999), 5000);
    expect(stage.guard.bans).toHaveLength(1);
    expect(stage.burst(udp(OFFICE, 6000), 200)).toEqual({ known: 200 });
  });

  it('has no more than its own allowance, and is never banned', () => {
    const stage = new GuardStage();
    registered(stage, 6000);
    expect(stage.burst(udp(OFFICE, 6000), 5000)).toEqual({ known: 200, rate_limited: 4800 });
    stage.now += 1000;
    expect(stage.burst(udp(OFFICE, 6000), 200)).toEqual({ known: 100, rate_limited: 100 });
    expect(stage.news).toEqual([]);
  });

  it('pays for what can not be read, and others of its address do not', () => {
    const stage = new GuardStage();
    registered(stage, 6000);
    for (let i = 0; i < 1000; i++) stage.guard.garbage(udp(OFFICE, 6000), stage.now);
    expect(stage.sends(udp(OFFICE, 6000))).toBe('rate_limited');
    expect(stage.sends(udp(OFFICE, 7000))).toBe('unknown');
  });

  it('is nobody any more when its registration has run out', () => {
    const stage = new GuardStage();
    registered(stage, 6000);
    stage.now += 3_600_000;
    expect(stage.sends(udp(OFFICE, 6000))).toBe('unknown');
  });

  it('on a stream is another than who sends datagrams from the same port', () => {
    const stage = new GuardStage();
    stage.guard.register(
      { ...udp(OFFICE, 6000), transport: 'TCP', connection: 4 },
      stage.now + 1000,
      stage.now,
    );
    expect(stage.sends(udp(OFFICE, 6000))).toBe('unknown');
    expect(stage.sends({ ...udp(OFFICE, 6000), transport: 'TCP', connection: 4 })).toBe('known');
  });
});

describe('the PBX and whom the resource trusts', () => {
  it('are not bounded at all', () => {
    const stage = new GuardStage();
    expect(stage.burst(udp(PBX), 10_000)).toEqual({ known: 10_000 });
    for (let i = 0; i < 1000; i++) stage.guard.garbage(udp(PBX), stage.now);
    expect(stage.sends(udp(PBX))).toBe('known');
  });

  it('are so from the moment at which they are named, and no longer', () => {
    const stage = new GuardStage();
    stage.sends(udp(OFFICE));
    stage.exempt = new Set([OFFICE]);
    stage.guard.reclassify();
    expect([stage.sends(udp(OFFICE)), stage.sends(udp(PBX))]).toEqual(['known', 'unknown']);
  });
});
