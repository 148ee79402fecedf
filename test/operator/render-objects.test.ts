import { describe, expect, it } from 'vitest';
import type { Front } from '../../operator/front.ts';
import { ALL, BASES, find, frontWith, MEANS, podSpecOf, rendered, templateOf } from './render-stage.ts';

describe('the pod', () => {
  const [whole, claimed] = BASES as readonly [Front, Front];

  it('has of each Secret what certificates are made of, in a folder of its name, and no more', () => {
    const { containers, volumes } = podSpecOf(whole);
    expect(volumes.find(({ name }) => name === 'secrets')).toEqual({
      name: 'secrets',
      projected: {
        sources: [
          ['example-tls', 'tls.crt', 'tls.key'],
          ['phones', 'ca.crt'],
          ['pbx-ca', 'ca.crt'],
          ['sip-tls', 'tls.crt', 'tls.key'],
        ]
          .sort()
          .map(([name, ...keys]) => ({
            secret: { name, optional: true, items: keys.map((key) => ({ key, path: `${name}/${key}` })) },
          })),
      },
    });
    const [proxy] = containers;
    expect(proxy?.args.join(' ')).toContain('--secrets /etc/midregistrar-secrets');
    expect(proxy?.volumeMounts).toContainEqual({
      name: 'secrets',
      mountPath: '/etc/midregistrar-secrets',
      readOnly: true,
    });
  });

  it('has no volume of Secrets where none is named', () => {
    const { containers, volumes } = podSpecOf(
      frontWith({ domains: ['office.test'], upstream: { endpoints: [{ name: 'pbx', host: '192.0.2.20' }] } }),
    );
    expect(volumes.map(({ name }) => name)).toEqual(['config', 'data']);
    expect(containers[0]?.args).not.toContain('--secrets');
  });
  const with_ = (base: Front, change: object): Front => ({ ...base, spec: { ...base.spec, ...change } });

  it('is not rolled by another size of a claim, which grows', () => {
    const { volume } = claimed.spec.store;
    const larger = with_(claimed, {
      store: { ...claimed.spec.store, volume: { ...volume, sizeMebibytes: 2048 } },
    });
    expect(templateOf(larger)).toEqual(templateOf(claimed));
    expect(find(rendered(larger), 'PersistentVolumeClaim')?.spec).toMatchObject({
      resources: { requests: { storage: '2048Mi' } },
    });
  });

  it('is ended before its successor starts where both need one volume, and after it where not', () => {
    const strategies = BASES.map((front) => find(rendered(front), 'Deployment')?.spec);
    expect(strategies).toMatchObject([
      { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
      { strategy: { type: 'Recreate' } },
    ]);
  });

  it('is rolled by another image of the operator where the resource names none', () => {
    const front = frontWith({ ...ALL, pod: {} });
    const [one, other] = ['midregistrar:1', 'midregistrar:2'].map((image) =>
      templateOf(front, { ...MEANS, image }),
    );
    expect(one).not.toEqual(other);
  });

  it('may open ports below 1024 where a listener has one, and is rolled for it', () => {
    const front = frontWith({ ...ALL, listeners: [{ name: 'udp', port: 506 }] });
    expect(templateOf(front)).toMatchObject({
      spec: { securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] } },
    });
    expect(templateOf(frontWith(ALL))).not.toHaveProperty('spec.securityContext.sysctls');
  });

  it('keeps the labels and annotations that are the operator’s', () => {
    const labels = {
      'app.kubernetes.io/name': 'other',
      'midregistrar.dev/midregistrar': 'other',
      team: 'voice',
    };
    const annotations = { 'midregistrar.dev/start-hash': 'other', note: 'seen' };
    const front = frontWith({ ...ALL, pod: { labels, annotations } });
    expect(templateOf(front)).toMatchObject({
      metadata: {
        labels: {
          'app.kubernetes.io/name': 'midregistrar',
          'midregistrar.dev/midregistrar': 'office',
          team: 'voice',
        },
        annotations: { note: 'seen' },
      },
    });
    expect(templateOf(front)).not.toMatchObject({ metadata: { annotations } });
  });
});

describe('the NetworkPolicy', () => {
  const ingressOf = (spec: object): readonly { readonly from?: readonly object[] }[] =>
    (find(rendered(frontWith({ ...ALL, ...spec })), 'NetworkPolicy')?.spec as never as { ingress: never })
      ?.ingress;

  it('lets in SIP from the sources that are named and from the PBX', () => {
    expect(ingressOf({})[0]?.from).toEqual([
      { ipBlock: { cidr: '192.0.2.0/24' } },
      { ipBlock: { cidr: '10.1.0.0/16' } },
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'voice' } } },
    ]);
  });

  it('lets in SIP from everywhere where nobody is named, or the PBX by a name that only the proxy looks up', () => {
    expect(ingressOf({ security: {} })[0]).not.toHaveProperty('from');
    const upstream = { endpoints: [{ name: 'pbx', host: 'pbx.example.com' }] };
    expect(ingressOf({ upstream })[0]).not.toHaveProperty('from');
  });

  it('takes an address as a network of one', () => {
    const security = { allowedSources: ['192.0.2.1', '2001:db8::1'] };
    const upstream = { endpoints: [{ name: 'pbx', host: '192.0.2.9' }] };
    expect(ingressOf({ security, upstream })[0]?.from).toEqual([
      { ipBlock: { cidr: '192.0.2.1/32' } },
      { ipBlock: { cidr: '2001:db8::1/128' } },
      { ipBlock: { cidr: '192.0.2.9/32' } },
    ]);
  });
});
