import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Schema } from '../../crds/schema.ts';
import { accept } from '../../operator/accept.ts';
import { type Assigned, resolveAddresses } from '../../operator/addresses.ts';
import type { Front } from '../../operator/front.ts';
import type { KubeObject } from '../../operator/kube/object.ts';
import { type Means, render } from '../../operator/render/render.ts';
import { proxyResource } from '../../operator/render/resource.ts';

type Path = readonly (string | number)[];

/** A field of the spec that has no fields of its own, and all that is said of it, the spec's own words first. */
interface Leaf {
  readonly path: Path;
  readonly schema: Schema;
  readonly descriptions: readonly string[];
}

function leavesOf(schema: Schema, path: Path, above: readonly string[]): readonly Leaf[] {
  const descriptions = [...above, schema.description ?? ''];
  const { properties, items } = schema;
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([name, each]) =>
      leavesOf(each, [...path, name], descriptions),
    );
  if (items?.properties !== undefined) return leavesOf(items, [...path, 0], descriptions);
  return [{ path, schema, descriptions }];
}

/** With its descriptions, which the operator itself does not carry. */
const DEFINITION = parse(readFileSync(join(import.meta.dirname, '../../crds/midregistrar.yaml'), 'utf8'));
const SPEC: Schema = DEFINITION.spec.versions[0].schema.openAPIV3Schema.properties.spec;

/** Those that can have one value only can't be changed. */
const leaves = leavesOf(SPEC, [], []).filter(({ schema }) => schema.enum?.length !== 1);

const ALL = {
  domains: ['office.test'],
  upstream: {
    endpoints: [{ name: 'pbx', host: 'pbx.voice.svc', port: 5062, transport: 'WSS' }],
    sources: ['10.1.0.0/16'],
    tls: { caSecretRef: { name: 'pbx-ca' }, clientCertificateSecretRef: { name: 'sip-tls' } },
    webSocket: { path: '/ws' },
  },
  listeners: [
    {
      name: 'wss',
      transport: 'WSS',
      port: 8443,
      nodePort: 30_060,
      tls: {
        certificateSecretRef: { name: 'sip-tls' },
        sniCertificates: [{ name: 'sip.example.com', certificateSecretRef: { name: 'example-tls' } }],
        clientCertificates: 'Require',
        caSecretRef: { name: 'phones' },
      },
      webSocket: { path: '/sip', allowedOrigins: ['https://phone.example.com'] },
      advertised: {
        phones: { host: '198.51.100.1', port: 5070 },
        upstream: { host: '10.0.0.1', port: 5071 },
      },
    },
    { name: 'udp', transport: 'UDP', port: 5060 },
    { name: 'tcp', transport: 'TCP', port: 5060 },
  ],
  registration: { tokenSecretRef: { name: 'token' } },
  security: { allowedSources: ['192.0.2.0/24'] },
  exposure: {
    loadBalancer: { class: 'test/inner', sourceRanges: ['192.0.2.0/24'], annotations: { a: 'b' } },
  },
  pod: {
    image: 'midregistrar:2',
    imagePullSecrets: [{ name: 'registry' }],
    resources: { limits: { cpu: '2', memory: '1Gi' } },
    nodeSelector: { zone: 'a' },
    tolerations: [
      { key: 'sip', operator: 'Equal', value: 'yes', effect: 'NoExecute', tolerationSeconds: 60 },
    ],
    priorityClassName: 'voice',
    labels: { team: 'voice' },
    annotations: { note: 'seen' },
  },
  networkPolicy: 'Managed',
};

const frontWith = (spec: object): Front => {
  const metadata = { name: 'office', namespace: 'branch', uid: 'uid', generation: 1 };
  const object: KubeObject = { apiVersion: 'midregistrar.dev/v1', kind: 'MidRegistrar', metadata, spec };
  const { front, faults } = accept(object);
  if (front === undefined || faults.length > 0) throw new Error(faults.join('\n'));
  return front;
};

/** With a volume on the node, and with one of its own. */
const BASES: readonly Front[] = [
  frontWith(ALL),
  frontWith({ ...ALL, store: { volume: { type: 'PersistentVolumeClaim', storageClassName: 'fast' } } }),
];

/** Another value than the one that stands; whether the resource as a whole still makes sense is another's matter. */
function another(schema: Schema, value: unknown): unknown {
  if (schema.enum !== undefined) return schema.enum.findLast((each) => each !== value);
  if (schema.type === 'integer') return Number(value ?? 0) + 1;
  if (schema.type === 'array') return [...((value ?? []) as readonly string[]), '203.0.113.0/24'];
  if (schema.additionalProperties !== undefined) return { ...(value as object | undefined), another: 'one' };
  return `${value ?? ''}9`;
}

/** The front with another value at a path. */
function changed(front: Front, { path, schema }: Leaf): Front {
  const spec = structuredClone(front.spec);
  let at = spec as unknown as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) {
    at[step] ??= {};
    at = at[step] as Record<string | number, unknown>;
  }
  const last = path.at(-1) as string | number;
  at[last] = another(schema, at[last]);
  return { ...front, spec };
}

const MEANS: Means = { image: 'midregistrar:1', hasServiceMonitors: true };

const rendered = (front: Front, means = MEANS): readonly KubeObject[] =>
  render(front, means, 'the config', false);

const find = (objects: readonly KubeObject[], kind: string): KubeObject | undefined =>
  objects.find((object) => object.kind === kind);

/** What rolls the pod where it changes. */
const templateOf = (front: Front, means = MEANS): unknown =>
  (find(rendered(front, means), 'Deployment')?.spec as { readonly template: unknown } | undefined)?.template;

interface PodSpec {
  readonly volumes: readonly { readonly name: string }[];
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly volumeMounts: readonly object[];
  }[];
}

const podSpecOf = (front: Front): PodSpec => (templateOf(front) as { readonly spec: PodSpec }).spec;

/** What is assigned to a front in a cluster that has everything. */
const service = {
  clusterIps: ['10.96.0.1'],
  ingress: ['203.0.113.9'],
  nodePorts: new Map([
    [5060, 30_060],
    [8443, 30_060],
  ]),
};
const ASSIGNED: Assigned = {
  services: { UDP: service, TCP: service },
  podIps: ['10.244.0.5'],
  nodeIps: ['192.0.2.7'],
};

const dotted = ({ path }: Leaf): string => path.join('.');

describe.each(leaves.map((leaf) => [dotted(leaf), leaf] as const))('a change of %s', (_name, leaf) => {
  const [front] = BASES as readonly [Front];
  const own = leaf.descriptions.at(-1) ?? '';

  it('rolls the pod, or does not, as its description says', () => {
    const isSaid = /rolls the pod|needs a restart/.test(own);
    const isDone = JSON.stringify(templateOf(changed(front, leaf))) !== JSON.stringify(templateOf(front));
    expect(isDone).toBe(isSaid);
  });

  it('is told the proxy, unless it is about Kubernetes', () => {
    const isOurs = leaf.descriptions.some((each) => each.startsWith('In Kubernetes'));
    const isTold = proxyResource(changed(front, leaf), []) !== proxyResource(front, []);
    expect(isTold).toBe(!isOurs);
  });

  it('changes something', () => {
    const all = (base: Front): string =>
      JSON.stringify([rendered(base), proxyResource(base, []), resolveAddresses(base.spec, ASSIGNED)]);
    const auto = (base: Front): Front => ({
      ...base,
      spec: {
        ...base.spec,
        listeners: base.spec.listeners.map(({ advertised: _, ...listener }) => listener),
      },
    });
    const bases = [...BASES, auto(front)];
    expect(bases.some((base) => all(changed(base, leaf)) !== all(base))).toBe(true);
  });
});

describe('the fields of the spec', () => {
  it('can all be changed but those that have one value only', () => {
    const all = leavesOf(SPEC, [], []);
    const changeable = leaves.map(dotted);
    expect(all.map(dotted).filter((name) => !changeable.includes(name))).toEqual([
      'registration.mode',
      'messaging.onUnregistered',
    ]);
    expect(all.length).toBeGreaterThan(60);
  });

  it('say in which way a change takes effect', () => {
    const ways = /A change (is live|rolls|needs|reopens|closes|opens|starts|grows|is refused)/;
    const silent = leaves.filter(({ descriptions }) => !ways.test(descriptions.at(-1) ?? ''));
    expect(silent.map(dotted)).toEqual([]);
  });
});

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
