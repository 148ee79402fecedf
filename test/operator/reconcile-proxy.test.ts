import { describe, expect, it } from 'vitest';
import { CONFIG_HASH } from '../../operator/names.ts';
import { LEAST, Stage } from './stage.ts';

type Spec = Readonly<Record<string, unknown>>;

const settled = async (spec: Spec = LEAST): Promise<Stage> => {
  const stage = new Stage();
  await stage.settle(spec);
  return stage;
};

describe('a proxy that has not taken its configuration', () => {
  const behind = async (): Promise<Stage> => {
    const stage = await settled();
    await stage.change({ messaging: { maxBytes: 2000 } });
    return stage;
  };
  const mark = (stage: Stage): string | undefined =>
    stage.server.object('pods', 'office-1')?.metadata.annotations?.[CONFIG_HASH];

  it('is nudged, and asked again within a second', async () => {
    const stage = await behind();
    expect(await stage.look()).toEqual({ again: 1000 });
    expect(stage.state('Programmed')).toBe('False ConfigPending');
    expect(stage.state('Reconciling')).toBe('True ConfigPending');
    expect(mark(stage)).toBeDefined();
    expect(stage.reasons()).toEqual(['Updated']);
  });

  it('is nudged again each 3 s, not more often, until it has', async () => {
    const stage = await behind();
    const marks: (string | undefined)[] = [];
    for (let second = 0; second < 12; second++) {
      await stage.look();
      marks.push(mark(stage));
      stage.now += 1000;
    }
    expect(new Set(marks).size).toBe(4);
    stage.proxy();
    await stage.look();
    const last = mark(stage);
    stage.now += 60_000;
    await stage.look();
    expect(mark(stage)).toBe(last);
    expect(stage.state('Programmed')).toBe('True Programmed');
  });

  it('is not nudged where it refuses the configuration, and the status says why', async () => {
    const stage = await settled();
    stage.proxy({ resource: { sha256: 'former', refused: 'port 5060 is in use' } });
    expect(await stage.requestsOfLook()).toEqual({ PATCH: 1 });
    expect(stage.condition('Programmed')).toMatchObject({
      reason: 'ConfigRefused',
      message: 'the proxy keeps its former configuration: port 5060 is in use',
    });
    expect(stage.reasons()).toEqual(['NotProgrammed']);
  });

  it('is not nudged while the spec can not be carried out', async () => {
    const stage = await settled();
    const before = mark(stage);
    await stage.change({ upstream: { endpoints: [{ name: 'pbx', host: '127.0.0.1' }] } });
    await stage.look();
    expect(mark(stage)).toBe(before);
  });

  it('may go away in between', async () => {
    const stage = await behind();
    stage.deliver();
    await stage.delete('Pod', 'office-1');
    expect(await stage.lookBehind()).toHaveProperty('again');
  });

  it('that does not answer is pending, and not nudged', async () => {
    const stage = await settled();
    stage.reports.clear();
    await stage.look();
    expect(stage.state('Programmed')).toBe('False ConfigPending');
    expect(stage.state('UpstreamReachable')).toBe('Unknown NotKnownYet');
    expect(stage.status.upstream).toEqual({
      summary: 'Unknown 192.0.2.20:5060',
      endpoints: [{ name: 'pbx', state: 'Unknown' }],
    });
    expect(mark(stage)).toBeUndefined();
  });
});

describe('what the proxy tells', () => {
  it('of its key is in ResolvedRefs, until the key is there', async () => {
    const stage = await settled({ ...LEAST, registration: { tokenSecretRef: { name: 'token' } } });
    expect(stage.state('ResolvedRefs')).toBe('True Resolved');
    stage.proxy({ tokenKey: { fault: 'there is no such file' } });
    await stage.look();
    expect(stage.condition('ResolvedRefs')).toMatchObject({ status: 'False', reason: 'SecretNotUsable' });
    expect(stage.condition('ResolvedRefs')?.message).toContain('kubectl create secret generic token');
    expect(stage.state('Ready')).toBe('False SecretNotUsable');
    stage.proxy();
    await stage.look();
    expect(stage.state('ResolvedRefs')).toBe('True Resolved');
    expect(stage.reasons()).toEqual(['RefsNotResolved', 'RefsResolved', 'Ready']);
  });

  it('of the PBX is told when it changes, and once', async () => {
    const stage = await settled();
    const down = {
      name: 'pbx',
      host: '192.0.2.20',
      port: 5060,
      state: 'Down',
      since: '2026-01-01T00:01:00.000Z',
    };
    stage.proxy({ upstreams: [down] });
    await stage.look();
    await stage.look();
    expect(stage.state('UpstreamReachable')).toBe('False NoAnswer');
    expect(stage.condition('UpstreamReachable')?.message).toContain('since 2026-01-01T00:01:00.000Z');
    expect(stage.status.upstream).toMatchObject({ summary: 'Down 192.0.2.20:5060' });
    expect(stage.reasons()).toEqual(['UpstreamDown']);
    stage.proxy();
    await stage.look();
    await stage.look();
    expect(stage.reasons()).toEqual(['UpstreamUp', 'Ready']);
  });

  it('of a PBX that is not probed stands in nobody’s way', async () => {
    const stage = await settled({ ...LEAST, upstream: { ...LEAST.upstream, probe: { method: 'None' } } });
    expect(stage.state('UpstreamReachable')).toBe('Unknown NotProbed');
    expect(stage.state('Ready')).toBe('True Ready');
  });

  it('of bindings is written at most once a minute', async () => {
    const stage = await settled();
    const at: number[] = [];
    const begun = stage.now;
    for (let second = 0; second < 300; second += 5) {
      stage.now = begun + second * 1000;
      stage.proxy({ bindings: second + 1, aors: second + 1 });
      if ((await stage.requestsOfLook()).PATCH !== undefined) at.push(second);
    }
    expect(at).toEqual([60, 120, 180, 240]);
    expect(stage.status.bindings).toMatchObject({ contacts: 241, observedTime: '2026-01-01T00:04:00Z' });
  });

  it('of bindings is written with whatever else is', async () => {
    const stage = await settled();
    stage.proxy({ bindings: 7, aors: 5, upstreams: [] });
    await stage.look();
    expect(stage.status.bindings).toMatchObject({ contacts: 7, aors: 5 });
  });

  it('of bindings stands, with its time, when it is not asked', async () => {
    const stage = await settled();
    const { bindings } = stage.status;
    stage.now += 600_000;
    stage.reports.clear();
    await stage.look();
    expect(stage.status.bindings).toEqual(bindings);
  });
});
