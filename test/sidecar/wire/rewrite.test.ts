import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { rewrite, withoutFirstValue } from '../../../sidecar/wire/rewrite.ts';
import { read, register, text } from './sample.ts';

describe('a rewrite', () => {
  const received = register({
    without: ['Content-Length'],
    with: ['Supported: path'],
    body: 'b\r\n\r\nX: y',
  });
  const message = read(received);

  it('puts lines on top, in the place of others or nothing there, and leaves all else byte for byte', () => {
    const edited = rewrite(message, 'REGISTER sip:other.test SIP/2.0', 'Via: ours\r\n', [
      { line: message.firstLine(Header.MaxForwards), text: 'Max-Forwards: 69\r\n' },
      { line: message.firstLine(Header.Contact), text: '' },
      { line: message.firstLine(Header.Supported), text: 'Supported: path\r\nPath: <sip:us>\r\n' },
    ]);
    expect(edited).toBe(
      received
        .replace('REGISTER sip:pbx.test SIP/2.0\r\n', 'REGISTER sip:other.test SIP/2.0\r\nVia: ours\r\n')
        .replace('Max-Forwards: 70', 'Max-Forwards: 69')
        .replace(/Contact: .*\r\n/, '')
        .replace('Supported: path\r\n', 'Supported: path\r\nPath: <sip:us>\r\n'),
    );
  });

  it('replaces exactly the lines named, whichever they are', () => {
    const lines = fc.uniqueArray(fc.nat(message.lineCount - 1)).map((some) => some.sort((a, b) => a - b));
    fc.assert(
      fc.property(lines, (some) => {
        const edited = rewrite(
          message,
          undefined,
          '',
          some.map((line) => ({ line, text: `New-${line}: x\r\n` })),
        );
        const rows = received.split('\r\n');
        for (const line of some) rows[line + 1] = `New-${line}: x`;
        expect(edited).toBe(rows.join('\r\n'));
      }),
    );
  });

  it('throws at edits out of order, twice of one line or beyond the last: our own bug', () => {
    const edit = (line: number) => ({ line, text: '' });
    expect(() => rewrite(message, undefined, '', [edit(2), edit(1)])).toThrow(RangeError);
    expect(() => rewrite(message, undefined, '', [edit(2), edit(2)])).toThrow(RangeError);
    expect(() => rewrite(message, undefined, '', [edit(message.lineCount)])).toThrow(RangeError);
  });
});

describe('taking the first value off a line', () => {
  const via = (value: string) => {
    const message = read(text(['SIP/2.0 200 OK', `v: ${value}`, ...register().split('\r\n').slice(3, 7)]));
    return withoutFirstValue(message, 0, message.topVia()!.end).text;
  };

  it('removes the line where it held one value, and leaves the others where it held more', () => {
    expect(via('SIP/2.0/UDP a.test;branch=1')).toBe('');
    expect(via('SIP/2.0/UDP a.test ,\r\n  SIP/2.0/UDP b.test , SIP/2.0/UDP c.test')).toBe(
      'v: SIP/2.0/UDP b.test , SIP/2.0/UDP c.test\r\n',
    );
  });
});
