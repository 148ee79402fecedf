import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { clusterAvailability } from '../../cluster/support/kit.ts';
import { prepareCluster } from '../../cluster/support/setup.ts';
import { Stage } from '../../support/peers/stage.ts';
import { writeIntoDocument } from '../document.ts';
import { describeMachine, machineLines } from '../machine.ts';
import { measureScale, type ScaleFigures } from './scale.ts';

const DOCUMENT = join(import.meta.dirname, '../../../docs/benchmarks.md');
const USAGE = `npm run bench:operator [-- --resources N] [--json] [--write]

Measures the operator with N resources (1,000 where none is named) on a real API server and etcd, without nodes: how
soon all is applied, how many requests that takes, how soon a change is carried out, what idling costs.
--write puts the table into docs/benchmarks.md.
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const progress = (line: string): void => void process.stderr.write(`${line}\n`);

const round = (value: number, digits = 1): string =>
  value.toLocaleString('en', { maximumFractionDigits: digits });

function rows(figures: ScaleFigures): readonly (readonly [what: string, figure: string, aim: string])[] {
  return [
    ['resources', round(figures.resources), ''],
    ['all children of all of them applied, from nothing', `${round(figures.coldSeconds)} s`, ''],
    ['requests a resource for that, watches and lease included', round(figures.coldRequestsEach, 2), '≤ 9'],
    ['a restarted operator is synced and has looked at all', `${round(figures.restartSeconds)} s`, ''],
    ['writes of the restarted operator', round(figures.restartWrites), '0'],
    ['writes in 30 s of idling, the lease apart', round(figures.idleWrites), '0'],
    ['a change of the spec to the changed ConfigMap, p50', `${round(figures.changeP50Ms)} ms`, ''],
    ['the same, p99', `${round(figures.changeP99Ms)} ms`, ''],
    ['connections to the API server', round(figures.connections), '≤ 4'],
    ['memory (RSS) after it all', `${round(figures.rssMebibytes)} MiB`, '≤ 200 MiB'],
  ];
}

const render = (figures: ScaleFigures, machine: string): string =>
  [
    machine,
    '',
    '| what | figure | aim |',
    '|---|---|---|',
    ...rows(figures).map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');

const { values } = parseArgs({
  options: {
    resources: { type: 'string', default: '1000' },
    json: { type: 'boolean' },
    write: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});
const resources = Number(values.resources);
if (values.help || !Number.isInteger(resources) || resources < 1 || resources > 10_000) {
  process.stderr.write(USAGE);
  process.exit(values.help ? 0 : 2);
}
await prepareCluster(progress);
const found = clusterAvailability('controlPlane');
if (!found.ok) {
  progress(`${found.what}: ${found.how}`);
  process.exit(1);
}
const stage = new Stage();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stage.close().finally(() => process.exit(1)));
try {
  const figures = await measureScale(stage, resources, progress);
  const table = render(figures, machineLines(describeMachine(import.meta.dirname, [])).join('\n'));
  say(values.json ? JSON.stringify(figures, null, 2) : table);
  if (values.write) writeIntoDocument(DOCUMENT, table, 'operator');
} finally {
  await stage.close();
}
