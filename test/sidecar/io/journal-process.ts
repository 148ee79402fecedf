import { isDataDirFault, openDataDir } from '../../../sidecar/io/data-dir.ts';
import { DurableJournal } from '../../../sidecar/io/durable-journal.ts';
import { Location } from '../../../sidecar/registrar/location.ts';
import { binding } from './bindings.ts';
import { observed } from './support-process.ts';

/**
 * A process with a journal in the directory of its first argument. It writes an AoR for each line it is told (`aor bytes`), and
 * says `aor outcome` as soon as that is known.
 */
const dir = openDataDir(process.argv[2] as string);
if (isDataDirFault(dir)) {
  process.stdout.write(`${dir.message}\n`);
  process.exit(3);
}
const location = new Location(1_000_000);
const journal = DurableJournal.open(dir.path, observed, location, (ticket, outcome) =>
  process.stdout.write(`${ticket.kind} ${outcome}\n`),
);
if (typeof journal === 'string') throw new Error(journal);
process.stdout.write('ready\n');
let rest = '';
process.stdin.setEncoding('latin1').on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() as string;
  for (const line of lines) {
    const [aor = '', bytes] = line.split(' ');
    const bindings = [binding(aor, { userAgent: 'x'.repeat(Number(bytes)) })];
    location.replace(aor, bindings);
    journal.write(aor, { kind: aor });
  }
});
