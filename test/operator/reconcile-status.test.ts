import { describe, expect, it } from 'vitest';
import { LEAST, Stage } from './stage.ts';

type Spec = Readonly<Record<string, unknown>>;

const settled = async (spec: Spec = LEAST): Promise<Stage> => {
  const stage = new Stage();
  await stage.settle(spec);
  return stage;
};

const made = async (spec: Spec = LEAST): Promise<Stage> => {
  const stage = new Stage();
  await stage.make(spec);
  await stage.look();
  return stage;
};

const TYPES = ['Accepted', 'ResolvedRefs', 'Programmed', 'Available', 'UpstreamReachable', 'Ready'];

const states = (stage: Stage): readonly string[] =>
  [...TYPES, 'Reconciling', 'Stalled'].map((type) => `${type}: ${stage.state(type)}`);

describe('the status of a resource', () => {
  it('says at first that pods are being started', async () => {
    const stage = await made();
    expect(states(stage)).toEqual([
      'Accepted: True Accepted',
      'ResolvedRefs: True NothingNamed',
      'Programmed: False Rolling',
      'Available: False NoPodReady',
      'UpstreamReachable: Unknown NotKnownYet',
      'Ready: False Rolling',
      'Reconciling: True Rolling',
      'Stalled: False NotStalled',
    ]);
    expect(stage.status).toMatchObject({ observedGeneration: 1, replicas: 0, readyReplicas: 0 });
  });

  it('says when the proxy runs, by its configuration, and the PBX answers', async () => {
    const stage = await settled();
    expect(states(stage)).toEqual([
      'Accepted: True Accepted',
      'ResolvedRefs: True NothingNamed',
      'Programmed: True Programmed',
      'Available: True PodReady',
      'UpstreamReachable: True Answers',
      'Ready: True Ready',
      'Reconciling: False Settled',
      'Stalled: False NotStalled',
    ]);
    expect(stage.status).toMatchObject({
      replicas: 1,
      readyReplicas: 1,
      selector: 'midregistrar.dev/midregistrar=office',
      address: '10.96.0.1:5060',
      upstream: { summary: 'Up 192.0.2.20:5060' },
      version: { operator: '1.0.0', proxy: '1.0.0' },
      bindings: { contacts: 0, aors: 0 },
    });
  });

  it('says in Kubernetes words why a pod does not run', async () => {
    const stage = await made();
    const waiting = { reason: 'ImagePullBackOff', message: 'no such image' };
    await stage.runPod({ containerStatuses: [{ state: { waiting } }] }, false);
    await stage.look();
    expect(stage.condition('Available')).toMatchObject({
      status: 'False',
      reason: 'PodTrouble',
      message: 'pod office-1: ImagePullBackOff: no such image',
    });
    expect(stage.condition('Programmed')?.message).toBe('pod office-1: ImagePullBackOff: no such image');
    expect(stage.reasons()).toContain('NotAvailable');
  });

  it('takes no account of a pod that was evicted, which stays listed beside its successor', async () => {
    const stage = await settled();
    const labels = stage.server.object('pods', 'office-1')?.metadata.labels ?? {};
    await stage.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'office-0', labels } });
    const evicted = { phase: 'Failed', reason: 'Evicted', podIPs: [{ ip: '10.244.0.4' }] };
    await stage.edit('Pod', 'office-0', { status: evicted }, 'kubelet', 'status');
    await stage.look();
    expect(stage.state('Ready')).toBe('True Ready');
    expect(stage.status).toMatchObject({ replicas: 1, readyReplicas: 1 });
  });

  it('says what load balancer is waited for', async () => {
    const stage = await made({ ...LEAST, exposure: { type: 'LoadBalancer' } });
    expect(stage.state('Programmed')).toBe('False AddressPending');
    expect(stage.condition('Programmed')?.message).toContain('set exposure.type to NodePort');
    for (const name of ['office-midreg-udp', 'office-midreg-tcp']) {
      const status = { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } };
      await stage.edit('Service', name, { status }, 'cloud', 'status');
    }
    await stage.look();
    expect(stage.state('Programmed')).toBe('False Rolling');
    expect(stage.status.address).toBe('203.0.113.9:5060');
    expect(stage.reasons()).toContain('AddressAssigned');
  });

  it('says of a stopped one that nothing is wrong and nothing runs', async () => {
    const stage = await made({ ...LEAST, replicas: 0 });
    expect(stage.state('Programmed')).toBe('True Programmed');
    expect(stage.state('Available')).toBe('False ScaledToZero');
    expect(stage.state('Ready')).toBe('False ScaledToZero');
    expect(stage.state('Stalled')).toBe('False NotStalled');
    expect(stage.child('Deployment')?.spec).toMatchObject({ replicas: 0 });
    expect(stage.reasons()).toEqual(['Created']);
  });

  it('says that the cluster has another definition than the operator', async () => {
    const stage = await settled();
    stage.crdDiffers = true;
    await stage.look();
    expect(stage.state('Accepted')).toBe('True CRDDiffers');
    expect(stage.state('Ready')).toBe('True Ready');
  });

  it('is kept at its last transition while only the message changes', async () => {
    const stage = await made();
    const first = stage.condition('Available');
    stage.now += 60_000;
    await stage.runPod(
      { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] },
      false,
    );
    await stage.look();
    expect(stage.condition('Available')).toMatchObject({
      reason: 'PodTrouble',
      lastTransitionTime: (first as unknown as { lastTransitionTime: string }).lastTransitionTime,
    });
  });
});

describe('a spec that can not be carried out here', () => {
  const broken = { ...LEAST, upstream: { endpoints: [{ name: 'pbx', host: '127.0.0.1', port: 5070 }] } };

  it('makes nothing', async () => {
    const stage = await made(broken);
    expect(stage.children).toEqual([]);
    expect(stage.state('Accepted')).toBe('False Invalid');
    expect(stage.state('Stalled')).toBe('True Invalid');
    expect(stage.condition('Accepted')?.message).toContain("name the PBX's address");
  });

  it('leaves what runs as it was, and the status says both', async () => {
    const stage = await settled();
    const before = stage.versions;
    await stage.change({ upstream: broken.upstream, networkPolicy: 'Managed', serviceMonitor: 'None' });
    await stage.look();
    await stage.look();
    const after = stage.versions;
    expect(
      [...after].filter(([name, version]) => before.get(name) !== version).map(([name]) => name),
    ).toEqual(['midregistrars/office']);
    expect(stage.state('Accepted')).toBe('False Invalid');
    expect(stage.state('Available')).toBe('True PodReady');
    expect(stage.state('Ready')).toBe('False Invalid');
    expect(stage.reasons()).toContain('InvalidSpec');
  });

  it('that is no spec at all is told, and what was found before stands', async () => {
    const stage = await settled();
    await stage.change({ domains: null });
    expect(await stage.requestsOfLook()).toEqual({ PATCH: 1 });
    expect(stage.state('Accepted')).toBe('False Invalid');
    expect(stage.condition('Accepted')?.message).toContain('domains');
    expect(stage.state('Programmed')).toBe('True Programmed');
    expect(await stage.requestsOfLook()).toEqual({});
  });

  it('is carried out once it is mended', async () => {
    const stage = await made(broken);
    await stage.change(LEAST);
    await stage.look();
    expect(stage.state('Accepted')).toBe('True Accepted');
    expect(stage.child('Deployment')).toBeDefined();
    expect(stage.reasons()).toContain('Accepted');
  });

  it('has its drift left alone, for what is wished is not known', async () => {
    const stage = await settled();
    await stage.change({ upstream: broken.upstream });
    await stage.look();
    await stage.edit('ConfigMap', 'office-midreg', { data: { 'resource.json': '{}' } });
    await stage.look();
    expect(stage.config).toBe('{}');
  });
});
