import { describe, expect, it } from 'vitest';
import { accept } from '../../operator/accept.ts';
import { frontObject } from './fronts.ts';

const faultsOf = (spec: object): readonly string[] => accept(frontObject(spec)).faults;
const endpoint = (host: string, port = 5080): object => ({
  upstream: { endpoints: [{ name: 'pbx', host, port }] },
});

describe('a resource', () => {
  it('is taken with its name, generation and defaults', () => {
    const { front, faults } = accept(frontObject());
    expect(faults).toEqual([]);
    expect(front).toMatchObject({
      name: 'office',
      namespace: 'branch',
      uid: 'uid-office',
      generation: 3,
      spec: { replicas: 1, exposure: { type: 'LoadBalancer' }, registration: { insertion: 'Contact' } },
    });
  });

  it('is no front where it is none, each fault with its path', () => {
    const { front, faults } = accept(frontObject({ domains: [], logLevel: 'Loud' }));
    expect(front).toBeUndefined();
    expect(faults).toHaveLength(2);
    expect(faults[0]).toMatch(/^spec\.domains: /);
    expect(faults[1]).toMatch(/^spec\.logLevel: /);
  });

  it('is no front without a spec, whoever let that pass', () => {
    const { spec: _, ...object } = frontObject();
    expect(accept(object).front).toBeUndefined();
  });

  it('of another version of the definition is none of ours', () => {
    expect(accept({ ...frontObject(), apiVersion: 'midregistrar.dev/v2' }).front).toBeUndefined();
  });
});

describe('a listener', () => {
  it.each(['0.0.0.0', '::'])('may listen on %s', (address) => {
    const listeners = [
      { name: 'udp', address },
      { name: 'six', address: '0.0.0.0', port: 5070 },
    ];
    expect(faultsOf({ listeners })).toEqual([]);
  });

  it('may not be bound to an address, for no pod has it', () => {
    const [fault] = faultsOf({ listeners: [{ name: 'udp', address: '192.0.2.1' }] });
    expect(fault).toBe(
      'listener udp is bound to 192.0.2.1, which no pod has; set its address to 0.0.0.0 or "::"',
    );
  });

  it('leaves TCP port 8080 to health and metrics, and may have UDP 8080', () => {
    const listeners = [
      { name: 'tcp', transport: 'TCP', port: 8080 },
      { name: 'udp', port: 8080 },
    ];
    expect(faultsOf({ listeners })).toEqual([
      'listener tcp has TCP port 8080, where the pod serves health and metrics; choose another',
    ]);
  });
});

describe('an endpoint', () => {
  it.each([
    'office-midreg-udp',
    'office-midreg-tcp.branch',
    'office-midreg-udp.branch.svc',
    'office-midreg-tcp.branch.svc.cluster.local',
    'Office-Midreg-UDP.branch.SVC',
  ])('that is the front’s own Service, %s, would loop', (host) => {
    expect(faultsOf(endpoint(host))).toEqual([
      `endpoint pbx, ${host}, is this front's own Service; name the PBX's own address`,
    ]);
  });

  it.each(['127.0.0.1', '127.1.2.3', 'localhost', 'LocalHost'])('at %s would be the pod itself', (host) => {
    expect(faultsOf(endpoint(host))[0]).toContain("is the proxy's own pod");
  });

  it.each([
    'office-midreg-udp.other.svc',
    'office-midreg-udp.branch.example.com',
    'office-midreg-udp-2.branch.svc',
    'pbx.branch.svc',
    'localhost.example.com',
    '192.0.2.127',
  ])('at %s is another’s', (host) => {
    expect(faultsOf(endpoint(host))).toEqual([]);
  });
});

it('tells all that stands in the way', () => {
  const listeners = [
    { name: 'udp', address: '192.0.2.1' },
    { name: 'tcp', transport: 'TCP', port: 8080 },
  ];
  expect(faultsOf({ listeners, ...endpoint('127.0.0.1') })).toHaveLength(3);
});
