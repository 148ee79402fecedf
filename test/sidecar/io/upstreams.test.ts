import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EndpointConfig } from '../../../sidecar/config.ts';
import { AllowedSources } from '../../../sidecar/io/sources.ts';
import { type Locating, Upstreams } from '../../../sidecar/io/upstreams.ts';
import type { Destination, Located, Site } from '../../../sidecar/wire/destination.ts';
import { site } from '../../support/sites.ts';
import { Inputs, observed } from './support.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const endpoint = (name: string, host: string, parts: Partial<EndpointConfig> = {}): EndpointConfig => ({
  name,
  host,
  port: undefined,
  transport: undefined,
  oversizeTransport: 'TCP',
  priority: 0,
  weight: 1,
  ...parts,
});

/** What DNS says, by host, for 60 s each time. */
class Dns implements Locating {
  readonly asked: Destination[] = [];
  readonly sites = new Map<string, readonly Site[]>();
  isPartial = false;

  locate(destination: Destination, answer: (located: Located) => void): void {
    this.asked.push(destination);
    const sites = this.sites.get(destination.host) ?? [];
    answer({ sites, expiresAt: Date.now() + 60_000, isPartial: this.isPartial });
  }
}

const TWO = [
  site({ host: 'a.test', addresses: ['192.0.2.1'], port: 5070, weight: 60 }),
  site({ host: 'b.test', addresses: ['192.0.2.2'], port: 5071, weight: 40 }),
];

function start() {
  const around = { ...observed(), clock: Date.now };
  const inputs = new Inputs();
  const sources = new AllowedSources(['127.0.0.0/8']);
  const dns = new Dns();
  dns.sites.set('pbx.test', TWO);
  dns.sites.set('2001:db8::9', [site({ addresses: ['2001:db8::9'] })]);
  const followed: ReadonlyMap<string, readonly string[]>[] = [];
  const upstreams = new Upstreams(
    around,
    dns,
    sources,
    { follow: (hops) => void followed.push(hops) },
    inputs.give,
  );
  return { around, dns, followed, inputs, sources, upstreams };
}

it('tells the engine where each endpoint leads, lets it in, and says so once', () => {
  const { around, followed, inputs, sources, upstreams } = start();
  upstreams.update([endpoint('pbx', 'pbx.test'), endpoint('other', '2001:db8::9')]);
  expect(inputs.of('upstreamResolved')).toEqual([
    { kind: 'upstreamResolved', endpoint: 'pbx', sites: TWO },
    { kind: 'upstreamResolved', endpoint: 'other', sites: [site({ addresses: ['2001:db8::9'] })] },
  ]);
  expect([sources.allows('192.0.2.2'), sources.allows('192.0.2.3')]).toEqual([true, false]);
  expect(around.notes).toMatchObject([
    { event: 'upstream resolved', reason: 'pbx.test is UDP 192.0.2.1:5070, UDP 192.0.2.2:5071' },
    { event: 'upstream resolved' },
  ]);
  expect(followed.at(-1)?.get('pbx')).toEqual(['UDP 192.0.2.1:5070', 'UDP 192.0.2.2:5071']);
  expect([upstreams.hostAt('192.0.2.2'), upstreams.hostAt('192.0.2.3')]).toEqual(['pbx.test', undefined]);
});

it('asks again when the time of an answer is over, and tells only what has changed', () => {
  const { dns, inputs, upstreams } = start();
  upstreams.update([endpoint('pbx', 'pbx.test')]);
  vi.advanceTimersByTime(59_999);
  expect(dns.asked).toHaveLength(1);
  dns.sites.set('pbx.test', [...TWO].reverse());
  vi.advanceTimersByTime(1);
  expect([dns.asked.length, inputs.of('upstreamResolved').length]).toEqual([2, 1]);
  dns.sites.set('pbx.test', TWO.slice(0, 1));
  vi.advanceTimersByTime(60_000);
  expect(inputs.of('upstreamResolved')).toHaveLength(2);
});

it('asks again after 5 s where not all could be asked', () => {
  const { dns, upstreams } = start();
  dns.isPartial = true;
  upstreams.update([endpoint('pbx', 'pbx.test')]);
  vi.advanceTimersByTime(5_000);
  expect(dns.asked).toHaveLength(2);
});

it('follows a changed host or port, keeps what is unchanged, and shuts a removed one out', () => {
  const { dns, inputs, sources, upstreams } = start();
  dns.sites.set('b.test', [site({ addresses: ['192.0.2.9'] })]);
  upstreams.update([endpoint('pbx', 'pbx.test'), endpoint('kept', '2001:db8::9')]);
  upstreams.update([endpoint('pbx', 'b.test'), endpoint('kept', '2001:db8::9', { priority: 7 })]);
  expect(dns.asked.map(({ host }) => host)).toEqual(['pbx.test', '2001:db8::9', 'b.test']);
  expect([sources.allows('192.0.2.1'), sources.allows('192.0.2.9')]).toEqual([false, true]);
  upstreams.update([endpoint('pbx', 'b.test', { port: 5070 })]);
  expect(dns.asked.at(-1)).toEqual({ host: 'b.test', port: 5070, transport: undefined, isSecure: false });
  expect(sources.allows('2001:db8::9')).toBe(false);
  expect(inputs.of('upstreamResolved')).toHaveLength(4);
});

it('says what to look at where a name leads nowhere', () => {
  const { around, inputs, upstreams } = start();
  upstreams.update([endpoint('pbx', 'nowhere.test')]);
  expect(inputs.of('upstreamResolved')).toEqual([{ kind: 'upstreamResolved', endpoint: 'pbx', sites: [] }]);
  expect(around.notes).toEqual([
    {
      level: 'error',
      event: 'upstream not resolved',
      upstream: 'pbx',
      reason: 'nowhere.test has no address: is the name right, and does DNS answer?',
    },
  ]);
});

it('takes a PBX whose name leads nowhere any more to be where it was, for an hour', () => {
  const { around, dns, inputs, sources, upstreams } = start();
  upstreams.update([endpoint('pbx', 'pbx.test')]);
  dns.sites.delete('pbx.test');
  // It is asked for again after a minute, and then every 5 s.
  vi.advanceTimersByTime(3_595_000);
  expect(inputs.of('upstreamResolved')).toHaveLength(1);
  expect(sources.allows('192.0.2.1')).toBe(true);
  expect(around.notes.filter(({ level }) => level === 'warn')).toHaveLength(1);
  vi.advanceTimersByTime(5_000);
  expect(inputs.of('upstreamResolved').at(-1)?.sites).toEqual([]);
  expect(sources.allows('192.0.2.1')).toBe(false);
});

it('asks anew where other transports can be spoken than before', () => {
  const { dns, upstreams } = start();
  upstreams.update([endpoint('pbx', 'pbx.test')]);
  upstreams.askAnew();
  expect(dns.asked).toHaveLength(2);
  vi.advanceTimersByTime(60_000);
  expect(dns.asked).toHaveLength(3);
});
