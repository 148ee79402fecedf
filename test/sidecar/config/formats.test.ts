import { describe, expect, it } from 'vitest';
import { canonicalHost, isCidr, isIp4, isIp6 } from '../../../sidecar/config/formats.ts';

describe('an address', () => {
  it.each(['0.0.0.0', '192.0.2.1', '255.255.255.255'])('%s is IPv4', (text) =>
    expect(isIp4(text)).toBe(true),
  );

  it.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4 ', '1.2.3.4/24', '::1'])(
    '"%s" is not IPv4',
    (text) => expect(isIp4(text)).toBe(false),
  );

  it.each(['::', '::1', '2001:db8::1', '2001:DB8:0:0:0:0:0:1', '64:ff9b::c000:201'])('%s is IPv6', (text) =>
    expect(isIp6(text)).toBe(true),
  );

  it.each([
    '',
    ':',
    '[::1]',
    'fe80::1%eth0',
    '1::2::3',
    '12345::',
    '1.2.3.4',
    '::1/128',
    '::ffff:192.0.2.1',
    '0:0::ffff:c000:201',
  ])('"%s" is not IPv6', (text) => expect(isIp6(text)).toBe(false));

  it.each([
    ['PBX.Example.COM', 'pbx.example.com'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['192.0.2.1', '192.0.2.1'],
  ])('%s is compared as %s', (text, canonical) => expect(canonicalHost(text)).toBe(canonical));
});

describe('a network', () => {
  it.each(['0.0.0.0/0', '192.0.2.0/24', '192.0.2.7/32', '2001:db8::/32', '::/0'])('%s is one', (text) =>
    expect(isCidr(text)).toBe(true),
  );

  it.each([
    '192.0.2.0',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/024',
    '2001:db8::/129',
    '192.0.2.0/24/8',
    'a/8',
  ])('"%s" is none', (text) => expect(isCidr(text)).toBe(false));
});
