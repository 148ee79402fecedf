/**
 * What a proxy has to make of a message, worked out by cutting its text into lines: nothing here knows the proxy's own
 * parser or rewriter.
 */

/** A message cut into lines, each with its end; what is folded onto a line belongs to it. */
export interface Cut {
  readonly start: string;
  readonly headers: readonly string[];
  readonly body: string;
}

export function cut(text: string): Cut {
  const message = text.replace(/^[\r\n]+/, '');
  const end = /\n\r?\n/.exec(message);
  const headersEnd = end === null ? message.length : end.index + 1;
  const emptyEnd = end === null ? message.length : end.index + end[0].length;
  const [start = '', ...headers] = message.slice(0, headersEnd).split(/(?<=\n)(?![ \t])/);
  return { start, headers, body: message.slice(emptyEnd) };
}

const COMPACT: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
};

/** The header field of a line, in lower case and in its long form. */
export const nameOf = (line: string): string => {
  const name = line.slice(0, line.indexOf(':')).trim().toLowerCase();
  return COMPACT[name] ?? name;
};

export const valueIn = (line: string): string =>
  line
    .slice(line.indexOf(':') + 1)
    .replace(/\r?\n[ \t]*/g, ' ')
    .trim();

/** The value of a message's first line of a field. */
export const fieldOf = (text: string, name: string): string | undefined => {
  const line = cut(text).headers.find((header) => nameOf(header) === name);
  return line === undefined ? undefined : valueIn(line);
};

/** White space that the grammar allows around separators does not count in a line that the proxy has to write anew. */
export const tight = (line: string): string => line.replace(/[ \t]*([;=/,:])[ \t]*/g, '$1');

/** Parts of a value between separators that stand outside of quotes. */
const apart = (value: string, separator: ',' | ';'): string[] =>
  value.split(new RegExp(`${separator}(?=(?:[^"]*"[^"]*")*[^"]*$)`));

/** The Via line of the sender, with where it really was (§18.2.1, RFC 3581 §4); as it came where it says that already. */
function stamped(line: string, address: string, port: number): string {
  const [first = '', ...others] = apart(valueIn(line), ',');
  const [sentBy = '', ...params] = apart(first, ';').map((part) => part.trim());
  const isNamed = (param: string, name: string): boolean => (param.split('=')[0] ?? '').trim() === name;
  const asks = params.includes('rport');
  const host = (sentBy.split(/\s/).at(-1) ?? '').replace(/:\d+$/, '');
  if (!asks && host === address && !params.some((param) => isNamed(param, 'received'))) return line;
  const kept = params.filter((param) => !isNamed(param, 'received') && !(asks && isNamed(param, 'rport')));
  const value = [
    [sentBy, ...kept, `received=${address}`, ...(asks ? [`rport=${port}`] : [])].join(';'),
    ...others,
  ].join(',');
  return `Via: ${value}\r\n`;
}

/** Requests that open no dialog, and so get no Record-Route. */
const NO_DIALOG = /^(?:REGISTER|MESSAGE|OPTIONS|PUBLISH|ACK|CANCEL|BYE|PRACK|INFO|UPDATE) /;

/** Where a request came from, as the proxy saw it, and how the copy leaves. */
export interface Passage {
  readonly address: string;
  readonly port: number;
  readonly transport: string;
  /** How many Record-Route lines a dialog gets. */
  readonly recordRoutes: number;
  /** The Request-URI of the copy where it is another one. */
  readonly requestUri?: string;
  /** How many Route lines are used up. */
  readonly pops?: number;
}

/** The copy of a request: the lines on top, then all others, as texts that must be equal but for their `tight` form. */
export function forwarded(text: string, passage: Passage): { top: RegExp[]; rest: string[]; body: string } {
  const { start, headers, body } = cut(text);
  const at = (name: string): number => headers.findIndex((line) => nameOf(line) === name);
  const [via, hops, length] = [at('via'), at('max-forwards'), at('content-length')];
  const strict = strictHop(start, headers, passage.pops ?? 0);
  let pops = strict === undefined ? (passage.pops ?? 0) : Number.POSITIVE_INFINITY;
  const rest = headers.flatMap((line, index) => {
    if (nameOf(line) === 'route' && pops-- > 0) return [];
    if (index === via) return [stamped(line, passage.address, passage.port)];
    if (index === hops) return [`Max-Forwards: ${Math.max(Number(valueIn(line)) - 1, 0)}\r\n`];
    // A REGISTER's Contact is ours on the way to the PBX; the phone has its own back in the 200.
    return [start.startsWith('REGISTER ') && nameOf(line) === 'contact' ? 'Contact' : line];
  });
  const whole = wholeBody(headers, body);
  const top = [new RegExp(`^Via: SIP/2\\.0/${passage.transport} \\S+;branch=z9hG4bK\\w+;rport\r\n$`)];
  for (let i = 0; i < passage.recordRoutes && !NO_DIALOG.test(start); i++)
    top.push(/^Record-Route: <sip:[\w-]+@[^>]+;lr>\r\n$/);
  for (const route of strict?.routes ?? []) top.push(exactly(`Route: ${route}\r\n`));
  if (hops < 0) top.push(/^Max-Forwards: 70\r\n$/);
  if (length < 0) top.push(exactly(`Content-Length: ${whole.length}\r\n`));
  const requestUri = strict?.requestUri ?? passage.requestUri;
  return { top, rest: [startLine(start, requestUri), ...rest], body: whole };
}

const exactly = (line: string): RegExp => new RegExp(`^${line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);

/** §16.6 step 6: a next hop without lr becomes the Request-URI, and the Request-URI the last Route; undefined where it has lr. */
function strictHop(
  start: string,
  headers: readonly string[],
  pops: number,
): { requestUri: string; routes: readonly string[] } | undefined {
  const lines = headers.filter((line) => nameOf(line) === 'route').slice(pops);
  const [first, ...later] = lines.flatMap((line) => valueIn(line).split(/\s*,\s*(?=["<])/));
  if (first === undefined || /;lr[>;=]/i.test(first)) return undefined;
  const requestUri = /<([^>]*)>/.exec(first)?.[1] ?? first;
  return { requestUri, routes: [...later, `<${start.split(' ')[1]}>`] };
}

/** §18.3: what is past Content-Length is none of the message. */
function wholeBody(headers: readonly string[], body: string): string {
  const length = headers.find((line) => nameOf(line) === 'content-length');
  return length === undefined ? body : body.slice(0, Number(valueIn(length)));
}

/** A response on its way back, our own Via taken off. */
export function returned(text: string): string {
  const { start, headers, body } = cut(text);
  return [start.replace(/^sip/, 'SIP'), ...headers, '\r\n', wholeBody(headers, body)].join('');
}

/** §7.1: the version is sent in capitals, whatever it came in. */
function startLine(start: string, requestUri: string | undefined): string {
  const [method, uri] = start.split(' ');
  if (start.endsWith('SIP/2.0\r\n') && requestUri === undefined) return start;
  return `${method} ${requestUri ?? uri} SIP/2.0\r\n`;
}

/** The lines of what was sent, put in the same form: the Contacts of a REGISTER by their name alone. */
export function sentLines(text: string, tops: number): { top: string[]; rest: string[]; body: string } {
  const { start, headers, body } = cut(text);
  const rest = headers
    .slice(tops)
    .map((line) => (start.startsWith('REGISTER ') && nameOf(line) === 'contact' ? 'Contact' : line));
  return { top: headers.slice(0, tops), rest: [start, ...rest], body };
}
