import { describe, expect, it } from 'vitest';
import { createOperatorMetrics } from '../../operator/io/metrics.ts';
import { Counters, Histogram } from '../../sidecar/counters.ts';
import { addGauges } from '../../sidecar/io/gauges.ts';
import { createMetrics } from '../../sidecar/io/metrics.ts';
import { Location } from '../../sidecar/registrar/location.ts';
import { dashboardExpressions, readAlerts, readDashboard } from '../cluster/chart/monitoring.ts';
import { GuardStage } from '../sidecar/guard/stage.ts';

/** The metrics of a page in Prometheus' text format; of a histogram its series too. */
function namesOn(page: string): string[] {
  return [...page.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name],
  );
}

const proxyNames = async (): Promise<string[]> => {
  const metrics = createMetrics(new Counters());
  addGauges(metrics, {
    location: new Location(1),
    transactions: () => ({ server: 0, client: 0 }),
    connections: () => new Map([['TCP', 0]]),
    certificates: () => [],
    upstreams: () => [],
    upstreamHealth: () => ({ state: 'Up', since: 0, failures: 0, hops: [] }),
    isJournalFailing: () => false,
    guard: new GuardStage().guard,
    eventLoopSeconds: new Histogram([1]),
    commitSeconds: new Histogram([1]),
    version: '1.2.3',
  });
  return namesOn(await metrics.page());
};

const operatorNames = async (): Promise<string[]> => {
  const { registry } = createOperatorMetrics({
    version: '1.2.3',
    depth: () => 0,
    isLeader: () => true,
    crdDiffers: () => false,
    lastHeard: () => [],
  });
  return namesOn(await registry.metrics());
};

/** Words of PromQL that stand where a metric could. */
const WORDS = new Set(['by', 'on', 'group_left', 'unless', 'offset', 'or', 'and', 'without', 'ignoring']);

/** The metrics that an expression asks for. */
function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, ' ')
    .replaceAll(/\b(by|on|group_left|without|ignoring)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\b\d+[smhd]\b/g, ' ');
  return [...bare.matchAll(/\b([a-z_]\w*)\b(?!\s*\()/g)]
    .map(([, name = '']) => name)
    .filter((name) => !WORDS.has(name));
}

describe('a metric that is asked for', () => {
  it('is found in an expression', () => {
    expect(
      metricsIn('sum by (kind) (increase(a_total{x="b_c"}[15m])) > 0 or sum (d unless d offset 15m) > 0'),
    ).toEqual(['a_total', 'd', 'd']);
    expect(metricsIn('rate(a[5m]) * on (pod) group_left () b')).toEqual(['a', 'b']);
    expect(metricsIn('time() - max by (kind) (a_seconds)')).toEqual(['a_seconds']);
  });

  it('is measured by the proxy or the operator: of the alerts', async () => {
    const known = [...(await proxyNames()), ...(await operatorNames())];
    const asked = readAlerts().flatMap(({ expr }) => metricsIn(expr));
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('is measured by the proxy or the operator: of the dashboard', async () => {
    const known = [...(await proxyNames()), ...(await operatorNames())];
    const asked = dashboardExpressions().flatMap(metricsIn);
    expect(asked.length).toBeGreaterThan(15);
    expect(asked.filter((name) => !known.includes(name))).toEqual([]);
    const queries = readDashboard().templating.list.flatMap(
      ({ query }) => /label_values\((\w+),/.exec(query)?.[1] ?? [],
    );
    expect(queries.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('an alert', () => {
  it.each(readAlerts())('$alert says how grave it is, what it is and what to do', (alert) => {
    expect(alert.alert).toMatch(/^MidRegistrar[A-Z]/);
    expect(['info', 'warning', 'critical']).toContain(alert.labels.severity);
    expect(Object.keys(alert.annotations)).toEqual(['summary', 'description']);
  });
});

describe('the dashboard', () => {
  it('has panels of which none covers another', () => {
    const { panels } = readDashboard();
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.map(({ gridPos }) => `${gridPos.x},${gridPos.y}`);
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });
});
