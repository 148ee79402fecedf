import { asTransport, DEAD_CONNECTION, type Flow } from '../wire/flow.ts';
import type { Binding } from './binding.ts';

/** The first of what is kept of an AoR's bindings: which layout the rest has. */
const LAYOUT = 1;

type FlowRow = readonly [transport: string, listener: string, address: string, port: number];

/** One binding without its AoR, in the order of the layout. */
type Row = readonly [
  uri: string,
  contact: string,
  token: string,
  flow: FlowRow | 0,
  path: readonly string[],
  expiresAt: number,
  q: number,
  instance: string,
  regId: number,
  userAgent: string,
  methods: string,
  callId: string,
  cseq: number,
  acceptedAt: number,
  upstream: string,
  foreign: 0 | 1,
];

/** An AoR's bindings, at least one, as one line of text: JSON, in latin1 as all texts of the wire are. */
export function encodeBindings(bindings: readonly Binding[]): string {
  const [only, second] = bindings;
  if (only !== undefined && second === undefined) return JSON.stringify([LAYOUT, rowOf(only)]);
  return JSON.stringify([LAYOUT, ...bindings.map(rowOf)]);
}

/** The bindings of an AoR; undefined (or an exception) for text that `encodeBindings` has not made. */
export function decodeBindings(aor: string, text: string): readonly Binding[] | undefined {
  const [layout, ...rows] = JSON.parse(text) as [unknown, ...unknown[]];
  if (layout !== LAYOUT || rows.length === 0 || !rows.every(isRow)) return undefined;
  return rows.map((row) => bindingOf(aor, row));
}

const rowOf = (binding: Binding): Row => [
  binding.uri,
  binding.contact,
  binding.token,
  binding.flow === undefined
    ? 0
    : [binding.flow.transport, binding.flow.listener, binding.flow.address, binding.flow.port],
  binding.path,
  binding.expiresAt,
  binding.q,
  binding.instance,
  binding.regId,
  binding.userAgent,
  binding.methods,
  binding.callId,
  binding.cseq,
  binding.acceptedAt,
  binding.upstream,
  binding.foreign ? 1 : 0,
];

function bindingOf(aor: string, row: Row): Binding {
  return {
    aor,
    uri: row[0],
    contact: row[1],
    token: row[2],
    flow: flowOf(row[3]),
    path: row[4],
    expiresAt: row[5],
    q: row[6],
    instance: row[7],
    regId: row[8],
    userAgent: row[9],
    methods: row[10],
    callId: row[11],
    cseq: row[12],
    acceptedAt: row[13],
    upstream: row[14],
    foreign: row[15] === 1,
  };
}

/** A connection does not outlive the process that had it. */
function flowOf(row: FlowRow | 0): Flow | undefined {
  if (row === 0) return undefined;
  const [transport, listener, address, port] = row;
  return {
    transport: asTransport(transport) ?? 'TCP',
    listener,
    address,
    port,
    connection: transport === 'UDP' ? 0 : DEAD_CONNECTION,
  };
}

const SHAPE =
  'string string string flow path number number string number string string string number number string number';
const KINDS = SHAPE.split(' ');

const isRow = (row: unknown): row is Row =>
  Array.isArray(row) && row.length === KINDS.length && row.every((value, i) => isOfKind(value, KINDS[i]));

function isOfKind(value: unknown, kind: string | undefined): boolean {
  if (kind === 'path') return Array.isArray(value) && value.every((one) => typeof one === 'string');
  if (kind !== 'flow') return typeof value === kind;
  if (value === 0) return true;
  const kinds = ['string', 'string', 'string', 'number'];
  return Array.isArray(value) && value.length === 4 && value.every((one, i) => typeof one === kinds[i]);
}
