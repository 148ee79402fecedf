import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Column, grid } from './grid.ts';
import { describeMachine, machineLines } from './machine.ts';
import type { Bench } from './measure.ts';
import type { Outcome } from './outcome.ts';
import { midreg } from './systems/midreg.ts';

/** As large as a REGISTER on its way. */
const TEXT_BYTES = 600;
/** How many go in one hand-over: what a turn of the event loop has, when little and when much is to do. */
const BATCHES = [1, 8, 32] as const;

interface HandOver {
  readonly batch: number;
  /** A message there and back. */
  readonly wallMicros: number;
  readonly cpuMicros: number;
}

interface Handed {
  readonly address: string;
  readonly port: number;
  readonly text: string;
}

const messages = (count: number): readonly Handed[] =>
  Array.from({ length: count }, () => ({
    address: '127.0.0.1',
    port: 5060,
    // Each a text of its own, as what a socket reads is.
    text: Buffer.alloc(TEXT_BYTES, 'x').toString('latin1'),
  }));

/** So many messages to another thread and back, `window` of them under way. */
const handOver = async (batch: number, count: number, window: number): Promise<HandOver> => {
  const worker = new Worker(join(import.meta.dirname, 'hand-over-thread.ts'));
  await once(worker, 'online');
  try {
    const [begun, before] = [performance.now(), process.cpuUsage()];
    let [sent, back] = [0, 0];
    await new Promise<void>((resolve, reject) => {
      const fill = (): void => {
        for (; sent < count && sent + batch - back <= window; sent += batch)
          worker.postMessage(messages(batch));
      };
      worker.on('error', reject);
      worker.on('message', (handed: readonly Handed[]) => {
        back += handed.length;
        if (back >= count) resolve();
        else fill();
      });
      fill();
    });
    const { user, system } = process.cpuUsage(before);
    const wallMicros = ((performance.now() - begun) * 1000) / back;
    return { batch, wallMicros, cpuMicros: (user + system) / back };
  } finally {
    await worker.terminate();
  }
};

const COLUMNS: readonly Column<HandOver>[] = [
  { head: 'handed over at a time', cell: ({ batch }) => String(batch) },
  { head: 'CPU µs a message, there and back', cell: ({ cpuMicros }) => cpuMicros.toFixed(1) },
  { head: 'µs gone by', cell: ({ wallMicros }) => wallMicros.toFixed(1) },
];

/** What it costs to give a message to another thread and have it back, on all cores there are. */
export const measureHandOver = async (bench: Bench): Promise<Outcome> => {
  const { options } = bench;
  const figures: HandOver[] = [];
  for (const batch of BATCHES) figures.push(await handOver(batch, options.count, options.window));
  const machine = describeMachine(bench.directory, [midreg()]);
  const text = [...machineLines(machine), '', grid(COLUMNS, figures)].join('\n');
  return { part: 'hand-over', text, json: { machine, options, figures } };
};
