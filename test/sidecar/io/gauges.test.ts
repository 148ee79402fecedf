import { expect, it } from 'vitest';
import { Counters, Histogram } from '../../../sidecar/counters.ts';
import type { Health } from '../../../sidecar/health.ts';
import { addGauges, type Measured } from '../../../sidecar/io/gauges.ts';
import { createMetrics } from '../../../sidecar/io/metrics.ts';
import type { UpstreamState } from '../../../sidecar/io/upstreams.ts';
import { Location } from '../../../sidecar/registrar/location.ts';
import { GuardStage, udp } from '../guard/stage.ts';
import { binding } from './bindings.ts';

const UNKNOWN: Health = { state: 'Unknown', since: 0, failures: 0 };

/** An endpoint that leads to these. */
const upstream = (name: string, ...hops: string[]): UpstreamState => ({
  name,
  host: name,
  port: 5060,
  transport: 'UDP',
  priority: 0,
  weight: 1,
  hops,
});

async function pageOf(measured: Partial<Measured>): Promise<string[]> {
  const metrics = createMetrics(new Counters());
  addGauges(metrics, {
    location: new Location(100),
    transactions: () => ({ server: 3, client: 4 }),
    connections: () => new Map([['TCP', 5]]),
    certificates: () => [{ listener: 'tls', serverName: '', secret: 'sip-tls', seconds: 86_400 }],
    upstreams: () => [],
    upstreamHealth: () => ({ ...UNKNOWN, hops: [] }),
    isJournalFailing: () => false,
    guard: new GuardStage().guard,
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
  const upstreams = () => [upstream('pbx', 'UDP 192.0.2.1:5060', 'UDP 192.0.2.2:5060'), upstream('gone')];
  expect(await pageOf({ upstreams })).toEqual(
    expect.arrayContaining([
      'midreg_upstream_addresses{upstream="pbx"} 2',
      'midreg_upstream_addresses{upstream="gone"} 0',
    ]),
  );
});

it.each([
  ['Up', ['midreg_upstream_up{upstream="pbx"} 1']],
  ['Down', ['midreg_upstream_up{upstream="pbx"} 0']],
  ['Unknown', []],
] as const)(
  'tells whether the PBX answers, and nothing while that is not known (%s)',
  async (state, lines) => {
    const upstreamHealth = () => ({ ...UNKNOWN, state, hops: [] });
    const page = await pageOf({ upstreams: () => [upstream('pbx')], upstreamHealth });
    expect(page.filter((line) => line.startsWith('midreg_upstream_up'))).toEqual(lines);
  },
);

it('tells of each address of the PBX whether it answers', async () => {
  const [a, b, c] = ['UDP 192.0.2.1:5060', 'UDP 192.0.2.2:5060', 'UDP 192.0.2.3:5060'];
  const hops = [
    { name: a, health: { ...UNKNOWN, state: 'Up' as const } },
    { name: b, health: { ...UNKNOWN, state: 'Down' as const } },
    { name: c, health: UNKNOWN },
  ];
  const page = await pageOf({
    upstreams: () => [upstream('pbx', a, b, c)],
    upstreamHealth: () => ({ ...UNKNOWN, state: 'Up', hops }),
  });
  expect(page.filter((line) => line.startsWith('midreg_upstream_address_up'))).toEqual([
    `midreg_upstream_address_up{upstream="pbx",address="${a}"} 1`,
    `midreg_upstream_address_up{upstream="pbx",address="${b}"} 0`,
  ]);
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

it('tells who is banned and what is refused', async () => {
  const stage = new GuardStage();
  stage.burst(udp('192.0.2.7'), 1000);
  stage.guard.overload.policy = { mode: 'Auto', maxDelayMs: 200 };
  for (let now = 0; now < 600; now += 50) stage.guard.overload.observe(300, now);
  expect(await pageOf({ guard: stage.guard })).toEqual(
    expect.arrayContaining(['midreg_bans 1', 'midreg_sources 1', 'midreg_overload_level 1']),
  );
});
