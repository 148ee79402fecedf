import { expect, it } from 'vitest';
import { QueueProbe } from '../../../sidecar/io/queue-probe.ts';

function create(): { probe: QueueProbe; sent: string[] } {
  const sent: string[] = [];
  return { probe: new QueueProbe((text) => sent.push(text)), sent };
}

it('tells how long its datagram has waited until it was read, five times a second', () => {
  const { probe, sent } = create();
  expect(probe.look(0)).toBe(0);
  expect(probe.hears(sent[0] as string, 30)).toBe(true);
  expect([probe.look(50), sent.length]).toEqual([30, 1]);
  probe.look(201);
  expect(sent).toHaveLength(2);
  probe.hears(sent[1] as string, 206);
  expect(probe.look(250)).toBe(5);
});

it('tells of one that still waits, and that all waits for at least a second if one is lost', () => {
  const { probe, sent } = create();
  probe.look(0);
  probe.hears(sent[0] as string, 1);
  probe.look(300);
  expect(probe.look(700)).toBe(400);
  expect(probe.look(1301)).toBe(1000);
  expect(sent).toHaveLength(3);
});

it('tells nothing where none has ever come back', () => {
  const { probe } = create();
  for (let now = 0; now < 10_000; now += 50) expect(probe.look(now)).toBe(0);
});

it('takes no other datagram for its own, and none twice', () => {
  const { probe, sent } = create();
  expect(probe.hears('\0'.repeat(16), 0)).toBe(false);
  probe.look(0);
  expect(probe.hears('\0'.repeat(16), 1)).toBe(false);
  expect(probe.hears(`${sent[0]}\0`, 1)).toBe(false);
  expect(probe.hears(sent[0] as string, 1)).toBe(true);
  expect(probe.hears(sent[0] as string, 2)).toBe(false);
});
