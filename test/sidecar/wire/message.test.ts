import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { isMalformed, parseMessage, SipMessage } from '../../../sidecar/wire/message.ts';
import { rewrite } from '../../../sidecar/wire/rewrite.ts';
import { cpuMs } from '../../support/cpu-time.ts';
import { fault, read, register, text } from './sample.ts';

describe('reading a message', () => {
  it('gives the request line, the header lines and their values', () => {
    const message = read(register());
    expect([message.isRequest, message.method, message.requestUri, message.status]).toEqual([
      true,
      'REGISTER',
      'sip:pbx.test',
      0,
    ]);
    expect(message.lineCount).toBe(9);
    expect(message.lineName(7)).toBe('X-Odd');
    expect(message.lineId(7)).toBe(Header.Other);
    expect(message.lineValue(7)).toBe('as   it  is');
    expect(message.text.slice(message.lineStart(7), message.lineEnd(7))).toBe('X-Odd:   as   it  is  \r\n');
    expect(message.topVia()?.branch).toBe('z9hG4bK-1');
    expect(message.cseq()).toEqual({ number: 7, method: 'REGISTER' });
    expect(message.callId()).toBe('c1@192.0.2.7');
    expect(message.from()?.params).toBe(';tag=a1');
    expect(message.to()?.uri).toBe('sip:alice@pbx.test');
    expect(message.contentLength()).toBe(0);
    expect(message.body).toBe('');
  });

  it("gives a response its CSeq's method", () => {
    const message = read(register().replace(/^.*/, 'SIP/2.0 200 All  is well'));
    expect([message.isRequest, message.method, message.status, message.reason, message.requestUri]).toEqual([
      false,
      'REGISTER',
      200,
      'All  is well',
      '',
    ]);
  });

  it('takes a reason phrase that is empty, with or without the space before it', () => {
    expect(read(register().replace(/^.*/, 'SIP/2.0 100 ')).status).toBe(100);
    expect(read(register().replace(/^.*/, 'SIP/2.0 100')).reason).toBe('');
  });

  it('knows names in any case and in compact form, and blanks before the colon', () => {
    const message = read(
      text([
        'OPTIONS sip:a@b.test SIP/2.0',
        'v: SIP/2.0/TCP h.test;branch=z9hG4bK2',
        'F:<sip:a@b.test>;tag=1',
        'tO \t: <sip:b@b.test>',
        'I:x',
        'CSEQ: 1 OPTIONS',
        'l: 0',
      ]),
    );
    expect([...Array(6).keys()].map((line) => message.lineId(line))).toEqual([
      Header.Via,
      Header.From,
      Header.To,
      Header.CallId,
      Header.CSeq,
      Header.ContentLength,
    ]);
  });

  it('gives the values of every line of a field in order, and the first of them as its value', () => {
    const message = read(
      register({ with: ['Path: <sip:p1.test;lr>', 'Supported: path', 'Path: <sip:p2.test;lr>'] }),
    );
    expect(message.value(Header.Path)).toBe('<sip:p1.test;lr>');
    expect(message.values(Header.Path)).toEqual(['<sip:p1.test;lr>', '<sip:p2.test;lr>']);
    expect(message.values(Header.Warning)).toEqual([]);
    expect([message.has(Header.Path), message.has(Header.Route)]).toEqual([true, false]);
    expect([
      message.firstLine(Header.Route),
      message.nextLine(Header.Path, message.firstLine(Header.Path)),
    ]).toEqual([-1, 11]);
    expect([message.repeats(Header.Path), message.repeats(Header.Contact)]).toEqual([true, false]);
  });

  it('unfolds a value to single spaces and keeps the folding in its line', () => {
    const message = read(register({ with: ['Subject: one \r\n \t two\r\n   \r\n\tthree'] }));
    const line = message.firstLine(Header.Subject);
    expect(message.lineValue(line)).toBe('one two three');
    expect(message.lineEnd(line)).toBe(message.headersEnd - 2);
  });

  it('skips line ends before the start line', () => {
    expect(read(`\r\n\r\n${register()}`).text).toBe(register());
  });

  it('understands lines that end by LF alone, and lets a body have what line ends it likes', () => {
    expect(read(register().replaceAll('\r\n', '\n')).lineCount).toBe(9);
    expect(read(register({ without: ['Content-Length'], body: 'a\rb\r' })).body).toBe('a\rb\r');
  });

  it('drops what lies past Content-Length in a datagram', () => {
    const message = read(
      register({ without: ['Content-Length'], with: ['Content-Length: 3'], body: 'abcINVITE' }),
    );
    expect(message.body).toBe('abc');
    expect(message.text.endsWith('\r\n\r\nabc')).toBe(true);
  });

  it('takes the rest of a datagram as body where there is no Content-Length', () => {
    expect(read(register({ without: ['Content-Length'], body: 'a\n\r\n\u00ff' })).body).toBe('a\n\r\n\u00ff');
  });
});

describe('a malformed message', () => {
  it('has a CR that no LF follows, which another reader may take for the end of a line (§25.1)', () => {
    for (const line of ['Subject: a\rTo: b', 'Subject: a\r', 'Subject: \r\r', '\rSubject: a'])
      expect(fault(register({ with: [line] }))).toMatchObject({ malformed: 'Bad Line End', status: 400 });
    expect(fault(register().replace(' SIP/2.0', '\r SIP/2.0')).status).toBe(400);
  });

  it.each([
    ['Missing Via', { without: ['Via'] }],
    ['Missing From', { without: ['From'] }],
    ['Missing To', { without: ['To'] }],
    ['Missing Call-ID', { without: ['Call-ID'] }],
    ['Missing CSeq', { without: ['CSeq'] }],
    ['Bad Via', { without: ['Via'], with: ['Via: SIP/2.0/UDP'] }],
    ['Bad From', { without: ['From'], with: ['From: "Alice <sip:alice@pbx.test>;tag=a'] }],
    ['Bad To', { without: ['To'], with: ['To: <sip:a@b>, <sip:c@d>'] }],
    ['Bad Call-ID', { without: ['Call-ID'], with: ['Call-ID:'] }],
    ['Bad Call-ID', { without: ['Call-ID'], with: ['Call-ID: a b'] }],
    ['Bad CSeq', { without: ['CSeq'], with: ['CSeq: 2147483648 REGISTER'] }],
    ['Bad CSeq', { without: ['CSeq'], with: ['CSeq: -1 REGISTER'] }],
    ['Bad CSeq', { without: ['CSeq'], with: ['CSeq: 1'] }],
    ['CSeq Method Differs', { without: ['CSeq'], with: ['CSeq: 1 INVITE'] }],
    ['Bad Max-Forwards', { without: ['Max-F'], with: ['Max-Forwards: 256'] }],
    ['Bad Max-Forwards', { without: ['Max-F'], with: ['Max-Forwards: many'] }],
    ['Bad Content-Length', { without: ['Content-L'], with: ['Content-Length: -999'] }],
    ['Bad Content-Length', { with: ['l: 1'] }],
    ['Body Shorter Than Content-Length', { without: ['Content-L'], with: ['l: 4'], body: 'abc' }],
    ['Several From', { with: ['f: <sip:b@b>;tag=1'] }],
    ['Several To', { with: ['t: <sip:b@b>'] }],
    ['Several Call-ID', { with: ['Call-ID: c1@192.0.2.7'] }],
    ['Several CSeq', { with: ['CSeq: 7 REGISTER'] }],
    ['Several Max-Forwards', { with: ['Max-Forwards: 70'] }],
    ['Several Expires', { with: ['Expires: 60', 'Expires: 0'] }],
    ['Several Content-Type', { with: ['Content-Type: text/plain', 'c: application/sdp'] }],
    ['Bad Via', { without: ['Via'], with: ['Via: SIP/2.0/UDP h;branch=a;rport;branch=b'] }],
    ['Bad Via', { without: ['Via'], with: ['Via: SIP/2.0/UDP h;;branch=a'] }],
    ['Bad Via', { without: ['Via'], with: ['Via: SIP/2.0/UDP h;branch="'] }],
    ['Bad Via', { without: ['Via'], with: ['Via: SIP/2.0/UDP h;branch=a, ,SIP/2.0/UDP i'] }],
    ['Bad From', { without: ['From'], with: ['From: <sip:a@b>;tag=1;x;TAG = 2'] }],
    ['Bad To', { without: ['To'], with: ['To: <sip:a@b>;tag=1;tag=1'] }],
    ['Bad Header Line', { with: ['no header'] }],
    ['Bad Header Line', { with: [': no name'] }],
    ['Bad Header Line', { with: ['Two words: value'] }],
  ])('is told by "%s" in %j', (words, change) => {
    const found = fault(register(change));
    expect(found.malformed).toBe(words);
    expect(found.status).toBe(400);
  });

  it('may repeat Content-Length if all say the same', () => {
    expect(isMalformed(parseMessage(register({ with: ['l: 0'] }), 'datagram'))).toBe(false);
  });

  it('comes with the message where its Via tells how to answer, never for an ACK or a response', () => {
    const bad = register({ without: ['Call-ID'] });
    expect(fault(bad).message?.topVia()?.host).toBe('192.0.2.7');
    expect(fault(register({ without: ['Via'] })).message).toBeUndefined();
    expect(fault(bad.replaceAll('REGISTER', 'ACK')).message).toBeUndefined();
    expect(fault(bad.replace(/^.*/, 'SIP/2.0 200 OK')).message).toBeUndefined();
  });

  it.each([
    ['Bad Request-URI', 'REGISTER <sip:pbx.test> SIP/2.0'],
    ['Bad Request-URI', 'REGISTER sip:pbx.test; lr SIP/2.0'],
    ['Bad Request-URI', 'REGISTER  sip:pbx.test  SIP/2.0'],
    ['Bad Request-URI', 'REGISTER pbx SIP/2.0'],
    ['Bad Request-Line', 'REGISTER sip:pbx.test SIP/2.0 \t '],
    ['Bad Method', 'REG@STER sip:pbx.test SIP/2.0'],
  ])('is told by "%s" of the line "%s"', (words, line) => {
    const found = fault(register().replace(/^.*/, line));
    expect([found.malformed, found.message !== undefined]).toEqual([words, true]);
  });

  it('of another SIP version is answered 505; the version is read in any case', () => {
    expect(fault(register().replace('SIP/2.0', 'SIP/7.0'))).toMatchObject({ status: 505 });
    expect(read(register().replace('SIP/2.0', 'sip/2.0')).method).toBe('REGISTER');
  });

  it.each([
    '',
    '\r\n\r\n',
    'x',
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'SIP/2.0 99 Low\r\n\r\n',
    'SIP/2.0 4294967301 Big\r\n\r\n',
    'SIP/3.0 200 OK\r\n\r\n',
  ])('that is no SIP is not answered: %j', (received) => {
    expect(fault(received).message).toBeUndefined();
  });

  it('without the empty line is answered if its last line is whole', () => {
    expect(fault(register().slice(0, -2)).message?.method).toBe('REGISTER');
    for (const end of [-3, -4]) expect(fault(register().slice(0, end)).message).toBeUndefined();
    expect(fault(register().slice(0, -2)).malformed).toBe('No Empty Line After Headers');
  });

  it('with more than 256 header lines is not answered', () => {
    expect(read(register({ with: Array(247).fill('X: y') })).lineCount).toBe(256);
    expect(fault(register({ with: Array(248).fill('X: y') })).malformed).toBe('Too Many Header Lines');
  });

  it('on a stream has no Content-Length', () => {
    const parsed = parseMessage(register({ without: ['Content-Length'] }), 'stream');
    expect(parsed).toMatchObject({ malformed: 'Missing Content-Length' });
  });
});

describe('any text', () => {
  const hostile = [
    ' ',
    '\t',
    '\r\n',
    '\n',
    ',',
    ';',
    '"',
    '<',
    '>',
    '(',
    '\\',
    ':',
    '%',
    '=',
    '@',
    '[',
    '/',
    '\0',
    'a',
  ];
  const soup = fc.array(fc.constantFrom(...hostile, 'SIP/2.0/UDP ', 'sip:a@b', 'tag'), { maxLength: 60 });

  it('never makes the parser throw: bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        parseMessage(Buffer.from(bytes).toString('latin1'), 'datagram');
      }),
    );
  });

  it('never makes the parser or a getter throw: soup in the place of a value', () => {
    const fields = fc.constantFrom('Via', 'From', 'To', 'CSeq', 'Call-ID', 'Contact', 'Content-Length', 'X');
    fc.assert(
      fc.property(fields, soup, fc.constantFrom('datagram', 'stream'), (field, parts, framed) => {
        const received = register({ without: [field], with: [`${field}: ${parts.join('')}`] });
        const parsed = parseMessage(received, framed as 'datagram' | 'stream');
        const message = isMalformed(parsed) ? parsed.message : parsed;
        if (message === undefined) return;
        for (let line = 0; line < message.lineCount; line++) message.lineValue(line);
        for (const read of ['topVia', 'cseq', 'callId', 'from', 'to', 'contentLength'] as const)
          message[read]();
      }),
      { numRuns: 500 },
    );
  });

  it('that is a message comes out of a rewrite without edits as it came in', () => {
    fc.assert(
      fc.property(soup, fc.string({ unit: 'binary-ascii', maxLength: 80 }), (parts, body) => {
        const received = register({
          without: ['Content-Length'],
          with: [`X-Any: ${parts.join('').replaceAll('\n', '\n ')}`],
          body,
        });
        const parsed = parseMessage(received, 'datagram');
        expect(parsed).toBeInstanceOf(SipMessage);
        expect(rewrite(parsed as SipMessage, undefined, '', [])).toBe(received);
      }),
    );
  });

  it.each([',', '"', ' ', '(', '<', ';', '\\', '\r\n ', '\r\n', ';a', '("', ' (', '%41', '=', 'a\r\n'])(
    'of 64 KiB of %j is read in linear time',
    (part) => {
      const long = part.repeat(65_000 / part.length);
      const started = cpuMs();
      const fields = 'Via: SIP/2.0/UDP h|From|To: <sip:a@b>|Contact|CSeq: 1||Content-Length'.split('|');
      for (const field of fields) {
        const parsed = parseMessage(register({ with: [`${field}: ${long}`] }), 'datagram');
        const message = isMalformed(parsed) ? parsed.message : parsed;
        message?.from();
        message?.to();
      }
      // Quadratic work on it would take many seconds.
      expect(cpuMs() - started).toBeLessThan(1000);
    },
  );
});
