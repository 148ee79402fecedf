import { expect, it } from 'vitest';
import { Counters, Histogram } from '../../../sidecar/counters.ts';
import { addGauges, type Measured } from '../../../sidecar/io/gauges.ts';
import { createMetrics } from '../../../sidecar/io/metrics.ts';
import { Location } from '../../../sidecar/registrar/location.ts';
import { binding } from './bindings.ts';

async function pageOf(measured: Partial<Measured>): Promise<string[]> {
  const metrics = createMetrics(new Counters());
  addGauges(metrics, {
    location: new Location(100),
    transactions: () => ({ server: 3, client: 4 }),
    connections: () => new Map([['TCP', 5]]),
    certificates: () => [{ listener: 'tls', serverName: '', secret: 'sip-tls', seconds: 86_400 }],
    upstreams: () => [],
    upstreamUp: () => undefined,
    isJournalFailing: () => false,
    eventLoopSeconds: new Histogram([0.1]),
    commitSeconds: undefined,
    version: '1.2.3',
    ...measured,
  });
  return (await metrics.page()).split('\n');
}

it('tells what is held now, each time it is asked', async () => {
  const location = new Location(100);
  location.replace('u1@pbx.test', [
    binding('u1@pbx.test'),
    binding('u1@pbx.test', { uri: 'sip:u1@192.0.2.8', token: 'other' }),
  ]);
  location.replace('u2@pbx.test', [binding('u2@pbx.test')]);
  const measured = { location, isJournalFailing: () => true };
  expect(await pageOf(measured)).toEqual(
    expect.arrayContaining([
      'midreg_bindings 3',
      'midreg_aors 2',
      'midreg_bindings_capacity 100',
      'midreg_connections{transport="TCP"} 5',
      'midreg_certificate_remaining_seconds{listener="tls",server_name="",secret="sip-tls"} 86400',
      'midreg_journal_failing 1',
      'midreg_transactions{kind="server"} 3',
      'midreg_transactions{kind="client"} 4',
      `midreg_build_info{version="1.2.3",node="${process.version}"} 1`,
    ]),
  );
  location.replace('u2@pbx.test', []);
  expect(await pageOf(measured)).toEqual(expect.arrayContaining(['midreg_bindings 2', 'midreg_aors 1']));
});

it('tells how many addresses each upstream has, none included', async () => {
  const upstream = (name: string, ...addresses: string[]) => ({
    name,
    host: name,
    port: 5060,
    transport: 'UDP',
    addresses,
  });
  const upstreams = () => [upstream('pbx', '192.0.2.1', '192.0.2.2'), upstream('gone')];
  expect(await pageOf({ upstreams })).toEqual(
    expect.arrayContaining([
      'midreg_upstream_addresses{upstream="pbx"} 2',
      'midreg_upstream_addresses{upstream="gone"} 0',
    ]),
  );
});

it.each([
  [true, ['midreg_upstream_up{upstream="pbx"} 1']],
  [false, ['midreg_upstream_up{upstream="pbx"} 0']],
  [undefined, []],
])('tells whether the PBX answers, and nothing while that is not known (%s)', async (isUp, lines) => {
  const pbx = { name: 'pbx', host: 'pbx', port: 5060, transport: 'UDP', addresses: [] };
  const page = await pageOf({ upstreams: () => [pbx], upstreamUp: () => isUp });
  expect(page.filter((line) => line.startsWith('midreg_upstream_up'))).toEqual(lines);
});

it('has the figures of the disk only where there is one', async () => {
  const commitSeconds = new Histogram([0.1, 1]);
  commitSeconds.observe(0.05);
  const name = 'midreg_journal_commit_seconds_count';
  expect((await pageOf({ commitSeconds })).filter((line) => line.startsWith(name))).toEqual([`${name} 1`]);
  expect((await pageOf({})).filter((line) => line.startsWith(name))).toEqual([]);
});

it('has one figure for the delay of the event loop, without the time between two looks', async () => {
  const eventLoopSeconds = new Histogram([0.001, 0.1]);
  eventLoopSeconds.observe(0.0005);
  const lines = (await pageOf({ eventLoopSeconds })).filter((line) => /^midreg_[^ ]*event_?loop/.test(line));
  expect(lines).toEqual([
    'midreg_event_loop_delay_seconds_bucket{le="0.001"} 1',
    'midreg_event_loop_delay_seconds_bucket{le="0.1"} 1',
    'midreg_event_loop_delay_seconds_bucket{le="+Inf"} 1',
    'midreg_event_loop_delay_seconds_sum 0.0005',
    'midreg_event_loop_delay_seconds_count 1',
  ]);
});
