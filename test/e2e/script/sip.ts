/** Compact forms (RFC 3261 §7.3.3) of the header fields that are looked at. */
const COMPACT: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
  c: 'content-type',
  k: 'supported',
};

/** A SIP message as a scripted party reads it: its own reading, so that it is a second opinion on what the proxy wrote. */
export class Sip {
  readonly text: string;
  readonly startLine: string;
  readonly body: string;
  readonly #fields: readonly (readonly [name: string, value: string])[];

  constructor(text: string) {
    this.text = text;
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) throw new Error(`no end of the header fields:\n${text}`);
    // §7.3.1: a line that starts with space goes on with the one before.
    const [startLine = '', ...lines] = text.slice(0, end).split(/\r\n(?![ \t])/);
    this.startLine = startLine;
    this.body = text.slice(end + 4);
    this.#fields = lines.map((line) => {
      const colon = line.indexOf(':');
      if (colon < 1) throw new Error(`no header field: ${line}`);
      const name = line.slice(0, colon).trim().toLowerCase();
      return [COMPACT[name] ?? name, line.slice(colon + 1).trim()];
    });
  }

  /** Every value of a header field: each line's, a list of values taken apart where it holds no commas within quotes or brackets. */
  all(name: string): readonly string[] {
    return this.#fields
      .filter(([each]) => each === name.toLowerCase())
      .flatMap(([, value]) => value.split(/,(?![^<]*>)(?=(?:[^"]*"[^"]*")*[^"]*$)/))
      .map((value) => value.trim());
  }

  /** The first line of a header field as it stands; '' without one. */
  header(name: string): string {
    return this.#fields.find(([each]) => each === name.toLowerCase())?.[1] ?? '';
  }

  get isRequest(): boolean {
    return !this.startLine.startsWith('SIP/2.0 ');
  }

  /** The method of a request, and of a response that of its request. */
  get method(): string {
    return this.isRequest ? (this.startLine.split(' ')[0] ?? '') : (this.header('CSeq').split(' ')[1] ?? '');
  }

  get uri(): string {
    return this.startLine.split(' ')[1] ?? '';
  }

  /** 0 for a request. */
  get status(): number {
    return this.isRequest ? 0 : Number(this.startLine.split(' ')[1]);
  }

  get reason(): string {
    return this.startLine.split(' ').slice(2).join(' ');
  }

  get cseq(): number {
    return Number(this.header('CSeq').split(' ')[0]);
  }

  get branch(): string {
    return paramOf(this.all('Via')[0] ?? '', 'branch');
  }
}

/** A parameter's value; '' where there is none. */
export const paramOf = (value: string, name: string): string =>
  new RegExp(`;\\s*${name.replaceAll('.', '\\.')}\\s*=\\s*("[^"]*"|[^;>\\s]*)`, 'i')
    .exec(value)?.[1]
    ?.replaceAll('"', '') ?? '';

/** The URI of a name-addr or addr-spec. */
export const uriOf = (value: string): string =>
  /<([^>]*)>/.exec(value)?.[1] ?? value.split(';')[0]?.trim() ?? '';

/** Takes whole messages off the front of a stream (RFC 3261 §18.3); what is left is returned with them. */
export function deframe(received: string): { messages: readonly string[]; rest: string } {
  const messages: string[] = [];
  let rest = received.replace(/^(\r\n)+/, '');
  for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
    const length = Number(/^(?:content-length|l)\s*:\s*(\d+)/im.exec(rest.slice(0, end))?.[1] ?? 0);
    const whole = end + 4 + length;
    if (rest.length < whole) break;
    messages.push(rest.slice(0, whole));
    rest = rest.slice(whole).replace(/^(\r\n)+/, '');
  }
  return { messages, rest };
}
