import { describe, expect, it } from 'vitest';
import type { MidRegistrarStatus } from '../../../crds/midregistrar.ts';
import { createOperatorMetrics, type Observed, type OperatorMetrics } from '../../../operator/io/metrics.ts';

const metricsOf = (observed: Partial<Observed> = {}): OperatorMetrics =>
  createOperatorMetrics({
    version: '1.2.3',
    depth: () => 0,
    isLeader: () => false,
    crdDiffers: () => false,
    lastHeard: () => [],
    ...observed,
  });

const linesOf = async ({ registry }: OperatorMetrics): Promise<readonly string[]> =>
  (await registry.metrics()).split('\n');

const OFFICE = { namespace: 'branch', name: 'office' };

/** The statuses that hold of conditions, by the page. */
const holding = async (metrics: OperatorMetrics): Promise<readonly string[]> =>
  (await linesOf(metrics)).filter((line) => line.startsWith('midreg_cr_condition{') && line.endsWith(' 1'));

const statusWith = (
  ...conditions: readonly (readonly [type: string, status: 'True' | 'False' | 'Unknown'])[]
) =>
  ({
    conditions: conditions.map(([type, status]) => ({
      type,
      status,
      reason: 'Reason',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })),
  }) satisfies MidRegistrarStatus;

describe('the page of metrics', () => {
  it('counts under the names that dashboards know', async () => {
    const metrics = metricsOf();
    metrics.reconciled('success', 0.02);
    metrics.reconciled('error', 0.3);
    metrics.queued();
    metrics.retried();
    metrics.waited(0.5);
    metrics.requested(200, 'PATCH');
    metrics.requested('none', 'GET');
    metrics.connected();
    metrics.restarted('Pod');
    metrics.missed('Pod', 3);
    metrics.eventDropped();
    expect(await linesOf(metrics)).toEqual(
      expect.arrayContaining([
        'controller_runtime_reconcile_total{controller="midregistrar",result="success"} 1',
        'controller_runtime_reconcile_total{controller="midregistrar",result="error"} 1',
        'controller_runtime_reconcile_errors_total{controller="midregistrar"} 1',
        'controller_runtime_reconcile_time_seconds_bucket{le="0.025",controller="midregistrar"} 1',
        'workqueue_adds_total{name="midregistrar"} 1',
        'workqueue_retries_total{name="midregistrar"} 1',
        'workqueue_queue_duration_seconds_count{name="midregistrar"} 1',
        'workqueue_work_duration_seconds_count{name="midregistrar"} 2',
        'rest_client_requests_total{code="200",method="PATCH"} 1',
        'rest_client_requests_total{code="none",method="GET"} 1',
        'rest_client_connections_opened_total 1',
        'midreg_watch_restarts_total{kind="Pod"} 1',
        'midreg_relist_missed_objects_total{kind="Pod"} 3',
        'midreg_events_dropped_total 1',
        'midreg_operator_info{version="1.2.3"} 1',
      ]),
    );
  });

  it('asks for what is at the moment when it is read', async () => {
    let depth = 4;
    const metrics = metricsOf({ depth: () => depth, isLeader: () => depth === 9, crdDiffers: () => true });
    expect(await linesOf(metrics)).toEqual(
      expect.arrayContaining([
        'workqueue_depth{name="midregistrar"} 4',
        'leader_election_master_status{name="midregistrar-operator"} 0',
        'midreg_crd_outdated 1',
      ]),
    );
    depth = 9;
    expect(await linesOf(metrics)).toEqual(
      expect.arrayContaining([
        'workqueue_depth{name="midregistrar"} 9',
        'leader_election_master_status{name="midregistrar-operator"} 1',
      ]),
    );
  });

  it('tells of the watch of a kind that has been silent for longest', async () => {
    const metrics = metricsOf({
      lastHeard: () => [
        ['Pod', 100],
        ['Pod', 50],
        ['Pod', 200],
        ['Service', 300],
      ],
    });
    const heard = (await linesOf(metrics)).filter((line) =>
      line.startsWith('midreg_watch_last_event_timestamp_seconds{'),
    );
    expect(heard).toEqual([
      'midreg_watch_last_event_timestamp_seconds{kind="Pod"} 50',
      'midreg_watch_last_event_timestamp_seconds{kind="Service"} 300',
    ]);
  });
});

describe('the conditions of a resource', () => {
  it('show which status holds', async () => {
    const metrics = metricsOf();
    metrics.conditions(OFFICE, statusWith(['Ready', 'False']));
    expect(await holding(metrics)).toEqual([
      'midreg_cr_condition{namespace="branch",name="office",type="Ready",status="False"} 1',
    ]);
    metrics.conditions(OFFICE, statusWith(['Ready', 'True'], ['Stalled', 'Unknown']));
    expect(await holding(metrics)).toEqual([
      'midreg_cr_condition{namespace="branch",name="office",type="Ready",status="True"} 1',
      'midreg_cr_condition{namespace="branch",name="office",type="Stalled",status="Unknown"} 1',
    ]);
  });

  it('are gone with a condition, and with the resource', async () => {
    const metrics = metricsOf();
    const series = async (): Promise<number> =>
      (await linesOf(metrics)).filter((line) => line.startsWith('midreg_cr_condition{')).length;
    metrics.conditions(OFFICE, statusWith(['Ready', 'True'], ['Stalled', 'False']));
    metrics.conditions({ namespace: 'branch', name: 'hall' }, statusWith(['Ready', 'True']));
    expect(await series()).toBe(9);
    metrics.conditions(OFFICE, statusWith(['Ready', 'True']));
    expect(await series()).toBe(6);
    metrics.conditions(OFFICE, undefined);
    metrics.conditions(OFFICE, undefined);
    expect(await series()).toBe(3);
  });
});
