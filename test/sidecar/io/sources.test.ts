import { expect, it } from 'vitest';
import { AllowedSources, Networks, plainAddress } from '../../../sidecar/io/sources.ts';

it('lets everybody in where no network is named', () => {
  expect(new AllowedSources([]).allows('192.0.2.7')).toBe(true);
});

it.each([
  ['192.0.2.7', true],
  ['192.0.3.7', false],
  ['198.51.100.9', true],
  ['2001:db8::1', true],
  ['2001:db9::1', false],
  ['fe80::1%eth0', true],
  ['nonsense', false],
])('judges %s by the networks and addresses named: %s', (address, verdict) => {
  const sources = new AllowedSources(['192.0.2.0/24', '198.51.100.9', '2001:db8::/32', 'fe80::/10']);
  expect(sources.allows(address)).toBe(verdict);
  expect(sources.allows(address)).toBe(verdict);
});

it('always lets the upstream in, as long as its name leads there', () => {
  const sources = new AllowedSources(['192.0.2.0/24']);
  sources.trust('pbx', ['203.0.113.5']);
  expect(sources.allows('203.0.113.5')).toBe(true);
  sources.trust('pbx', ['203.0.113.6']);
  expect(sources.allows('203.0.113.5')).toBe(false);
});

it('judges anew after a change', () => {
  const sources = new AllowedSources(['192.0.2.0/24']);
  expect(sources.allows('192.0.2.7')).toBe(true);
  sources.update(['198.51.100.0/24']);
  expect(sources.allows('192.0.2.7')).toBe(false);
});

it('writes an IPv4 address that is mapped into IPv6 as plain IPv4, and leaves others', () => {
  expect(plainAddress('::ffff:192.0.2.7')).toBe('192.0.2.7');
  expect(plainAddress('::ffff:c000:207')).toBe('::ffff:c000:207');
  expect(plainAddress('2001:db8::1')).toBe('2001:db8::1');
});

it('lets the other sources of the PBX in, as they are at the time', () => {
  const pbx = new Networks(['198.51.100.0/24']);
  const sources = new AllowedSources(['192.0.2.0/24'], pbx);
  expect(sources.allows('198.51.100.4')).toBe(true);
  pbx.update(['203.0.113.0/24']);
  sources.update(['192.0.2.0/24']);
  expect([sources.allows('198.51.100.4'), sources.allows('203.0.113.4')]).toEqual([false, true]);
});

it('takes no address for the PBX where no network is named', () => {
  expect(new Networks([]).include('192.0.2.1')).toBe(false);
});
