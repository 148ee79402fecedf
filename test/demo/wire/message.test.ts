import { describe, expect, it } from 'vitest';
import { readMessage, writeMessage } from '../../../demo/wire/message.ts';

const LINES = [
  'OPTIONS sip:bob@pbx.test SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKx',
  'From: <sip:alice@pbx.test>;tag=f',
  'To: <sip:bob@pbx.test>',
  'Call-ID: one',
  'CSeq: 1 OPTIONS',
];
const datagram = (lines: string[], body = '') => Buffer.from(`${[...lines, '', ''].join('\r\n')}${body}`);

describe('a datagram', () => {
  it('is read with its mandatory headers', () => {
    expect(readMessage(datagram(LINES))).toMatchObject({ method: 'OPTIONS', headers: { 'call-id': 'one' } });
  });

  it.each(['Via', 'From', 'To', 'Call-ID', 'CSeq'])('is dropped without %s', (name) => {
    const lines = LINES.filter((line) => !line.startsWith(`${name}:`));
    expect(readMessage(datagram(lines))).toBeUndefined();
  });

  it.each(['Via: nonsense', 'CSeq: many OPTIONS', 'CSeq: 1 INVITE'])('is dropped with "%s"', (bad) => {
    const name = bad.slice(0, bad.indexOf(':') + 1);
    const lines = LINES.map((line) => (line.startsWith(name) ? bad : line));
    expect(readMessage(datagram(lines))).toBeUndefined();
  });

  it.each(['', '\r\n\r\n', 'hello', 'GET / HTTP/1.1\r\n\r\n'])('is dropped when it is "%s"', (text) => {
    expect(readMessage(Buffer.from(text))).toBeUndefined();
  });

  it('carries text of any language, counted in bytes', () => {
    const read = readMessage(datagram([...LINES, 'Content-Length: 6'], '你好 and what exceeds it'));
    if (read === undefined) expect.fail('not read');
    expect(read.content).toBe('你好');
    expect(writeMessage(read).toString()).toMatch(/Content-Length: 6\r\n\r\n你好$/);
  });

  it('is written without a change to the message', () => {
    const read = readMessage(datagram(LINES));
    if (read === undefined) expect.fail('not read');
    const before = structuredClone(read);
    writeMessage(read);
    expect(read).toEqual(before);
  });
});
