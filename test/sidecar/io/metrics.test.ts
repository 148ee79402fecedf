import { expect, it } from 'vitest';
import { Counters, Histogram } from '../../../sidecar/counters.ts';
import { createMetrics } from '../../../sidecar/io/metrics.ts';

it('serves what was counted, each figure under a name of ours', async () => {
  const counters = new Counters();
  const metrics = createMetrics(counters);
  counters.request('phone', 'REGISTER');
  counters.request('phone', 'REGISTER');
  counters.responseReceived('upstream', 'INVITE', 486);
  counters.responseReceived('upstream', 'INVITE', 486);
  counters.responseSent('phone', 'INVITE', 486);
  counters.drop('malformed');
  counters.event('registrations_accepted');
  counters.upstreamLatency.observe(0.003);
  metrics.gauge({ name: 'bindings', help: 'Bindings held.', samples: () => [{ labels: {}, value: 7 }] });
  const commits = new Histogram([0.1, 1]);
  commits.observe(0.5);
  commits.observe(5);
  metrics.histogram('journal_commit_seconds', 'Commits.', commits);
  const lines = (await metrics.page()).split('\n');
  for (const line of [
    'midreg_requests_total{side="phone",method="REGISTER"} 2',
    'midreg_responses_received_total{side="upstream",method="INVITE",status="486"} 2',
    'midreg_responses_sent_total{side="phone",method="INVITE",status="486"} 1',
    'midreg_drops_total{reason="malformed"} 1',
    'midreg_events_total{event="registrations_accepted"} 1',
    'midreg_bugs_total 0',
    'midreg_bindings 7',
    '# TYPE midreg_journal_commit_seconds histogram',
    'midreg_journal_commit_seconds_bucket{le="0.1"} 0',
    'midreg_journal_commit_seconds_bucket{le="1"} 1',
    'midreg_journal_commit_seconds_bucket{le="+Inf"} 2',
    'midreg_journal_commit_seconds_sum 5.5',
    'midreg_journal_commit_seconds_count 2',
    'midreg_upstream_latency_seconds_count 1',
  ])
    expect(lines).toContain(line);
  expect(lines.some((line) => line.startsWith('midreg_process_cpu_seconds_total '))).toBe(true);
  expect(lines.filter((line) => line.startsWith('midreg_responses_') && line.endsWith(' 1'))).toHaveLength(1);
  expect(lines.filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('midreg_'))).toEqual(
    [],
  );
});

it('keeps two proxies of one process apart', async () => {
  const [one, other] = [new Counters(), new Counters()];
  const metrics = createMetrics(one);
  createMetrics(other).gauge({ name: 'bindings', help: 'x', samples: () => [] });
  other.drop('malformed');
  expect(await metrics.page()).not.toContain('malformed');
});
