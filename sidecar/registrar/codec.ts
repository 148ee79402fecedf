import { asTransport, DEAD_CONNECTION, type Flow } from '../wire/flow.ts';
import type { Binding } from './binding.ts';

/** Between the fields of a binding, and between the bindings of an AoR. */
const FIELD = '\x1f';
const ROW = '\x1e';

/** The first character of a text in plain layout; any other is that of JSON. */
const PLAIN = '2';

/** Places of the fields; the Path follows them. */
const TOKEN = 0;
const EXPIRES_AT = 1;
const TRANSPORT = 2;
const LISTENER = 3;
const ADDRESS = 4;
const PORT = 5;
const CONNECTION = 6;
const URI = 7;
const CONTACT = 8;
const Q = 9;
const INSTANCE = 10;
const REG_ID = 11;
const USER_AGENT = 12;
const METHODS = 13;
const CALL_ID = 14;
const CSEQ = 15;
const ACCEPTED_AT = 16;
const UPSTREAM = 17;
const FOREIGN = 18;
const FIELDS = 19;

const NO_PATH: readonly string[] = [];

/**
 * An AoR's bindings, at least one, as one line of text, latin1 as all texts of the wire are. Mostly it is their fields and
 * separators; JSON where what a peer wrote has such characters in it.
 */
export function encodeBindings(bindings: readonly Binding[]): string {
  let text = '';
  for (const binding of bindings) {
    if (!isPlain(binding)) return JSON.stringify(bindings.map(fieldsOf));
    const fields = fieldsOf(binding);
    // One join and no more for one binding: what is put together by `+` keeps its parts beside the whole.
    fields[TOKEN] = (text === '' ? PLAIN : ROW) + fields[TOKEN];
    text = text === '' ? fields.join(FIELD) : text + fields.join(FIELD);
  }
  return text;
}

/** The bindings of an AoR; undefined (or an exception) for text that `encodeBindings` has not made. */
export function decodeBindings(aor: string, text: string): readonly Binding[] | undefined {
  const rows = rowsOf(text);
  if (rows === undefined || rows.length === 0 || !rows.every(isRow)) return undefined;
  return rows.map((fields) => bindingOf(aor, fields));
}

/** What an index needs of a text without its being decoded. */
export interface Summary {
  /** '' for a foreign contact. */
  readonly tokens: readonly string[];
  /** When the first of the bindings ends, in ms. */
  readonly earliest: number;
  /** Whether one of them is bound to a stream. */
  readonly hasStream: boolean;
}

/** Reads only what is indexed; undefined (or an exception) for text that `encodeBindings` has not made. */
export function summaryOf(text: string): Summary | undefined {
  if (!text.startsWith(PLAIN)) return summaryOfRows(rowsOf(text));
  const tokens: string[] = [];
  let earliest = Number.POSITIVE_INFINITY;
  let hasStream = false;
  for (let start = 1; start > 0; start = text.indexOf(ROW, start) + 1) {
    const token = text.indexOf(FIELD, start);
    const expires = text.indexOf(FIELD, token + 1);
    const transport = text.indexOf(FIELD, expires + 1);
    const expiresAt = Number(text.slice(token + 1, expires));
    if (token < 0 || expires < 0 || transport < 0 || !isAmount(expiresAt)) return undefined;
    tokens.push(text.slice(start, token));
    if (expiresAt < earliest) earliest = expiresAt;
    if (transport - expires > 1 && !text.startsWith('UDP', expires + 1)) hasStream = true;
  }
  return { tokens, earliest, hasStream };
}

function summaryOfRows(rows: readonly Fields[] | undefined): Summary | undefined {
  if (rows === undefined || rows.length === 0 || !rows.every(isRow)) return undefined;
  return {
    tokens: rows.map((fields) => fields[TOKEN] as string),
    earliest: Math.min(...rows.map((fields) => Number(fields[EXPIRES_AT]))),
    hasStream: rows.some((fields) => fields[TRANSPORT] !== '' && fields[TRANSPORT] !== 'UDP'),
  };
}

/** A connection does not outlive the process that had it. */
export const ofFormerProcess = (binding: Binding): Binding =>
  binding.flow === undefined || binding.flow.transport === 'UDP'
    ? binding
    : { ...binding, flow: { ...binding.flow, connection: DEAD_CONNECTION } };

type Fields = readonly string[];

function rowsOf(text: string): readonly Fields[] | undefined {
  // Mostly there is one row.
  if (text.startsWith(PLAIN) && !text.includes(ROW)) return [text.slice(1).split(FIELD)];
  if (text.startsWith(PLAIN))
    return text
      .slice(1)
      .split(ROW)
      .map((row) => row.split(FIELD));
  const rows: unknown = JSON.parse(text);
  const isRows = (value: unknown): value is Fields[] =>
    Array.isArray(value) &&
    value.every((row) => Array.isArray(row) && row.every((field) => typeof field === 'string'));
  return isRows(rows) ? rows : undefined;
}

/** Whether nothing that a peer wrote has a control character in it, separators and line ends among them. */
const isPlain = ({ uri, contact, token, instance, userAgent, methods, callId, path }: Binding): boolean =>
  hasNoControl(uri) &&
  hasNoControl(contact) &&
  hasNoControl(token) &&
  hasNoControl(instance) &&
  hasNoControl(userAgent) &&
  hasNoControl(methods) &&
  hasNoControl(callId) &&
  path.every(hasNoControl);

function hasNoControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 32) return false;
  return true;
}

/** `<URI>` is what nearly every contact is, and is left out; any other follows a sign. */
const isBare = (contact: string, uri: string): boolean =>
  contact.length === uri.length + 2 && contact.startsWith('<') && contact.startsWith(uri, 1);

function fieldsOf(binding: Binding): string[] {
  const { flow, uri, contact, path } = binding;
  const fields = [
    binding.token,
    String(binding.expiresAt),
    flow?.transport ?? '',
    flow?.listener ?? '',
    flow?.address ?? '',
    flow === undefined ? '' : String(flow.port),
    flow === undefined ? '' : String(flow.connection),
    uri,
    isBare(contact, uri) ? '' : `=${contact}`,
    String(binding.q),
    binding.instance,
    String(binding.regId),
    binding.userAgent,
    binding.methods,
    binding.callId,
    String(binding.cseq),
    String(binding.acceptedAt),
    binding.upstream,
    binding.foreign ? '1' : '0',
  ];
  if (path.length > 0) fields.push(...path);
  return fields;
}

const NUMBERS = [EXPIRES_AT, Q, REG_ID, CSEQ, ACCEPTED_AT] as const;

const isRow = (fields: Fields): boolean =>
  fields.length >= FIELDS &&
  NUMBERS.every((place) => fields[place] !== '' && isAmount(Number(fields[place])));

/** A contact that ends at Infinity would never leave. */
const isAmount = (number: number): boolean => number >= 0 && number < Number.POSITIVE_INFINITY;

function bindingOf(aor: string, fields: Fields): Binding {
  const uri = fields[URI]!;
  return {
    aor,
    uri,
    contact: fields[CONTACT] === '' ? `<${uri}>` : fields[CONTACT]!.slice(1),
    token: fields[TOKEN]!,
    flow: flowOf(fields),
    path: fields.length === FIELDS ? NO_PATH : fields.slice(FIELDS),
    expiresAt: Number(fields[EXPIRES_AT]),
    q: Number(fields[Q]),
    instance: fields[INSTANCE]!,
    regId: Number(fields[REG_ID]),
    userAgent: fields[USER_AGENT]!,
    methods: fields[METHODS]!,
    callId: fields[CALL_ID]!,
    cseq: Number(fields[CSEQ]),
    acceptedAt: Number(fields[ACCEPTED_AT]),
    upstream: fields[UPSTREAM]!,
    foreign: fields[FOREIGN] === '1',
  };
}

function flowOf(fields: Fields): Flow | undefined {
  const transport = asTransport(fields[TRANSPORT]!);
  if (transport === undefined) return undefined;
  return {
    transport,
    listener: fields[LISTENER]!,
    address: fields[ADDRESS]!,
    port: Number(fields[PORT]),
    connection: Number(fields[CONNECTION]),
  };
}
