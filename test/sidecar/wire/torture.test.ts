import { describe, expect, it } from 'vitest';
import { Header } from '../../../sidecar/wire/header.ts';
import { param, parseUri } from '../../../sidecar/wire/uri.ts';
import { parseNameAddr, parseVia, splitValues, unquoted } from '../../../sidecar/wire/value.ts';
import { fault, read, text } from './sample.ts';

/** Messages in the manner of RFC 4475: odd but right (§3.1.1), and wrong (§3.1.2). Their wording is our own. */
const BASE = [
  'To: sip:j.user@example.com',
  'From: sip:caller@example.net;tag=8814',
  'Max-Forwards: 70',
  'Call-ID: c.1@x',
];
const VIA = 'Via: SIP/2.0/UDP host1.example.com;branch=z9hG4bKkdj';

describe('valid but tortuous (RFC 4475 §3.1.1)', () => {
  it('reads white space and folding wherever the grammar has them (§3.1.1.1)', () => {
    const message = read(
      text(
        [
          'INVITE sip:vivek@chair.example.com;unknownparam SIP/2.0',
          'TO :',
          ' sip:vivek@chair.example.com ;   tag    = 1918n',
          'from   : "J Rosenberg \\\\\\""       <sip:jd@example.com>',
          '  ;',
          '  tag = 98asjd8',
          'MaX-fOrWaRdS: 0068',
          'Call-ID: ws.ndaksdj@192.0.2.1',
          'Content-Length   : 3',
          'cseq: 0009',
          '  INVITE',
          'Via  : SIP  /   2.0',
          ' /UDP',
          '    192.0.2.2;branch=390skdjuw',
          's :',
          'NewFangled:   newfangled value',
          ' continued newfangled value',
          'UnknownWithUnusualValue: ;;,,;;,;',
          'v:  SIP  / 2.0  / TCP     spindle.example.com   ;',
          '  branch  =   z9hG4bK9ikj8  ,',
          ' SIP  /    2.0   / UDP  192.168.255.111   ; branch=',
          ' z9hG4bK30239',
          'm:"Quoted string \\"\\"" <sip:jd@example.com> ; newparam =',
          '      newvalue ;',
          '  secondparam ; q = 0.33',
        ],
        'v=0',
      ),
    );
    expect(message.to()).toEqual({
      display: '',
      uri: 'sip:vivek@chair.example.com',
      params: ';   tag    = 1918n',
    });
    expect(param(message.to()!.params, 'tag')).toBe('1918n');
    expect(unquoted(message.from()!.display)).toBe('J Rosenberg \\"');
    expect(param(message.from()!.params, 'tag')).toBe('98asjd8');
    expect(message.cseq()).toEqual({ number: 9, method: 'INVITE' });
    expect(message.topVia()).toMatchObject({ protocol: 'SIP/2.0', transport: 'UDP', host: '192.0.2.2' });
    const second = splitValues(message.values(Header.Via)[1]!).map((value) => parseVia(value)!);
    expect(second.map((via) => [via.transport, via.host, via.branch])).toEqual([
      ['TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
      ['UDP', '192.168.255.111', 'z9hG4bK30239'],
    ]);
    const contact = parseNameAddr(message.value(Header.Contact)!)!;
    expect([
      param(contact.params, 'newparam'),
      param(contact.params, 'secondparam'),
      param(contact.params, 'q'),
    ]).toEqual(['newvalue', '', '0.33']);
    expect(message.value(Header.Subject)).toBe('');
  });

  it('reads every character that a method, a user part, a display name or a tag can have (§3.1.1.2)', () => {
    const message = read(
      text([
        "!odd-Method0123456789_*+`.%indeed'~ sip:1_odd.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0",
        VIA,
        'To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:1_odd.URI~(to-be!sure)&isn\'t+it$/crazy?,/;;*@example.com>',
        "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"\u00d1\u0080\";tag=_token~1'+`*%!-.",
        'Call-ID: intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{',
        "CSeq: 139122385 !odd-Method0123456789_*+`.%indeed'~",
        'Max-Forwards: 255',
      ]),
    );
    expect(message.method).toBe("!odd-Method0123456789_*+`.%indeed'~");
    expect(parseUri(message.requestUri)).toMatchObject({
      user: "1_odd.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
      password: "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)",
      host: 'example.com',
    });
    expect(param(message.from()!.params, 'tag')).toBe("_token~1'+`*%!-.");
    expect(message.from()!.display).toBe("token1~` token2'+_ token3*%!.-");
    expect(unquoted(message.to()!.display)).toBe('BEL:\x07 NUL:\x00 DEL:\x7f');
  });

  it.each([
    ['escapes stay as they are in a user part (§3.1.1.3)', 'sip:sips%3Auser%40example.com@example.net'],
    ['an escaped NUL (§3.1.1.4)', 'sip:null-%00-null@example.com'],
    ['a semicolon in a user part (§3.1.1.9)', 'sip:user;par=u%40example.net@example.com'],
  ])('takes %s', (_, uri) => {
    const message = read(text([`OPTIONS ${uri} SIP/2.0`, VIA, ...BASE, 'CSeq: 8 OPTIONS']));
    expect(parseUri(message.requestUri)).toMatchObject({
      kind: 'sip',
      user: uri.slice(4, uri.lastIndexOf('@')),
    });
  });

  it('does not decode the escapes of a method (§3.1.1.5)', () => {
    expect(read(text(['RE%47IST%45R sip:a.test SIP/2.0', VIA, ...BASE, 'CSeq: 1 RE%47IST%45R'])).method).toBe(
      'RE%47IST%45R',
    );
  });

  it('needs no space between display name and bracket (§3.1.1.6)', () => {
    const lines = [
      'OPTIONS sip:u@example.com SIP/2.0',
      VIA,
      'To: sip:u@example.com',
      'From: caller<sip:c@example.com>;tag=3',
    ];
    const message = read(text([...lines, 'Call-ID: lws', 'CSeq: 60 OPTIONS']));
    expect(message.from()).toEqual({ display: 'caller', uri: 'sip:c@example.com', params: ';tag=3' });
  });

  it('takes the first of two requests in one datagram (§3.1.1.8)', () => {
    const first = text([
      'REGISTER sip:example.com SIP/2.0',
      VIA,
      ...BASE,
      'CSeq: 8 REGISTER',
      'Content-Length: 0',
    ]);
    expect(read(`${first}INVITE sip:j@example.com SIP/2.0\r\n\r\n`).text).toBe(first);
  });

  it('knows any transport in a Via (§3.1.1.10) and UTF-8 in a reason phrase (§3.1.1.12)', () => {
    const vias = ['SCTP', 'TLS', 'UNKNOWN', 'TCP'].map(
      (name) => `Via: SIP/2.0/${name} t1.example.com;branch=z9hG4bK1`,
    );
    const reason = Buffer.from('= 2**3 * 5**2 но').toString('latin1');
    const message = read(text([`SIP/2.0 200 ${reason}`, ...vias, ...BASE, 'CSeq: 8 OPTIONS']));
    expect([message.topVia()?.transport, message.reason]).toEqual(['SCTP', reason]);
  });
});

describe('invalid (RFC 4475 §3.1.2)', () => {
  const request = (first: string, change: (lines: string[]) => string[] = (lines) => lines, body = '') =>
    text([first, ...change([VIA, ...BASE, `CSeq: 8 ${first.split(' ')[0]}`])], body);

  it.each([
    [
      'a body shorter than Content-Length (§3.1.2.2)',
      request('INVITE sip:a@b SIP/2.0', (l) => [...l, 'l: 9999'], 'v=0'),
    ],
    [
      'a negative Content-Length (§3.1.2.3)',
      request('INVITE sip:a@b SIP/2.0', (l) => [...l, 'l: -999'], 'v=0'),
    ],
    [
      'a CSeq beyond its range (§3.1.2.4)',
      request('REGISTER sip:a.test SIP/2.0').replace('CSeq: 8', 'CSeq: 36893488147419103232'),
    ],
    [
      'a Max-Forwards beyond its range (§3.1.2.4)',
      request('REGISTER sip:a.test SIP/2.0').replace('70', '300'),
    ],
    [
      'an unterminated quote (§3.1.2.6)',
      request('INVITE sip:a@b SIP/2.0').replace(/To: .*/, 'To: "Mr. J. User <sip:j@example.com>'),
    ],
    ['brackets around the Request-URI (§3.1.2.7)', request('INVITE <sip:a@b> SIP/2.0')],
    ['white space in the Request-URI (§3.1.2.8)', request('INVITE sip:a@b; lr SIP/2.0')],
    ['several spaces in the request line (§3.1.2.9)', request('INVITE  sip:a@b  SIP/2.0')],
    ['blanks after the request line (§3.1.2.10)', request('OPTIONS sip:a@b SIP/2.0  ')],
    [
      'a display name that is no token (§3.1.2.15)',
      request('INVITE sip:a@b SIP/2.0').replace(/From: .*/, 'From: Bell, Alexander <sip:a@b>;tag=43'),
    ],
    [
      'another method in CSeq (§3.1.2.17)',
      request('OPTIONS sip:a@b SIP/2.0').replace('8 OPTIONS', '8 INVITE'),
    ],
  ])('answers 400 to %s', (_, received) => {
    const found = fault(received);
    expect([found.status, found.message?.isRequest]).toEqual([400, true]);
  });

  it('answers 505 to an unknown version (§3.1.2.16) and drops a status code beyond its range (§3.1.2.19)', () => {
    expect(fault(request('OPTIONS sip:a@b SIP/7.0')).status).toBe(505);
    expect(
      fault(text(['SIP/2.0 4294967301 better not break the receiver', VIA, ...BASE])).message,
    ).toBeUndefined();
  });
});
