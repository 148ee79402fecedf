import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { RememberOutcome, Ticket } from '../../../sidecar/effect.ts';
import { DurableJournal } from '../../../sidecar/io/durable-journal.ts';
import { MemoryJournal } from '../../../sidecar/io/journal.ts';
import { blockOf } from '../../../sidecar/io/segment.ts';
import type { Binding } from '../../../sidecar/registrar/binding.ts';
import { decodeBindings } from '../../../sidecar/registrar/codec.ts';
import { Location } from '../../../sidecar/registrar/location.ts';
import { binding, temporaryDir } from './bindings.ts';
import { type Observed, observed } from './support.ts';

function directory(): string {
  const dir = temporaryDir();
  onTestFinished(dir.remove);
  return dir.path;
}

interface Opened {
  readonly journal: DurableJournal;
  readonly around: Observed;
  readonly location: Location;
  /** Writes and waits for the outcome. */
  write(aor: string, bindings: readonly Binding[]): Promise<RememberOutcome>;
}

function openJournal(dir: string): Opened {
  const around = observed();
  const waiting = new Map<Ticket, (outcome: RememberOutcome) => void>();
  const location = new Location(1_000_000);
  const journal = DurableJournal.open(dir, around, location, (ticket, outcome) =>
    waiting.get(ticket)?.(outcome),
  );
  if (typeof journal === 'string') throw new Error(journal);
  const write = (aor: string, bindings: readonly Binding[]): Promise<RememberOutcome> =>
    new Promise((resolve) => {
      const ticket: Ticket = { kind: 'mirror' };
      waiting.set(ticket, resolve);
      location.replace(aor, bindings);
      journal.write(aor, ticket);
    });
  return { journal, around, location, write };
}

async function readAll(journal: DurableJournal): Promise<Map<string, readonly Binding[]>> {
  const all = new Map<string, readonly Binding[]>();
  await journal.load((aor, text) => {
    all.set(aor, decodeBindings(aor, text) ?? []);
    return 'left';
  });
  return all;
}

it('gives back after a restart what was written, the newest of each AoR, and not what was removed', async () => {
  const dir = directory();
  const before = openJournal(dir);
  const [one, two, newer] = [
    binding('u1@pbx.test'),
    binding('u2@pbx.test'),
    binding('u1@pbx.test', { cseq: 2 }),
  ];
  const outcomes = [
    before.write('u1@pbx.test', [one]),
    before.write('u2@pbx.test', [two]),
    before.write('u3@pbx.test', [binding('u3@pbx.test')]),
    before.write('u1@pbx.test', [newer]),
  ];
  expect(await Promise.all(outcomes)).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(await before.write('u3@pbx.test', [])).toBe('ok');
  await before.journal.close();
  const after = openJournal(dir);
  expect(await readAll(after.journal)).toEqual(
    new Map([
      ['u1@pbx.test', [newer]],
      ['u2@pbx.test', [two]],
    ]),
  );
  await after.journal.close();
});

it('writes what is still waiting when it is closed', async () => {
  const dir = directory();
  const before = openJournal(dir);
  before.location.replace('u1@pbx.test', [binding('u1@pbx.test')]);
  before.journal.write('u1@pbx.test', undefined);
  await before.journal.close();
  const after = openJournal(dir);
  expect([...(await readAll(after.journal)).keys()]).toEqual(['u1@pbx.test']);
  await after.journal.close();
});

it('keeps AoRs of any length and any bytes apart', async () => {
  const dir = directory();
  const before = openJournal(dir);
  const aors = ['\0\u00ff@a', '\0\u00fe@a', `${'x'.repeat(3000)}1`, `${'x'.repeat(3000)}2`];
  await Promise.all(aors.map((aor) => before.write(aor, [binding(aor)])));
  await before.journal.close();
  const after = openJournal(dir);
  expect([...(await readAll(after.journal)).keys()].sort()).toEqual(aors.sort());
  await after.journal.close();
});

it('reads more entries than one go takes', async () => {
  const dir = directory();
  const before = openJournal(dir);
  for (let i = 0; i < 4500; i++) before.write(`u${i}@pbx.test`, [binding(`u${i}@pbx.test`)]);
  await before.journal.close();
  const after = openJournal(dir);
  expect((await readAll(after.journal)).size).toBe(4500);
  await after.journal.close();
});

it('leaves out entries that make no sense, says how many, and reads the others', async () => {
  const dir = directory();
  const before = openJournal(dir);
  await before.write('u1@pbx.test', [binding('u1@pbx.test')]);
  await before.journal.close();
  const [name] = readdirSync(`${dir}/journal`);
  const lines = '"u0@pbx.test" {"half":\n"u2@pbx.test" no\nu3@pbx.test []\n';
  appendFileSync(`${dir}/journal/${name}`, blockOf(lines));
  const after = openJournal(dir);
  const aors: string[] = [];
  expect(
    await after.journal.load((aor, text) =>
      decodeBindings(aor, text) !== undefined && aors.push(aor) > 0 ? 'left' : 'corrupt',
    ),
  ).toEqual({ loaded: 1, corrupt: 3 });
  expect(aors).toEqual(['u1@pbx.test']);
  expect(after.around.notes).toMatchObject([{ level: 'error', event: 'corrupt bindings' }]);
  await after.journal.close();
});

it('says what to do where the log can not be opened', async () => {
  const dir = directory();
  writeFileSync(`${dir}/journal`, 'a file where a directory is to be');
  const journal = DurableJournal.open(dir, observed(), new Location(1), () => {});
  expect(journal).toMatch(/^cannot keep bindings in .*journal \(.+\): move away what is in its place/);
});

/** The files of a log, the oldest first. */
const segments = (dir: string): string[] =>
  readdirSync(`${dir}/journal`)
    .sort()
    .map((name) => `${dir}/journal/${name}`);

it('reads all but the last block where the file was cut short anywhere in it, and calls nothing corrupt', async () => {
  const dir = directory();
  const before = openJournal(dir);
  await before.write('u1@pbx.test', [binding('u1@pbx.test')]);
  const [file = ''] = segments(dir);
  const first = statSync(file).size;
  await before.write('u2@pbx.test', [binding('u2@pbx.test')]);
  await before.journal.close();
  const whole = readFileSync(file);
  for (let length = first; length < whole.length; length += 7) {
    writeFileSync(file, whole.subarray(0, length));
    const after = openJournal(dir);
    const aors: string[] = [];
    expect(
      await after.journal.load((aor, text) =>
        decodeBindings(aor, text) !== undefined && aors.push(aor) > 0 ? 'left' : 'corrupt',
      ),
    ).toEqual({ loaded: 1, corrupt: 0 });
    expect(aors).toEqual(['u1@pbx.test']);
    await after.journal.close();
  }
});

it('passes over a block in which any byte has changed, says so, and reads the others', async () => {
  const dir = directory();
  const before = openJournal(dir);
  const starts: number[] = [];
  for (const user of ['u1', 'u2', 'u3']) {
    await before.write(`${user}@pbx.test`, [binding(`${user}@pbx.test`)]);
    starts.push(statSync(segments(dir)[0] ?? '').size);
  }
  await before.journal.close();
  const [file = ''] = segments(dir);
  const whole = readFileSync(file);
  for (let at = starts[0] ?? 0; at < (starts[1] ?? 0); at += 11) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] as number) ^ 1;
    writeFileSync(file, changed);
    const after = openJournal(dir);
    expect(await after.journal.load(() => 'left')).toEqual({ loaded: 2, corrupt: 1 });
    await after.journal.close();
  }
});

it('gives up old segments, and nothing that counts, however often all is written anew', async () => {
  const dir = directory();
  const before = openJournal(dir);
  const userAgent = 'x'.repeat(30_000);
  await before.write('quiet@pbx.test', [binding('quiet@pbx.test', { userAgent })]);
  await before.write('gone@pbx.test', [binding('gone@pbx.test', { userAgent })]);
  await before.write('gone@pbx.test', []);
  for (let round = 1; round <= 40; round++) {
    const all = Array.from({ length: 100 }, (_, i) => `u${i}@pbx.test`);
    await Promise.all(all.map((aor) => before.write(aor, [binding(aor, { userAgent, cseq: round })])));
  }
  // 120 MB have been written, of which 3 MB count.
  expect(segments(dir).length).toBeLessThan(4);
  await before.journal.close();
  const after = openJournal(dir);
  const kept = await readAll(after.journal);
  expect(kept.size).toBe(101);
  expect(kept.get('quiet@pbx.test')).toHaveLength(1);
  expect([...kept].filter(([aor, [one]]) => aor !== 'quiet@pbx.test' && one?.cseq !== 40)).toEqual([]);
  await after.journal.close();
});

/** A journal in a process of its own, spoken to in lines; perhaps with a bound on the size of its files (blocks of 1 KiB). */
class JournalProcess {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(dir: string, maxBlocks?: number) {
    const script = fileURLToPath(new URL('journal-process.ts', import.meta.url));
    const limit = maxBlocks === undefined ? '' : `trap '' XFSZ; ulimit -S -f ${maxBlocks}; `;
    // The signal of a file that grows beyond the bound is ignored, so that the write fails as on a full disk.
    const command = `${limit}exec "$0" "$@"`;
    this.child = spawn('bash', ['-c', command, process.execPath, script, dir], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    onTestFinished(() => void this.child.kill('SIGKILL'));
    this.#lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    return (await this.#lines.next()).value ?? '';
  }

  write(aor: string, bytes = 10): void {
    this.child.stdin!.write(`${aor} ${bytes}\n`);
  }

  async kill(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}

it('has lost nothing that it said was written when the process is killed the moment after', async () => {
  const dir = directory();
  const writer = new JournalProcess(dir);
  expect(await writer.line()).toBe('ready');
  for (let i = 0; i < 500; i++) writer.write(`u${i}@pbx.test`);
  const said: string[] = [];
  while (said.length < 300) said.push(await writer.line());
  await writer.kill();
  const { journal } = openJournal(dir);
  const kept = await readAll(journal);
  for (const line of said) expect(kept.has(line.replace(/ ok$/, ''))).toBe(true);
  await journal.close();
});

// Needs Linux: elsewhere a process can not be given more room for its files again.
it.skipIf(process.platform !== 'linux')(
  'answers `failed` while the disk is full, and writes everything when it is not any more',
  async () => {
    const dir = directory();
    const writer = new JournalProcess(dir, 2000);
    expect(await writer.line()).toBe('ready');
    let line = '';
    let count = 0;
    while (!line.endsWith(' failed')) {
      for (let i = 0; i < 50; i++) writer.write(`u${count++}@pbx.test`, 4000);
      for (let i = 0; i < 50; i++) line = await writer.line();
      expect(count).toBeLessThan(2000);
    }
    execFileSync('prlimit', ['--fsize=unlimited', '--pid', String(writer.child.pid)]);
    for (line = ''; !line.endsWith(' ok'); line = await writer.line()) {
      writer.write('late@pbx.test');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await writer.kill();
    const { journal } = openJournal(dir);
    const kept = await readAll(journal);
    expect(kept.size).toBe(count + 1);
    await journal.close();
  },
  20_000,
);

it('answers within the same turn where nothing is to be kept', async () => {
  const answers: unknown[] = [];
  const journal = new MemoryJournal((...answer) => void answers.push(answer));
  const ticket: Ticket = { kind: 'mirror' };
  journal.write('u1@pbx.test', ticket);
  expect(answers).toEqual([[ticket, 'ok']]);
  expect(await journal.load()).toEqual({ loaded: 0, corrupt: 0 });
});
