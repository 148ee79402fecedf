import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Baresip } from '../support/baresip.ts';
import { runCommand } from '../support/peers/command.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { type FrontResource, type FrontStatus, installOperator } from './support/installation.ts';
import { type Office, OPERATOR, openOffice, registeredPhone, specFor } from './support/office.ts';
import { type SharedCluster, withSharedCluster } from './support/run-cluster.ts';

const file = fileStage();
const test = testStage();
let cluster: SharedCluster;
let office: Office;
let branch: FrontResource;
let headquarters: FrontResource;

withPeers(['baresip', 'kamailio', 'asterisk']);
withSharedCluster(async (shared) => {
  cluster = shared;
  office = await openOffice(cluster, file);
  ({ branch, headquarters } = office);
}, 'own');

const phone = (status: FrontStatus, user: string): Promise<Baresip> =>
  registeredPhone(cluster, test, status, user);

describe('a front in the cluster', () => {
  it('comes up in each namespace by itself, before PBXs of another one', async () => {
    for (const front of [branch, headquarters]) {
      const { address, upstream, readyReplicas } = await front.is('Ready');
      expect(address.startsWith(`${cluster.nodeIp}:`)).toBe(true);
      expect(upstream.summary).toMatch(/^Up /);
      expect(readyReplicas).toBe(1);
    }
    const shown = await cluster.kubectl(['get', 'midreg', '-A']);
    expect(shown.split('\n')[0]?.trim().split(/\s+/)).toEqual([
      'NAMESPACE',
      'NAME',
      'READY',
      'UPSTREAM',
      'REPLICAS',
      'ADDRESS',
      'BINDINGS',
      'AGE',
    ]);
    expect(await branch.kubectl('describe', 'midreg', 'office')).toContain('the PBX is fronted');
    const args = ['status', '-A', '--kubeconfig', cluster.kubeconfig];
    const overview = await runCommand(join(import.meta.dirname, '../../bin/kubectl-midreg'), args, 20_000);
    for (const words of ['branch', 'headquarters', '1/1', 'pod office-midreg-', 'Ready: the PBX is fronted'])
      expect(overview).toContain(words);
  });

  it.each(['branch', 'headquarters'])(
    'lets phones outside register, message and call through its Service: %s',
    async (name) => {
      const front = name === 'branch' ? branch : headquarters;
      const status = await front.is('Ready');
      const [one, other] = [await phone(status, 'u1'), await phone(status, 'u2')];
      expect(await front.bindings()).toContain(`UDP ${cluster.hostIp}:${one.port}`);
      await one.message('u2', 'are you there?');
      expect(await other.received()).toEqual({ from: 'sip:u1@pbx.test', text: 'are you there?' });
      await one.call('u2');
      await one.event('CALL_RTPESTAB');
      await other.hangUp();
      await one.event('CALL_CLOSED');
      await one.message('u3', 'and you?');
      await one.messageRefused('404');
    },
  );

  it('takes a change of the policy live: the same pod, and no binding lost', async () => {
    const status = await branch.is('Ready');
    const [one, other] = [await phone(status, 'u1'), await phone(status, 'u2')];
    const [pods, before] = [await branch.pods(), await branch.deployment()];
    await branch.patch({ messaging: { contentTypes: ['message/cpim'] } });
    await branch.is('Programmed');
    await one.message('u2', 'plain');
    await one.messageRefused('415');
    await branch.patch({ messaging: { contentTypes: ['text/plain'] } });
    await branch.is('Programmed');
    await one.message('u2', 'plain again');
    expect((await other.received()).text).toBe('plain again');
    expect(await branch.pods()).toEqual(pods);
    expect((await branch.deployment()).metadata.generation).toBe(before.metadata.generation);
  });

  it('keeps its bindings when its process is killed', async () => {
    const status = await branch.is('Ready');
    const [one, other] = [await phone(status, 'u1'), await phone(status, 'u2')];
    const [pod = ''] = await branch.pods();
    // Both proxies; the pattern does not find the shell that looks for it.
    const find = 'grep -lasz "[/]var/lib/midregistrar" /proc/[0-9]*/cmdline | cut -d/ -f3';
    await cluster.onNode('sh', '-c', `kill -9 $(${find})`);
    const restarts = (): Promise<string> =>
      branch.kubectl(
        'get',
        'pod',
        pod,
        '-o',
        'jsonpath={.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].ready}',
      );
    await vi.waitFor(async () => expect(await restarts()).toBe('1 true'), { timeout: 30_000, interval: 200 });
    await one.message('u2', 'still there?');
    expect((await other.received()).text).toBe('still there?');
    expect(await branch.pods()).toEqual([pod]);
    await Promise.all([branch.is('Ready'), headquarters.is('Ready')]);
  });

  it('with a volume keeps its bindings also when its pod is gone', async () => {
    const status = await headquarters.is('Ready');
    const [one, other] = [await phone(status, 'u1'), await phone(status, 'u2')];
    const [pod = ''] = await headquarters.pods();
    await headquarters.kubectl('delete', 'pod', pod);
    await headquarters.is('Ready');
    expect(await headquarters.pods()).not.toContain(pod);
    await one.message('u2', 'still there?');
    expect((await other.received()).text).toBe('still there?');
  });

  it('rolls its pod for what needs it, and serves before and after', async () => {
    await branch.is('Ready');
    const [pod = ''] = await branch.pods();
    await branch.patch({ pod: { annotations: { 'example.com/roll': 'once' } } });
    const status = await branch.is('Ready');
    expect(await branch.pods()).not.toContain(pod);
    const [one, other] = [await phone(status, 'u1'), await phone(status, 'u2')];
    await one.message('u2', 'after the roll');
    expect((await other.received()).text).toBe('after the roll');
  });

  it('is put right within seconds where others change what is ours, and what is theirs stays', async () => {
    await branch.kubectl('label', 'deploy', 'office-midreg', 'their.example/label=kept');
    await branch.kubectl('annotate', 'service', 'office-midreg-udp', 'their.example/note=kept');
    await branch.kubectl(
      'patch',
      'deploy',
      'office-midreg',
      '--type=merge',
      '-p',
      '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":1}}}}',
    );
    await branch.kubectl('delete', 'pdb', 'office-midreg');
    await vi.waitFor(
      async () => {
        const { metadata, spec } = await branch.deployment();
        expect(spec.template.spec.terminationGracePeriodSeconds).toBe(17);
        expect(metadata.labels['their.example/label']).toBe('kept');
        await branch.kubectl('get', 'pdb', 'office-midreg');
      },
      { timeout: 5000, interval: 100 },
    );
    expect(
      await branch.kubectl('get', 'service', 'office-midreg-udp', '-o', 'jsonpath={.metadata.annotations}'),
    ).toContain('their.example/note');
    await branch.is('Ready');
    await vi.waitFor(
      async () =>
        expect(await branch.kubectl('get', 'events', '--field-selector', 'reason=DriftCorrected')).toContain(
          'put right',
        ),
      { timeout: 5000 },
    );
  });

  it('goes on as it was with a spec that can not be carried out, and says why', async () => {
    const [pods, before] = [await branch.pods(), await branch.deployment()];
    const listeners = [{ name: 'udp', address: '192.0.2.1' }];
    await branch.patch({ listeners });
    const { conditions } = await branch.is('Accepted', 'False');
    expect(conditions.find(({ type }) => type === 'Stalled')).toMatchObject({ status: 'True' });
    expect(conditions.find(({ type }) => type === 'Accepted')?.message).toContain('0.0.0.0');
    expect(await branch.pods()).toEqual(pods);
    expect((await branch.deployment()).metadata.generation).toBe(before.metadata.generation);
    await branch.kubectl(
      'patch',
      'midreg',
      'office',
      '--type=json',
      '-p',
      '[{"op":"remove","path":"/spec/listeners"}]',
    );
    await branch.is('Ready');
  });

  it('says that a Secret is missing, works without it, and takes it up when it is made', async () => {
    await branch.patch({ registration: { tokenSecretRef: { name: 'office-token' } } });
    const missing = await branch.is('ResolvedRefs', 'False');
    expect(missing.conditions.find(({ type }) => type === 'ResolvedRefs')?.message).toContain('office-token');
    await branch.is('Available');
    await branch.kubectl(
      'create',
      'secret',
      'generic',
      'office-token',
      `--from-literal=token-key=${'k'.repeat(40)}`,
    );
    // The kubelet looks for a Secret that was missing about once a minute.
    await branch.is('ResolvedRefs', 'True', 110_000);
    await branch.is('Ready');
  }, 180_000);

  it('says that the PBX does not answer, and when it does again', async () => {
    await branch.patch({ upstream: { endpoints: [{ name: 'pbx', host: '192.0.2.1' }] } });
    const down = await branch.is('UpstreamReachable', 'False');
    expect(down.upstream.summary).toBe('Down 192.0.2.1:5060');
    await branch.is('Available');
    await branch.patch({
      upstream: { endpoints: [{ name: 'pbx', host: 'kamailio.pbx.svc.cluster.local' }] },
    });
    await branch.is('Ready');
  });

  it('is scaled to nothing and back, but not beyond one', async () => {
    await branch.kubectl('scale', 'midreg', 'office', '--replicas=0');
    await branch.is('Available', 'False');
    await vi.waitFor(async () => expect(await branch.pods()).toEqual([]), { timeout: 20_000 });
    await expect(branch.kubectl('scale', 'midreg', 'office', '--replicas=2')).rejects.toThrow(
      'replicas must be 0 or 1',
    );
    await branch.kubectl('scale', 'midreg', 'office', '--replicas=1');
    await branch.is('Ready');
  });

  it('tells the address that its load balancer has got', async () => {
    await branch.patch({ exposure: { type: 'LoadBalancer' } });
    const pending = await branch.is('Programmed', 'False');
    expect(pending.conditions.find(({ type }) => type === 'Programmed')).toMatchObject({
      reason: 'AddressPending',
    });
    for (const service of ['office-midreg-udp', 'office-midreg-tcp'])
      await branch.kubectl(
        'patch',
        'service',
        service,
        '--subresource=status',
        '--type=merge',
        '-p',
        '{"status":{"loadBalancer":{"ingress":[{"ip":"203.0.113.9"}]}}}',
      );
    expect((await branch.is('Ready')).address).toBe('203.0.113.9:5060');
    expect(await branch.kubectl('get', 'configmap', 'office-midreg', '-o', 'jsonpath={.data}')).toContain(
      '203.0.113.9',
    );
    await branch.patch({ exposure: { type: 'NodePort' } });
    await branch.is('Ready');
  });

  it('is proved by the chart’s test, and outlives an upgrade without a new pod', async () => {
    expect(await office.installation.helm('test')).toContain('Succeeded');
    const pods = await branch.pods();
    await office.installation.helm('upgrade', '--set', 'operator.logLevel=debug');
    await branch.is('Ready');
    expect(await branch.pods()).toEqual(pods);
  });

  it('takes all that is its own along when it is deleted, and nothing else', async () => {
    await branch.kubectl('create', 'configmap', 'mine', '--from-literal=a=b');
    await branch.kubectl('delete', 'midreg', 'office');
    await vi.waitFor(
      async () => {
        const left = await branch.kubectl(
          'get',
          'deploy,service,configmap,serviceaccount,pdb,pod',
          '-o',
          'name',
        );
        expect(left.trim().split('\n').toSorted()).toEqual([
          'configmap/kube-root-ca.crt',
          'configmap/mine',
          'serviceaccount/default',
        ]);
      },
      { timeout: 60_000, interval: 500 },
    );
    await headquarters.is('Ready');
  });

  it('goes with its namespace while no operator runs', async () => {
    await branch.apply(specFor(cluster, 'kamailio'));
    await branch.is('Available');
    await cluster.kubectl(['scale', 'deploy', '-n', OPERATOR, 'midregistrar', '--replicas=0']);
    await cluster.kubectl(['delete', 'namespace', 'branch', '--timeout=90s']);
    await cluster.kubectl(['scale', 'deploy', '-n', OPERATOR, 'midregistrar', '--replicas=2']);
    await cluster.kubectl(['rollout', 'status', 'deploy', '-n', OPERATOR, 'midregistrar', '--timeout=60s']);
    await cluster.kubectl(['create', 'namespace', 'branch']);
  }, 200_000);

  it('outlives the chart with its definition, unless told otherwise', async () => {
    await office.installation.helm('uninstall', '--wait');
    expect(await headquarters.pods()).toHaveLength(1);
    const status = (await headquarters.read()).status;
    const one = await phone(status, 'u1');
    expect(await headquarters.bindings()).toContain(`${cluster.hostIp}:${one.port}`);
    office.installation = await installOperator(cluster, OPERATOR);
    await headquarters.is('Ready');
  });
});
