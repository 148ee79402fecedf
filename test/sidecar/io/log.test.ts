import { expect, it } from 'vitest';
import { createLog } from '../../../sidecar/io/log.ts';

function start() {
  const written: string[] = [];
  const time = { now: 1_000_000 };
  const stream = { write: (line: string) => void written.push(line) };
  const log = createLog({ level: 'info', clock: () => time.now, stream });
  const lines = (): Record<string, unknown>[] =>
    written.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, time };
}

it('writes one line of JSON with the event and its fields', () => {
  const { log, lines } = start();
  log.note({
    level: 'info',
    event: 'registered',
    aor: 'u1@pbx.test',
    callId: 'c1',
    method: 'REGISTER',
    status: 200,
  });
  expect(lines()).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      msg: 'registered',
      aor: 'u1@pbx.test',
      callId: 'c1',
      method: 'REGISTER',
      status: 200,
    },
  ]);
});

it('leaves out what is below its level', () => {
  const { log, lines } = start();
  log.note({ level: 'debug', event: 'forwarded' });
  expect(lines()).toEqual([]);
});

it('tells each of our own warnings, however soon after another', () => {
  const { lines, log } = start();
  log.note({ level: 'error', event: 'resource refused', reason: 'one', isOurs: true });
  log.note({ level: 'error', event: 'resource refused', reason: 'two', isOurs: true });
  expect(lines().map(({ reason }) => reason)).toEqual(['one', 'two']);
});

it('shows a warning of one event once a second, with how many were left out', () => {
  const { log, lines, time } = start();
  for (let i = 0; i < 1000; i++) log.note({ level: 'warn', event: 'malformed message' });
  log.note({ level: 'warn', event: 'another' });
  time.now += 1000;
  log.note({ level: 'warn', event: 'malformed message' });
  expect(lines().map(({ msg, suppressed }) => [msg, suppressed])).toEqual([
    ['malformed message', undefined],
    ['another', undefined],
    ['malformed message', 999],
  ]);
});

it('never leaves out what is told at level info', () => {
  const { log, lines } = start();
  for (let i = 0; i < 10; i++) log.note({ level: 'info', event: 'registered' });
  expect(lines()).toHaveLength(10);
});

it('cuts what is too long and shows UTF-8 as characters', () => {
  const { log, lines } = start();
  log.note({
    level: 'info',
    event: 'x',
    aor: Buffer.from('jürgen@pbx.test').toString('latin1'),
    reason: 'y'.repeat(5000),
  });
  expect(lines()[0]).toMatchObject({ aor: 'jürgen@pbx.test', reason: 'y'.repeat(300) });
});

it('shows what is our own in full and as it stands', () => {
  const { log, lines } = start();
  const reason = `${'spec.a: found "x…" (string); '.repeat(100)}the former resource stays in force`;
  log.note({ level: 'error', event: 'resource refused', reason, isOurs: true });
  expect(lines()).toEqual([{ level: 'error', time: expect.any(String), msg: 'resource refused', reason }]);
});

it('keeps to one line whatever a peer has put into a field', () => {
  const { log, lines } = start();
  log.note({ level: 'info', event: 'x', reason: 'a\r\n{"level":"error"}\0' });
  expect(lines()).toHaveLength(1);
  expect(lines()[0]).toMatchObject({ reason: 'a\r\n{"level":"error"}\0' });
});
