import { isDeepStrictEqual } from 'node:util';
import { lineOf, readLine } from '../../../sidecar/io/journal-line.ts';
import { blockOf, blocksOf } from '../../../sidecar/io/segment.ts';
import type { Binding } from '../../../sidecar/registrar/binding.ts';
import { decodeBindings, encodeBindings } from '../../../sidecar/registrar/codec.ts';
import { Location } from '../../../sidecar/registrar/location.ts';
import type { Chance } from '../chance.ts';
import { must } from '../target.ts';
import { textTarget } from '../text/text-target.ts';

const binding = (more: Partial<Binding>): Binding => ({
  aor: 'u1@pbx.test',
  uri: 'sip:u1@192.0.2.7:5062',
  contact: '"\xc3\xa4" <sip:u1@192.0.2.7:5062>',
  token: `b${'0'.repeat(32)}`,
  flow: { transport: 'UDP', listener: 'udp', address: '192.0.2.7', port: 5062, connection: 0 },
  path: ['<sip:edge.test;lr>'],
  expiresAt: 1_700_000_000_000,
  q: 0.5,
  instance: '<urn:uuid:1>',
  regId: 1,
  userAgent: 'x',
  methods: '',
  callId: 'c',
  cseq: 7,
  acceptedAt: 1_600_000_000_000,
  upstream: 'pbx',
  foreign: false,
  ...more,
});

const KEPT: readonly (readonly Binding[])[] = [
  [binding({})],
  [binding({ flow: undefined, foreign: true, token: '' }), binding({ uri: 'sip:u1@\xff' })],
  [binding({ flow: { transport: 'WSS', listener: 'w', address: '::1', port: 1, connection: -1 } })],
];

/** What no `encodeBindings` has made may be refused in any way that its reader can catch. */
function decoded(aor: string, text: string): readonly Binding[] | undefined {
  try {
    return decodeBindings(aor, text);
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** What is read from a disk that has decayed is nothing, or bindings that can be kept and written again. */
export function check(text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  let end = 0;
  for (const { from, to } of blocksOf(bytes).ranges) {
    must(
      from > end && to > from && to <= bytes.length,
      'a block that lies outside of the segment, or in another',
    );
    end = to;
    for (const line of bytes.toString('latin1', from, to - 1).split('\n')) checkLine(line);
  }
}

function checkLine(text: string): void {
  const line = readLine(text);
  if (line === undefined) return;
  must(
    isDeepStrictEqual(readLine(lineOf(line).slice(0, -1)), line),
    'a line is not the same when it is written again',
  );
  const bindings = decoded(line.aor, line.text);
  if (bindings === undefined) return;
  must(bindings.length > 0, 'no bindings at all are read');
  must(
    bindings.every(({ expiresAt }) => Number.isFinite(expiresAt)),
    'a binding that never ends is read',
  );
  const location = new Location(1_000);
  location.replace(line.aor, bindings);
  location.replace(line.aor, []);
  must(location.bindingCount === 0 && location.aorCount === 0, 'the location keeps what was taken away');
  const again = decoded(line.aor, encodeBindings(bindings));
  must(JSON.stringify(again) === JSON.stringify(bindings), 'what is read is not what is written again');
}

const LINES = KEPT.map((bindings, i) => lineOf({ aor: `u${i}"\\@pbx.test`, text: encodeBindings(bindings) }));
const segment = (...lines: readonly string[]): string => blockOf(lines.join('')).toString('latin1');

/** A value of JSON somewhere in a whole block becomes another. */
function generate(chance: Chance): string {
  const text = chance.of(LINES);
  const values = [...text.matchAll(/"(?:[^"\\]|\\.)*"|\d+|\[|\]/g)];
  const value = chance.of(values);
  const put = chance.of(['0', '-1', '1e999', '"x"', 'null', '[]', '{}', '"UDP"', '""', 'true', '']);
  const changed = text.slice(0, value.index) + put + text.slice(value.index + value[0].length);
  return segment(changed) + segment(chance.of(LINES));
}

export const journalTarget = () =>
  textTarget({
    name: 'journal',
    weight: 0.2,
    seeds: [segment(...LINES), segment(LINES[0] as string) + segment(LINES[1] as string), '', '='],
    generate,
    check,
  });
