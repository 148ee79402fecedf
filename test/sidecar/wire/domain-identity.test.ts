import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { domainIdentities, isOfDomain, readAltNames } from '../../../sidecar/wire/domain-identity.ts';

const identities = (names: string, commonName?: string): string[] =>
  domainIdentities(readAltNames(names), commonName);

describe('the names of a certificate', () => {
  it.each([
    ['', []],
    ['DNS:a.test', [['DNS', 'a.test']]],
    [
      'DNS:a.test, URI:sip:b.test, IP Address:192.0.2.1',
      [
        ['DNS', 'a.test'],
        ['URI', 'sip:b.test'],
        ['IP Address', '192.0.2.1'],
      ],
    ],
    // What would pass for another entry is in quotes.
    [
      'DNS:"a.test\\u0000.evil.test", DNS:b.test',
      [
        ['DNS', 'a.test\0.evil.test'],
        ['DNS', 'b.test'],
      ],
    ],
    ['URI:"http://evil.test/, DNS:good.test"', [['URI', 'http://evil.test/, DNS:good.test']]],
    [
      'DNS:"a\\"b", DNS:c.test',
      [
        ['DNS', 'a"b'],
        ['DNS', 'c.test'],
      ],
    ],
    ['DNS:"without an end', []],
    ['no colon', []],
    [
      'othername:<unsupported>, DNS:a.test',
      [
        ['othername', '<unsupported>'],
        ['DNS', 'a.test'],
      ],
    ],
  ])('are read of %j', (text, names) => {
    expect(readAltNames(text).map(({ kind, value }) => [kind, value])).toEqual(names);
  });

  it('are bounded in number', () => {
    expect(readAltNames('DNS:a.test, '.repeat(5000))).toHaveLength(1000);
  });

  it('are read of any text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 100 }), (text) => void readAltNames(text)));
  });
});

/** RFC 5922 §7.1. */
describe('the SIP identities of a certificate', () => {
  it.each([
    ['DNS names, where it has no SIP URI', 'DNS:a.test, DNS:B.test', ['a.test', 'b.test']],
    [
      'SIP URIs alone, where it has one',
      'DNS:host.test, URI:sip:a.test, URI:sip:b.test',
      ['a.test', 'b.test'],
    ],
    ['not a SIP URI with a user', 'URI:sip:alice@a.test, DNS:b.test', ['b.test']],
    ['not a SIP URI with an empty user', 'URI:sip:@a.test', []],
    ['not a URI of another scheme', 'URI:sips:a.test, URI:https://b.test, URI:im:c.test', []],
    ['the host of a SIP URI without port and parameters', 'URI:sip:A.test:5061;transport=tls', ['a.test']],
    ['the scheme in any case', 'URI:SIP:a.test', ['a.test']],
    ['IP addresses beside either', 'URI:sip:a.test, IP Address:192.0.2.1', ['a.test', '192.0.2.1']],
    ['nothing that can not be read', 'URI:sip:a b, URI:sip:', []],
    ['none of other kinds', 'email:a@b.test, DirName:CN = c.test, Registered ID:1.2.3.4', []],
  ])('are %s', (_what, names, expected) => {
    expect(identities(names, 'common.test')).toEqual(expected);
  });

  it('are the common name only where there is no other name at all', () => {
    expect(identities('', 'Common.test')).toEqual(['common.test']);
    expect(identities('email:a@b.test', 'common.test')).toEqual([]);
    expect(identities('', 'The PBX of the office')).toEqual([]);
    expect(identities('', undefined)).toEqual([]);
  });
});

/** RFC 5922 §7.2. */
describe('an identity', () => {
  it.each([
    ['DNS:a.test', 'a.test', true],
    ['DNS:A.Test', 'a.tEST', true],
    ['DNS:a.test', 'a.test.', true],
    ['DNS:a.test', 'sip.a.test', false],
    ['DNS:sip.a.test', 'a.test', false],
    ['DNS:*.a.test', 'sip.a.test', false],
    ['DNS:*.a.test', '*.a.test', true],
    ['DNS:a.test', 'a.tes', false],
    ['URI:sip:192.0.2.1', '192.0.2.1', true],
    ['IP Address:192.0.2.1', '192.0.2.1', true],
    ['DNS:192.0.2.1', '192.0.2.1', true],
    ['IP Address:2001:DB8:0:0:0:0:0:1', '2001:db8::1', true],
    ['IP Address:0:0:0:0:0:0:0:1', '::1', true],
    ['URI:sip:[2001:db8::1]', '2001:db8:0::1', true],
    ['IP Address:2001:DB8:0:0:0:0:0:1', '2001:db8::2', false],
    ['IP Address:0:0:0:0:0:FFFF:C000:201', '::ffff:192.0.2.1', true],
  ])('%s is %s: %s', (names, domain, expected) => {
    expect(isOfDomain(identities(names), domain)).toBe(expected);
  });
});
