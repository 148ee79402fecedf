import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { isMalformed, parseMessage } from '../../../sidecar/wire/message.ts';
import { param } from '../../../sidecar/wire/param.ts';
import { parseNameAddr } from '../../../sidecar/wire/value.ts';
import { type Loaded, loaded, titled } from './corpora.ts';
import { differences } from './differences.ts';

interface Address {
  readonly uri: string;
  readonly params: Readonly<Record<string, string | null>>;
}

/** What npm `sip` makes of a message; the package has no type declarations. What it can't read it leaves out. */
interface Other {
  readonly method?: string;
  readonly uri?: string;
  readonly status?: number;
  readonly content: string;
  readonly headers: {
    readonly from?: Address;
    readonly to?: Address;
    readonly via?: readonly {
      host: string;
      port?: number;
      params: Readonly<Record<string, string | null>>;
    }[];
    readonly cseq?: { readonly seq: number; readonly method: string };
    readonly 'call-id'?: string;
    readonly contact?: readonly Address[] | string;
    readonly 'content-length'?: number;
  };
}

const sip = createRequire(import.meta.url)('sip') as { parse(text: string): Other | undefined };

/** What is compared, as plain values by name. */
type Reading = Readonly<Record<string, unknown>>;

function ourReading({ text }: Loaded): Reading {
  const message = parseMessage(text, 'datagram');
  if (isMalformed(message)) throw new Error(`malformed: ${message.malformed}`);
  const via = message.topVia();
  const contacts = message.list(Header.Contact).map((value) => parseNameAddr(value)?.uri ?? value);
  const address = (name: 'from' | 'to') => ({
    [name]: message[name]()?.uri,
    [`${name} tag`]: param(message[name]()?.params ?? '', 'tag'),
  });
  return {
    start: message.isRequest ? [message.method, message.requestUri] : [message.status],
    ...address('from'),
    ...address('to'),
    'via host': via?.host,
    'via port': via?.port,
    'via branch': via?.branch === '' ? undefined : via?.branch,
    cseq: message.cseq(),
    'call-id': message.callId(),
    contacts: contacts.length === 0 ? undefined : contacts,
    'content-length': message.contentLength(),
    body: message.body,
  };
}

function theirReading({ text }: Loaded): Reading | undefined {
  const message = sip.parse(text);
  if (message === undefined) return undefined;
  const { headers } = message;
  const via = headers.via?.[0];
  const address = (name: 'from' | 'to') => ({
    [name]: headers[name]?.uri,
    [`${name} tag`]: headers[name]?.params.tag ?? undefined,
  });
  const { contact } = headers;
  return {
    start: message.status === undefined ? [message.method, message.uri] : [message.status],
    ...address('from'),
    ...address('to'),
    'via host': via?.host,
    'via port': via?.port,
    'via branch': via?.params.branch ?? undefined,
    cseq: headers.cseq && { number: headers.cseq.seq, method: headers.cseq.method },
    'call-id': headers['call-id'],
    contacts: typeof contact === 'string' ? [contact] : contact?.map(({ uri }) => uri),
    'content-length': headers['content-length'],
    body: message.content,
  };
}

/** The names of what the two read differently; `all` where it reads nothing. */
function differing(one: Loaded): string[] {
  const [ours, theirs] = [ourReading(one), theirReading(one)];
  if (theirs === undefined) return ['all'];
  return Object.keys(ours).filter((name) => JSON.stringify(ours[name]) !== JSON.stringify(theirs[name]));
}

const accepted = loaded.filter(({ verdict }) => verdict.kind !== 'refused' && verdict.kind !== 'dropped');

describe('npm sip, whose parser shares nothing with ours', () => {
  it.each(titled(accepted))('reads the same in %s, or differs as listed', (_, one) => {
    expect(differing(one)).toEqual(Object.keys(differences[`${one.corpus}/${one.name}`] ?? {}));
  });

  it('is listed only with messages that are accepted', () => {
    const names = new Set(accepted.map(({ corpus, name }) => `${corpus}/${name}`));
    expect(Object.keys(differences).filter((name) => !names.has(name))).toEqual([]);
  });
});
