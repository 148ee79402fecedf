import { describe, expect, it } from 'vitest';
import { StreamFraming } from '../../../sidecar/wire/framing.ts';
import { isMalformed, parseMessage } from '../../../sidecar/wire/message.ts';
import { corpora, filesOf, loaded, titled } from './corpora.ts';

/** What a stream makes of bytes that come in chunks of a size. */
function cutUp(bytes: Buffer, size: number): { messages: string[]; fault: string | undefined } {
  const framing = new StreamFraming(65_536);
  const messages: string[] = [];
  let fault: string | undefined;
  for (let at = 0; at < bytes.length; at += size) {
    const framed = framing.push(bytes.subarray(at, at + size));
    messages.push(...framed.messages);
    fault = framed.fault;
  }
  return { messages, fault };
}

describe('the corpora', () => {
  it.each(Object.keys(corpora))(
    'of %s have a verdict for each file, and a file for each verdict',
    (corpus) => {
      expect(corpora[corpus]?.map(({ name }) => name).sort()).toEqual(filesOf(corpus));
    },
  );

  it('hold each message of RFC 4475 and RFC 5118', () => {
    const sections = (corpus: string) => new Set(corpora[corpus]?.map(({ section }) => section)).size;
    expect([corpora.rfc4475?.length, sections('rfc4475')]).toEqual([49, 49]);
    expect([corpora.rfc5118?.length, sections('rfc5118')]).toEqual([12, 10]);
  });
});

/** Answers that only what stands around the message can give: the engine's test has them. */
const READABLE = new Set(['forwarded', 'delivered', 'served', 'returned', 'absorbed']);

describe('as one datagram', () => {
  it.each(titled(loaded))('%s is read or found malformed', (_, { text, verdict }) => {
    const parsed = parseMessage(text, 'datagram');
    if (READABLE.has(verdict.kind)) expect(isMalformed(parsed) ? parsed.malformed : '').toBe('');
    if (!isMalformed(parsed)) return;
    // What is answered comes with the message that says where to.
    if (verdict.kind === 'refused')
      expect([parsed.status, parsed.message !== undefined]).toEqual([verdict.status, true]);
    else expect([verdict, parsed.message]).toEqual([{ kind: 'dropped', as: 'malformed' }, undefined]);
  });
});

describe('on a stream', () => {
  it.each(titled(loaded))('%s is cut out the same whatever the chunks', (_, { bytes, text, stream }) => {
    const [whole, ...others] = [bytes.length, 7, 1].map((size) => cutUp(bytes, Math.max(size, 1)));
    for (const other of others) expect(other).toEqual(whole);
    expect([whole?.messages.length, whole?.fault]).toEqual([stream?.messages ?? 1, stream?.fault]);
    if (stream === undefined)
      expect(text.replace(/^[\r\n]+/, '').startsWith(whole?.messages[0] ?? 'none')).toBe(true);
  });
});
