import { describe, expect, it } from 'vitest';
import { storyOf } from '../../operator/notes.ts';
import { invalidStatus, isWorthWriting, statusOf } from '../../operator/status.ts';
import { found, report, upstreams } from './fronts.ts';

const NOW = Date.UTC(2026, 10, 25, 7, 0, 0, 400);
const MINUTE = 60_000;
const well = statusOf(found(), undefined, '1.0.0', NOW);
const answering = (wish: Parameters<typeof report>[0]) =>
  found({ proxies: [{ pod: 'p', report: report(wish) }] });

describe('the status', () => {
  it('tells address, upstream, bindings and versions', () => {
    expect(well).toMatchObject({
      observedGeneration: 3,
      address: '203.0.113.9:5060',
      addresses: [{ listener: 'udp', side: 'Phones', source: 'LoadBalancer' }],
      replicas: 1,
      readyReplicas: 1,
      selector: 'midregistrar.dev/midregistrar=office',
      upstream: {
        summary: 'Up 192.0.2.20:5060',
        endpoints: [
          {
            name: 'pbx',
            state: 'Up',
            lastTransitionTime: '2026-11-25T06:00:00Z',
            addresses: 1,
            addressesUp: 1,
          },
        ],
      },
      bindings: { contacts: 2, aors: 1, observedTime: '2026-11-25T07:00:00Z' },
      version: { operator: '1.0.0', proxy: '1.0.0' },
    });
  });

  it.each([
    [['Up', 'Down'], 'Up 1 of 2'],
    [['Down', 'Down'], 'Down 0 of 2'],
    [['Unknown', 'Down'], 'Unknown 0 of 2'],
  ] as const)('tells of endpoints that are %j: %s', (states, summary) => {
    const endpoints = [
      { name: 'pbx', host: 'pbx.example.net' },
      { name: 'pbx2', host: '192.0.2.21' },
    ];
    const proxies = [{ pod: 'p', report: report(upstreams(...states)) }];
    const { upstream } = statusOf(found({ proxies }, { upstream: { endpoints } }), undefined, '1.0.0', NOW);
    expect(upstream?.summary).toBe(summary);
    expect(upstream?.endpoints?.map(({ state }) => state)).toEqual(states);
  });

  it('names no port that DNS is to say', () => {
    const spec = { upstream: { endpoints: [{ name: 'pbx', host: 'pbx.example.net' }] } };
    expect(statusOf(found({}, spec), undefined, '1.0.0', NOW).upstream?.summary).toBe('Up pbx.example.net');
  });

  it('keeps the time of a condition that stays as it was', () => {
    const later = statusOf(found({ rolledOut: false }), well, '1.0.0', NOW + MINUTE);
    const times = Object.fromEntries(
      (later.conditions ?? []).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
    );
    expect(times).toMatchObject({ Accepted: '2026-11-25T07:00:00Z', Programmed: '2026-11-25T07:01:00Z' });
  });

  it('keeps the last bindings where no proxy answers', () => {
    const silent = statusOf(found({ proxies: [] }), well, '1.0.0', NOW + MINUTE);
    expect(silent.bindings).toEqual(well.bindings);
  });

  it('has no half of a character in a message that is cut', () => {
    const faults = [`${'x'.repeat(4095)}\u{1F4DE}`];
    const [accepted] = statusOf(found({ faults }), undefined, '1.0.0', NOW).conditions ?? [];
    expect(accepted?.message).toBe(`${'x'.repeat(4095)}\uFFFD`);
  });

  it('of what is no resource says so, and leaves what was found before', () => {
    const invalid = invalidStatus(4, ['spec.domains: found nothing'], well, NOW);
    expect(invalid).toMatchObject({ observedGeneration: 4, address: well.address });
    expect(invalid.conditions?.find(({ type }) => type === 'Accepted')).toMatchObject({
      status: 'False',
      reason: 'Invalid',
    });
    expect(invalid.conditions).toHaveLength(well.conditions?.length ?? 0);
  });
});

describe('a status is worth writing', () => {
  it('where there was none, or it says something new, and not again', () => {
    expect(isWorthWriting(well, undefined, NOW)).toBe(true);
    expect(isWorthWriting(statusOf(found({ pods: [] }), well, '1.0.0', NOW), well, NOW)).toBe(true);
    expect(isWorthWriting(statusOf(found(), well, '1.0.0', NOW + MINUTE), well, NOW + MINUTE)).toBe(false);
  });

  it('for other bindings once a minute', () => {
    const more = (now: number) => statusOf(answering({ contacts: 9 }), well, '1.0.0', now);
    expect(isWorthWriting(more(NOW + MINUTE / 2), well, NOW + MINUTE / 2)).toBe(false);
    expect(isWorthWriting(more(NOW + 2 * MINUTE), well, NOW + 2 * MINUTE)).toBe(true);
  });
});

describe('the story', () => {
  const reasons = (from: typeof well | undefined, to: typeof well): string[] =>
    storyOf(from, to).map(({ reason }) => reason);
  const at = (all: ReturnType<typeof found>, from: typeof well | undefined = well) =>
    statusOf(all, from, '1.0.0', NOW);
  const down = answering(upstreams('Down'));

  it('is silent while nothing changes', () => {
    expect(reasons(well, at(found()))).toEqual([]);
  });

  it('tells once that the PBX went, and that it came again', () => {
    const gone = at(down);
    expect(reasons(well, gone)).toEqual(['UpstreamDown']);
    expect(reasons(gone, at(down, gone))).toEqual([]);
    expect(reasons(gone, at(found(), gone))).toEqual(['UpstreamUp', 'Ready']);
  });

  it('does not cry over the ordinary course of a change', () => {
    expect(reasons(well, at(found({ rolledOut: false, pods: [], proxies: [] })))).toEqual([]);
  });

  it('tells of another address', () => {
    const moved = {
      ...found().resolved,
      addresses: found().resolved.addresses.map((each) => ({ ...each, host: '203.0.113.10' })),
    };
    expect(reasons(well, at(found({ resolved: moved })))).toEqual(['AddressAssigned']);
  });
});
