import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { param, paramMap, withoutParams } from '../../../sidecar/wire/param.ts';
import {
  parseCSeq,
  parseNameAddr,
  parseVia,
  splitValues,
  unquoted,
  unsigned,
} from '../../../sidecar/wire/value.ts';

describe('a Via value', () => {
  it('gives protocol, transport, sent-by and branch', () => {
    expect(parseVia('SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKa;rport')).toEqual({
      protocol: 'SIP/2.0',
      transport: 'UDP',
      host: '192.0.2.1',
      port: 5062,
      params: ';branch=z9hG4bKa;rport',
      branch: 'z9hG4bKa',
      end: 48,
      isLast: true,
    });
  });

  it('may have an IPv6 reference, capitals, no port and no parameters', () => {
    expect(parseVia('SIP/2.0/tls [2001:DB8::1]:5061;branch=b')).toMatchObject({
      transport: 'TLS',
      host: '2001:db8::1',
      port: 5061,
    });
    expect(parseVia('SIP/2.0/TCP Host.Test')).toMatchObject({
      host: 'host.test',
      port: undefined,
      branch: '',
      params: '',
    });
    expect(parseVia('sip/2.0/udp h;branch="q;x"')).toMatchObject({ protocol: 'SIP/2.0', branch: 'q;x' });
  });

  it('ends at the comma before the next', () => {
    const text = 'SIP/2.0/UDP a.test;x="1,2";branch=b1 , SIP/2.0/UDP b.test';
    const via = parseVia(text)!;
    expect([via.host, via.branch, text[via.end]]).toEqual(['a.test', 'b1', ',']);
  });

  it.each([
    '',
    'SIP/2.0',
    'SIP/2.0/UDP',
    'SIP/2.0/UDP ',
    'SIP/2.0/UDP ;branch=a',
    'SIP/2.0/UDPhost',
    'SIP/2.0/ host',
    '/2.0/UDP host',
    'SIP/2.0/UDP a b;branch=c',
    'SIP/2.0/UDP a:;branch=c',
    'SIP/2.0/UDP a:0;branch=c',
    'SIP/2.0/UDP a:65536;branch=c',
    'SIP/2.0/UDP a:5x;branch=c',
    'SIP/2.0/UDP [::1;branch=c',
    'SIP/2.0/UDP [];branch=c',
  ])('is not to be read from %j', (text) => {
    expect(parseVia(text)).toBeUndefined();
  });
});

describe('a CSeq value', () => {
  it('is a number below 2**31 and a method', () => {
    expect(parseCSeq('2147483647 \t INVITE')).toEqual({ number: 2147483647, method: 'INVITE' });
    expect(parseCSeq('0 X-new')).toEqual({ number: 0, method: 'X-new' });
  });

  it.each(['', '1', 'INVITE', '2147483648 A', '-1 A', '1 A B', '1 (A)', ' ', '0x1 A', '1. A'])(
    'is not %j',
    (text) => {
      expect(parseCSeq(text)).toBeUndefined();
    },
  );
});

describe('a name-addr or addr-spec', () => {
  it.each([
    ['<sip:a@b>', '', 'sip:a@b', ''],
    ['"A \\" <x> ; y" <sip:a@b;lr?h=1>;tag=1', '"A \\" <x> ; y"', 'sip:a@b;lr?h=1', ';tag=1'],
    ['Alice von B.  <sip:a@b> ; q=0.5', 'Alice von B.', 'sip:a@b', '; q=0.5'],
    ['M\u00fcller (home) <sip:a@b>', 'M\u00fcller (home)', 'sip:a@b', ''],
    ['sip:a@b;tag=1', '', 'sip:a@b', ';tag=1'],
    ['tel:+4930123;phone-context=x', '', 'tel:+4930123', ';phone-context=x'],
    ['<urn:service:sos>', '', 'urn:service:sos', ''],
    ['sip:a@b;x="<,>"', '', 'sip:a@b', ';x="<,>"'],
    ['<sip:a@b>;+sip.instance="<urn:uuid:0>"', '', 'sip:a@b', ';+sip.instance="<urn:uuid:0>"'],
  ])('is read from %j', (text, display, uri, params) => {
    expect(parseNameAddr(text)).toEqual({ display, uri, params });
  });

  it.each([
    '',
    '*',
    'sip:',
    ':x',
    'alice',
    '<>',
    '<sip:a@b',
    'sip:a@b>',
    '"Alice" sip:a@b',
    '"Alice <sip:a@b>',
    '"A" "B" <sip:a@b>',
    'Bell, A <sip:a@b>',
    'a"b <sip:a@b>',
    '<sip:a@b> tag=1',
    '<sip:a@b>, <sip:c@d>',
    'sip:a@b, sip:c@d',
    'sip:a@b?x=1',
    '< sip:a@b>',
    '<sip:a b@c>',
    '<sip:a@b>;x="1',
    '<sip:a@b>;x="1",',
  ])('is not %j', (text) => {
    expect(parseNameAddr(text)).toBeUndefined();
  });
});

describe('a list of values', () => {
  it.each([
    ['a, b ,c', ['a', 'b', 'c']],
    ['', []],
    [' , ,', []],
    ['"a, \\", b" <sip:x>, <sip:y,z>', ['"a, \\", b" <sip:x>', '<sip:y,z>']],
    ['18 (in a (long, long) meeting, \\)back), 20', ['18 (in a (long, long) meeting, \\)back)', '20']],
    ['<sip:a@b>;x="<", sip:(c@d, sip:e)@f', ['<sip:a@b>;x="<"', 'sip:(c@d', 'sip:e)@f']],
    ['"never closed, a', ['"never closed, a']],
    ['<never closed, a', ['<never closed, a']],
    ['a (never, closed', ['a (never, closed']],
  ])('%j is split at its top-level commas', (text, values) => {
    expect(splitValues(text)).toEqual(values);
  });

  it('comes back from its values joined', () => {
    const value = fc.oneof(
      fc.stringMatching(/^[a-z0-9.;=@:-]{1,12}$/),
      fc
        .string({ unit: 'binary-ascii', maxLength: 8 })
        .map((s) => `"${s.replace(/[\\"]/g, '\\$&')}" <sip:a,b@c>;q=1`),
    );
    fc.assert(
      fc.property(fc.array(value), (values) => {
        expect(splitValues(values.join(', '))).toEqual(values);
      }),
    );
  });
});

describe('a parameter', () => {
  it.each([
    [';a=b;lr', 'a', 'b'],
    [';a=b;lr', 'lr', ''],
    [';a=b;lr', 'l', undefined],
    [';a=b;lr', 'b', undefined],
    [';Tag=X', 'tag', 'X'],
    [' ; tag = x ; y ', 'tag', 'x'],
    [' ; tag = x ; y ', 'y', ''],
    [';x="a;tag=1\\"";tag="2 \\\\ 3"', 'tag', '2 \\ 3'],
    [';x="unclosed;tag=1', 'tag', undefined],
    [';a=1;a=2', 'a', '1'],
    [';a=', 'a', ''],
    [';=v;;b', 'b', ''],
    ['', 'a', undefined],
    [';lrx;lr', 'lr', ''],
    [';+sip.instance="<urn:uuid:1>"', '+sip.instance', '<urn:uuid:1>'],
  ])('of %j named %s is %j', (params, name, value) => {
    expect(param(params, name)).toBe(value);
    expect(paramMap(params).get(name)).toBe(value);
  });

  it('can be taken out, and all others stay as written', () => {
    expect(withoutParams(';Expires=1; q=0.5 ;x="expires=2;";expires', ['expires'])).toBe(
      '; q=0.5 ;x="expires=2;"',
    );
    expect(withoutParams('', ['expires'])).toBe('');
  });
});

describe('small values', () => {
  it('are numbers only if they are digits up to the bound', () => {
    expect([
      unsigned('0', 5),
      unsigned('005', 5),
      unsigned('6', 5),
      unsigned('', 5),
      unsigned('1e1', 50),
    ]).toEqual([0, 5, undefined, undefined, undefined]);
    expect(unsigned('9'.repeat(70_000), Number.MAX_SAFE_INTEGER)).toBeUndefined();
  });

  it('lose their quotes and escapes', () => {
    expect([unquoted('"a\\"b\\\\"'), unquoted('plain'), unquoted('"'), unquoted('""')]).toEqual([
      'a"b\\',
      'plain',
      '"',
      '',
    ]);
  });
});
