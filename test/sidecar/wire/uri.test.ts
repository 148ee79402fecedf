import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aorKey, parseUri, printUri, type SipUri, sameUri } from '../../../sidecar/wire/uri.ts';
import { cpuMs } from '../../support/cpu-time.ts';

const sip = (text: string): SipUri => {
  const uri = parseUri(text);
  if (uri?.kind !== 'sip') throw new Error(`no SIP URI: ${text}`);
  return uri;
};

describe('a URI', () => {
  it('is read into its parts, raw', () => {
    expect(sip('sip:alice:pw@Example.COM:5070;transport=tcp;lr?Subject=x&a=b')).toEqual({
      kind: 'sip',
      scheme: 'sip',
      user: 'alice',
      password: 'pw',
      host: 'example.com',
      hostKind: 'name',
      port: 5070,
      params: ';transport=tcp;lr',
      headers: '?Subject=x&a=b',
    });
  });

  it('may have an IP literal, a user with reserved characters, no user, any case of the scheme', () => {
    expect(sip('SIPS:[2001:DB8::1]:5061')).toMatchObject({
      scheme: 'sips',
      host: '2001:db8::1',
      hostKind: 'ip6',
      port: 5061,
      user: undefined,
    });
    expect(sip('sip:192.0.2.1')).toMatchObject({ host: '192.0.2.1', hostKind: 'ip4' });
    expect(sip('sip:[::ffff:192.0.2.1]').hostKind).toBe('ip6');
    expect(sip('sip:a;b=c?d/e@h_1.test.')).toMatchObject({
      user: 'a;b=c?d/e',
      host: 'h_1.test.',
      params: '',
      headers: '',
    });
    expect(sip('sip:*98#@h').user).toBe('*98#');
    expect(sip('sip:a@h?x=1')).toMatchObject({ params: '', headers: '?x=1' });
  });

  it('of another scheme is kept as text', () => {
    expect(parseUri('TEL:+49-30;ext=1')).toEqual({ kind: 'other', scheme: 'tel', text: 'TEL:+49-30;ext=1' });
    expect(parseUri('urn:service:sos')).toMatchObject({ scheme: 'urn' });
  });

  it.each([
    '',
    'sip',
    'sip:',
    'sip:@h',
    'sip:a@',
    'sip::pw@h',
    'sip:a@b@c',
    'sip:a b@c',
    'sip:a@h<',
    'sip:a@h:',
    'sip:a@h:0',
    'sip:a@h:65536',
    'sip:a@h:5060x',
    'sip:a@h/x',
    'sip:a@[::1',
    'sip:a@[::1]x',
    'sip:a@[]',
    'sip:a@[1:2:3:4:5:6:7]',
    'sip:a@[1::2::3]',
    'sip:a@[::1.2.3.256]',
    'sip:a@256.1.1.1',
    'sip:a@1.2.3',
    'sip:a@a..b',
    `sip:a@${'a'.repeat(64)}.b`,
    `sip:a@${'a.'.repeat(127)}b`,
    'sip:a@h\u00e9',
    'sip:a@h\0',
    '1tel:5',
    'tel:',
    ':x',
  ])('is malformed: %j', (text) => {
    expect(parseUri(text)).toBeUndefined();
  });

  it('is printed as it was read, but for the case of scheme and host', () => {
    const part = fc.stringMatching(/^[a-zA-Z0-9*+.;?&=$,/_-]{1,10}$/);
    const host = fc.oneof(
      fc.domain().map((name) => name.toLowerCase()),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address.toLowerCase()}]`),
    );
    const port = fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined });
    const user = fc.option(part, { nil: undefined });
    const tail = fc.constantFrom('', ';lr', ';transport=tcp;x=%20', '?a=b', ';lr?a=b&c');
    fc.assert(
      fc.property(
        fc.constantFrom('sip', 'sips'),
        user,
        user,
        host,
        port,
        tail,
        (scheme, name, password, h, p, t) => {
          const userInfo =
            name === undefined ? '' : `${name}${password === undefined ? '' : `:${password}`}@`;
          const text = `${scheme}:${userInfo}${h}${p === undefined ? '' : `:${p}`}${t}`;
          expect(printUri(sip(text))).toBe(text);
        },
      ),
    );
  });

  it('never makes the reader throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseUri(`sip:${text}`)));
  });
});

describe('URIs compared by §19.1.4', () => {
  it.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;newparam=5'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    [
      'sip:alice@atlanta.com?subject=project%20x&priority=urgent',
      'sip:alice@atlanta.com?priority=urgent&subject=project%20x',
    ],
    ['sip:a@[2001:DB8::1]', 'sip:a@[2001:db8::1]'],
  ])('%s is %s', (a, b) => {
    expect([sameUri(sip(a), sip(b)), sameUri(sip(b), sip(a))]).toEqual([true, true]);
  });

  it.each([
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:a@h', 'sips:a@h'],
    ['sip:a@h', 'sip:h'],
    ['sip:a@h', 'sip:a:pw@h'],
    ['sip:a@h;maddr=192.0.2.1', 'sip:a@h'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:a%3Bb@h', 'sip:a;b@h'],
    ['sip:a%2541@h', 'sip:a%41@h'],
  ])('%s is not %s', (a, b) => {
    expect([sameUri(sip(a), sip(b)), sameUri(sip(b), sip(a))]).toEqual([false, false]);
  });

  it('take linear time also with thousands of parameters', () => {
    const many = (prefix: string) => Array.from({ length: 8000 }, (_, i) => `;${prefix}${i}`).join('');
    const started = cpuMs();
    expect(sameUri(sip(`sip:h${many('a')}`), sip(`sip:h${many('b')}`))).toBe(true);
    expect(cpuMs() - started).toBeLessThan(500);
  });
});

describe('the key of an address of record', () => {
  it.each([
    ['sip:Alice@PBX.Test:5070;user=phone?x=y', 'Alice@pbx.test'],
    ['sips:al%69ce:secret@pbx.test', 'alice@pbx.test'],
    ['sip:pbx.test', 'pbx.test'],
    ['sip:a%40b@pbx.test', 'a@b@pbx.test'],
    ['sip:a%zz%4@pbx.test', 'a%zz%4@pbx.test'],
    ['sip:a%00%0a%25@pbx.test', 'a%00%0A%25@pbx.test'],
    ['sip:m%C3%BCller@pbx.test', 'm\u00c3\u00bcller@pbx.test'],
  ])('of %s is %s', (uri, key) => {
    expect(aorKey(sip(uri))).toBe(key);
  });
});
