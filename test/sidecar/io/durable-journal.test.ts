import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { open } from 'lmdb';
import { expect, it, onTestFinished } from 'vitest';
import type { RememberOutcome, Ticket } from '../../../sidecar/effect.ts';
import { DurableJournal } from '../../../sidecar/io/durable-journal.ts';
import { MemoryJournal } from '../../../sidecar/io/journal.ts';
import type { Binding } from '../../../sidecar/registrar/binding.ts';
import { binding, jsonCodec, temporaryDir } from './bindings.ts';
import { type Observed, observed } from './support.ts';

function directory(): string {
  const dir = temporaryDir();
  onTestFinished(dir.remove);
  return dir.path;
}

interface Opened {
  readonly journal: DurableJournal;
  readonly around: Observed;
  /** Writes and waits for the outcome. */
  write(aor: string, bindings: readonly Binding[]): Promise<RememberOutcome>;
}

function openJournal(dir: string): Opened {
  const around = observed();
  const waiting = new Map<Ticket, (outcome: RememberOutcome) => void>();
  const journal = DurableJournal.open(dir, jsonCodec, around, (ticket, outcome) =>
    waiting.get(ticket)?.(outcome),
  );
  if (typeof journal === 'string') throw new Error(journal);
  const write = (aor: string, bindings: readonly Binding[]): Promise<RememberOutcome> =>
    new Promise((resolve) => {
      const ticket: Ticket = { kind: 'mirror' };
      waiting.set(ticket, resolve);
      journal.write(aor, bindings, ticket);
    });
  return { journal, around, write };
}

async function readAll(journal: DurableJournal): Promise<Map<string, readonly Binding[]>> {
  const all = new Map<string, readonly Binding[]>();
  await journal.load((aor, bindings) => void all.set(aor, bindings));
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
  before.journal.write('u1@pbx.test', [binding('u1@pbx.test')], undefined);
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
  for (let i = 0; i < 4500; i++)
    before.journal.write(`u${i}@pbx.test`, [binding(`u${i}@pbx.test`)], undefined);
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
  const db = open<Buffer, Buffer>({ path: `${dir}/bindings`, encoding: 'binary', keyEncoding: 'binary' });
  await db.put(Buffer.from('u0@pbx.test'), Buffer.from('{"half":'));
  await db.put(Buffer.from('u2@pbx.test'), Buffer.alloc(0));
  await db.put(Buffer.from('u3@pbx.test'), Buffer.from('[]'));
  await db.close();
  const after = openJournal(dir);
  const aors: string[] = [];
  expect(await after.journal.load((aor) => void aors.push(aor))).toEqual({ loaded: 1, corrupt: 3 });
  expect(aors).toEqual(['u1@pbx.test']);
  expect(after.around.notes).toMatchObject([{ level: 'error', event: 'corrupt bindings' }]);
  await after.journal.close();
});

it('says what to do where the database can not be opened', async () => {
  const dir = directory();
  mkdirSync(`${dir}/bindings`);
  writeFileSync(
    `${dir}/bindings/data.mdb`,
    'no database at all, but long enough to be looked at'.repeat(1000),
  );
  const journal = DurableJournal.open(dir, jsonCodec, observed(), () => {});
  expect(journal).toMatch(/^cannot open the bindings in .*bindings \(.+\): move that directory away/);
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
  journal.write('u1@pbx.test', [binding('u1@pbx.test')], ticket);
  expect(answers).toEqual([[ticket, 'ok']]);
  expect(await journal.load()).toEqual({ loaded: 0, corrupt: 0 });
});
