import { expect, it, onTestFinished } from 'vitest';
import type { EndpointConfig } from '../../../sidecar/config.ts';
import { type Query, Resolver } from '../../../sidecar/io/resolve.ts';
import { AllowedSources } from '../../../sidecar/io/sources.ts';
import { Upstreams } from '../../../sidecar/io/upstreams.ts';
import { Inputs, observed } from './support.ts';

const endpoint = (name: string, host: string): EndpointConfig => ({
  name,
  host,
  port: 5060,
  transport: 'UDP',
  oversizeTransport: 'TCP',
});

function start(query: Query = async () => ['192.0.2.1', '192.0.2.2']) {
  const around = observed();
  const inputs = new Inputs();
  const sources = new AllowedSources(['127.0.0.0/8']);
  const upstreams = new Upstreams(around, new Resolver(around, query), sources, inputs.give);
  onTestFinished(() => upstreams.close());
  return { around, inputs, sources, upstreams };
}

it('tells the engine where each endpoint is, lets it in, and says so once', async () => {
  const { around, inputs, sources, upstreams } = start();
  upstreams.update([endpoint('pbx', 'pbx.test'), endpoint('other', '2001:db8::9')]);
  await inputs.next('upstreamResolved', 1);
  expect(inputs.of('upstreamResolved')).toEqual([
    { kind: 'upstreamResolved', endpoint: 'other', addresses: ['2001:db8::9'] },
    { kind: 'upstreamResolved', endpoint: 'pbx', addresses: ['192.0.2.1', '192.0.2.2'] },
  ]);
  expect(sources.allows('192.0.2.2')).toBe(true);
  expect(around.notes).toHaveLength(2);
  expect(upstreams.states).toMatchObject(
    [
      { name: 'other', addresses: ['2001:db8::9'] },
      { name: 'pbx', addresses: ['192.0.2.1', '192.0.2.2'] },
    ].reverse(),
  );
});

it('follows a changed host, keeps an unchanged one, and shuts a removed one out', async () => {
  const asked: string[] = [];
  const { inputs, sources, upstreams } = start(async (host) => {
    asked.push(host);
    return [host === 'a.test' ? '192.0.2.1' : '192.0.2.9'];
  });
  upstreams.update([endpoint('pbx', 'a.test'), endpoint('kept', '192.0.2.50')]);
  await inputs.next('upstreamResolved', 1);
  upstreams.update([endpoint('pbx', 'b.test'), endpoint('kept', '192.0.2.50')]);
  await inputs.next('upstreamResolved', 2);
  expect(asked).toEqual(['a.test', 'b.test']);
  expect(sources.allows('192.0.2.1')).toBe(false);
  expect(sources.allows('192.0.2.9')).toBe(true);
  upstreams.update([endpoint('pbx', 'b.test')]);
  expect(sources.allows('192.0.2.50')).toBe(false);
  expect(inputs.of('upstreamResolved')).toHaveLength(3);
});

it('says what to look at where a name leads nowhere', async () => {
  const { around, inputs, upstreams } = start(() => Promise.reject(new Error('ENOTFOUND')));
  upstreams.update([endpoint('pbx', 'nowhere.test')]);
  expect(await inputs.next('upstreamResolved')).toMatchObject({ addresses: [] });
  expect(around.notes).toEqual([
    {
      level: 'error',
      event: 'upstream not resolved',
      upstream: 'pbx',
      reason: 'nowhere.test has no address: is the name right, and does DNS answer?',
    },
  ]);
});

it('knows when each name has been answered for, also where it has no address', async () => {
  const { inputs, upstreams } = start(async () => []);
  upstreams.update([endpoint('pbx', 'pbx.test'), endpoint('other', '192.0.2.1')]);
  expect(upstreams.areLookedUp).toBe(false);
  await inputs.next('upstreamResolved', 1);
  expect(upstreams.areLookedUp).toBe(true);
  upstreams.update([endpoint('pbx', 'elsewhere.test')]);
  expect(upstreams.areLookedUp).toBe(false);
});
