import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GuardStage, udp } from './stage.ts';

const address = (n: number): string => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

it('holds no more than a bounded number of sources, however many come, and none of the registered is lost', () => {
  const stage = new GuardStage();
  for (let i = 0; i < 100; i++)
    stage.guard.register(udp(`192.0.2.${i & 31}`, 5000 + i), stage.now + 3_600_000, stage.now);
  for (let i = 0; i < 10_000; i++) stage.sends(udp(address(i)));
  expect(stage.guard.held.sources).toBeLessThanOrEqual(1000 + 32);
  for (let i = 0; i < 100; i++) expect(stage.sends(udp(`192.0.2.${i & 31}`, 5000 + i))).toBe('known');
});

it('forgets homes whose registrations have run out, as others come', () => {
  const stage = new GuardStage();
  for (let i = 0; i < 10_000; i++) {
    stage.now += 10;
    stage.guard.register(udp(address(i)), stage.now + 5000, stage.now);
  }
  // 500 are registered at a time, and as many again may not have been looked at yet.
  expect(stage.guard.held.sources).toBeLessThan(1000 + 1200);
});

it('bans no more than so many sources', () => {
  const stage = new GuardStage({ perSourcePerSecond: 1, burstPerSource: 1 });
  for (let i = 0; i < 12_000; i++) stage.burst(udp(address(i)), 4);
  expect(stage.guard.bans).toHaveLength(10_000);
});

it('lets every legitimate sender have all that it may, whatever attackers do', () => {
  const attack = fc.record({
    from: fc.nat(5),
    port: fc.nat(3),
    count: fc.integer({ min: 1, max: 400 }),
    isGarbage: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(attack, { maxLength: 40 }), fc.integer({ min: 1, max: 100 }), (attacks, perTurn) => {
      const stage = new GuardStage();
      const phones = [udp('10.0.0.1', 6001), udp('10.0.0.1', 6002), udp('192.0.2.50', 6000)];
      for (const phone of phones) stage.guard.register(phone, stage.now + 3_600_000, stage.now);
      const stranger = udp('192.0.2.51', 7000);
      for (const { from, port, count, isGarbage } of attacks) {
        // Attackers also send from the address of two of the phones, and from all ports of it but theirs.
        const flow = udp(address(from), 7000 + port);
        for (let i = 0; i < count; i++) {
          const judgement = stage.sends(flow);
          if (isGarbage && judgement === 'unknown') stage.guard.garbage(flow, stage.now);
        }
        for (const phone of phones) expect(stage.burst(phone, perTurn)).toEqual({ known: perTurn });
        expect(stage.burst(stranger, perTurn)).toEqual({ unknown: perTurn });
        stage.now += 1000;
      }
    }),
    { numRuns: 100 },
  );
});
