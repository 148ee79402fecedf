import { describe, expect, it } from 'vitest';
import { isMalformed, parseMessage } from '../../../sidecar/wire/message.ts';
import { fault, read, register, text } from './sample.ts';

const withLine = (line: string): string => register({ with: [line] });
const uri = (length: number): string => `sip:${'u'.repeat(length - 'sip:@pbx.test'.length)}@pbx.test`;
const options = (requestUri: string): string =>
  register({ without: ['CSeq'], with: ['CSeq: 1 OPTIONS'] }).replace(/^\S+ \S+/, `OPTIONS ${requestUri}`);

describe('a message has no more than anybody honest sends', () => {
  it.each(['Via', 'Route', 'Record-Route', 'Contact', 'Path', 'Supported', 'Require', 'Proxy-Require'])(
    '%s has at most 256 values, over all its lines',
    (name) => {
      const value = name === 'Via' ? 'SIP/2.0/UDP h;branch=z9hG4bKx' : '<sip:a@example.com>;a="b, c"';
      const there = ['Via', 'Contact'].includes(name) ? 1 : 0;
      const list = (count: number): string =>
        register({
          with: [
            `${name}: ${new Array(100).fill(value).join(',')}`,
            `${name}: ${new Array(count - 100).fill(value).join(' , ')}`,
          ],
        });
      expect(isMalformed(parseMessage(list(256 - there), 'datagram'))).toBe(false);
      expect(fault(list(257 - there)).malformed).toBe('Too Many Values');
    },
  );

  it.each([
    'From: <sip:u@h>;tag=',
    'To: <sip:u@h>;tag=',
    'Call-ID: ',
    'Content-Type: a/b;c=',
    'Content-Encoding: ',
    'Route: <sip:h>;a=',
    'Contact: <sip:h>;a=',
  ])('no value that is read is longer than 4,096 bytes: %s', (start) => {
    const [name = ''] = start.split(':');
    const line = (length: number) => start + 'x'.repeat(length - start.length);
    const message = (length: number) => register({ without: [name], with: [line(length)] });
    expect(isMalformed(parseMessage(message(4_000), 'datagram'))).toBe(false);
    expect(fault(message(4_200)).malformed).toBe('Value Too Long');
  });

  it('a Via that is longer is none, so nobody is answered', () => {
    const message = register({
      without: ['Via'],
      with: [`Via: SIP/2.0/UDP h;branch=z9hG4bK${';a'.repeat(3_000)}`],
    });
    expect(fault(message)).toMatchObject({ malformed: 'Value Too Long', message: undefined });
  });

  it('white space around values counts as well', () => {
    expect(fault(withLine(`Route:${' '.repeat(9_000)}<sip:h>`)).malformed).toBe('Value Too Long');
  });

  it('lines that are folded are lines (§7.3.1)', () => {
    expect(read(withLine(`Subject: a${'\r\n a'.repeat(200)}`)).lineCount).toBeGreaterThan(8);
    expect(fault(withLine(`Subject: a${'\r\n a'.repeat(300)}`)).malformed).toBe('Too Many Header Lines');
  });

  it('a Request-URI beyond 4,096 bytes is answered 414 (§21.4.15)', () => {
    expect(read(options(uri(4_096))).requestUri).toHaveLength(4_096);
    expect(fault(options(uri(4_097)))).toMatchObject({ status: 414, malformed: 'Request-URI Too Long' });
  });

  it('what nobody reads may be as long as it likes', () => {
    expect(read(withLine(`X-Long: ${',;"<'.repeat(15_000)}`)).text.length).toBeGreaterThan(60_000);
    expect(
      read(
        text(
          [...register().trimEnd().split('\r\n').slice(0, -1), 'Content-Length: 60000'],
          'b'.repeat(60_000),
        ),
      ).body,
    ).toHaveLength(60_000);
  });
});
