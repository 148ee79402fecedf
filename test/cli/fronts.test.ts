import { describe, expect, it } from 'vitest';
import { renderFronts } from '../../cli/fronts.ts';
import type { FrontView } from '../../operator/io/overview.ts';

const NOW = Date.UTC(2026, 10, 25, 8, 0, 0);

const front = (wish: Partial<FrontView> = {}): FrontView => ({
  namespace: 'branch',
  name: 'office',
  status: {
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Ready',
        message: 'the PBX is fronted',
        lastTransitionTime: '',
      },
    ],
    upstream: { summary: 'Up 192.0.2.20:5060' },
    address: '203.0.113.9:5060',
    bindings: { contacts: 3, aors: 2 },
  },
  pods: [
    {
      name: 'office-midreg-1',
      ready: true,
      ending: false,
      ips: [],
      nodeIps: ['192.0.2.11'],
      trouble: '',
      createdAt: '',
    },
  ],
  events: [{ at: '2026-11-25T07:58:30Z', type: 'Normal', reason: 'Ready', text: 'the PBX is fronted' }],
  ...wish,
});

describe('the overview of a cluster', () => {
  it('is a table of all fronts, then each with its pods and last events', () => {
    expect(renderFronts([front(), front({ namespace: 'headquarters' })], NOW).slice(0, 7)).toEqual([
      'NAMESPACE      NAME     READY   UPSTREAM             PODS   ADDRESS            BINDINGS',
      'branch         office   True    Up 192.0.2.20:5060   1/1    203.0.113.9:5060   3 of 2 users',
      'headquarters   office   True    Up 192.0.2.20:5060   1/1    203.0.113.9:5060   3 of 2 users',
      '',
      'branch/office',
      '  pod office-midreg-1: ready on 192.0.2.11',
      '  1m30s ago: Ready: the PBX is fronted',
    ]);
  });

  it('says what keeps a front from being ready, and what troubles a pod', () => {
    const conditions = [
      {
        type: 'Ready',
        status: 'False' as const,
        reason: 'PodTrouble',
        message: 'no image',
        lastTransitionTime: '',
      },
    ];
    const pods = front().pods.map((pod) => ({ ...pod, ready: false, trouble: 'ImagePullBackOff' }));
    const events = [{ at: 'never', type: 'Warning', reason: 'NotAvailable', text: 'no image' }];
    expect(renderFronts([front({ status: { conditions }, pods, events })], NOW).slice(3)).toEqual([
      'branch/office',
      '  PodTrouble: no image',
      '  pod office-midreg-1: not ready on 192.0.2.11, ImagePullBackOff',
      '  some time ago: warning, NotAvailable: no image',
    ]);
  });

  it('shows a front that no operator has looked at', () => {
    expect(renderFronts([front({ status: {}, pods: [], events: [] })], NOW)[1]).toBe(
      'branch      office   Unknown              0/0',
    );
  });

  it('says where there is none', () => {
    expect(renderFronts([], NOW)).toEqual(['there is no MidRegistrar; -A looks in all namespaces']);
  });
});
