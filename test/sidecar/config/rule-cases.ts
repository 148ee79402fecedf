import { on, type RuleCase, TRANSPORT_RULE_CASES, tls } from './transport-rule-cases.ts';

const udp = (address: string, rest = ''): string => `{name: udp, address: "${address}"${rest}}`;
const tcp = (address: string, rest = ''): string =>
  `{name: tcp, transport: TCP, address: "${address}"${rest}}`;
const to = (host: string, rest = ''): string => `{endpoints: [{name: pbx, host: "${host}"${rest}}]}`;
const probed = (probe: string): string => `{endpoints: [{name: pbx, host: 192.0.2.20}], probe: ${probe}}`;
const HOST = 'spec.upstream.endpoints[0].host';

export const RULE_CASES: readonly RuleCase[] = [
  {
    rule: 'metadata.name must be a DNS label of at most 48 characters (a-z, 0-9 and - inside), for other names are made of it',
    keep: [{ name: 'a' }, { name: '3-offices' }, { name: 'a'.repeat(48) }],
    broken: [
      { name: 'a'.repeat(49), path: 'metadata.name', found: `"${'a'.repeat(49)}" (string)` },
      { name: 'office.west', path: 'metadata.name', found: '"office.west" (string)' },
      { name: 'Office', path: 'metadata.name', found: '"Office" (string)' },
      { name: 'office-', path: 'metadata.name', found: '"office-" (string)' },
    ],
  },
  {
    rule: 'domains are the same whatever their case; name each once',
    keep: [{ sections: { domains: '[pbx.test, PBX2.test, 192.0.2.1, "2001:db8::1"]' } }],
    broken: [
      {
        sections: { domains: '[pbx.test, sip.test, PBX.test]' },
        path: 'spec.domains[2]',
        found: '"PBX.test" (string)',
      },
    ],
  },
  {
    rule: 'an endpoint\'s host must be an address that can be sent to, not "all addresses"; name the PBX\'s own',
    keep: [{ sections: { upstream: to('pbx.example.com') } }, { sections: { upstream: to('my_pbx') } }],
    broken: [
      { sections: { upstream: to('0.0.0.0', ', port: 5070') }, path: HOST, found: '"0.0.0.0" (string)' },
      {
        sections: { upstream: to('::', ', port: 5070'), listeners: on(udp('::1')) },
        path: HOST,
        found: '"::" (string)',
      },
    ],
  },
  {
    rule: "the endpoint's transport needs a listener of that transport, for the PBX reaches phones through it; add one or change the endpoint's transport",
    keep: [
      { sections: { upstream: to('192.0.2.20', ', transport: WSS, port: 443') } },
      { sections: { upstream: to('192.0.2.20', ', transport: TLS, port: 5061'), listeners: on(tls(5061)) } },
      { sections: { upstream: to('192.0.2.20', ', transport: TCP') } },
      { sections: { upstream: to('192.0.2.20', ', transport: TCP'), listeners: on(tcp('192.0.2.10')) } },
      // DNS is to say which.
      { sections: { upstream: to('pbx.example.com'), listeners: on(tcp('192.0.2.10')) } },
    ],
    broken: [
      {
        sections: { upstream: to('192.0.2.20', ', transport: TCP'), listeners: on(udp('192.0.2.10')) },
        path: 'spec.upstream.endpoints[0].transport',
        found: '"TCP" (string)',
      },
      { sections: { listeners: on(tcp('192.0.2.10')) }, path: HOST, found: '"192.0.2.20" (string)' },
      {
        sections: { upstream: to('pbx.example.com', ', port: 5060'), listeners: on(tcp('192.0.2.10')) },
        path: HOST,
        found: '"pbx.example.com" (string)',
      },
      {
        sections: {
          upstream: to('192.0.2.20', '}, {name: b, host: 192.0.2.21, transport: TCP'),
          listeners: on(udp('192.0.2.10')),
        },
        path: 'spec.upstream.endpoints[1].transport',
        found: '"TCP" (string)',
      },
    ],
  },
  {
    rule: "the endpoint's address needs a listener of its transport and IP version; add one with an address of that version",
    keep: [
      { sections: { upstream: to('2001:db8::20'), listeners: on(udp('2001:db8::10')) } },
      { sections: { upstream: to('2001:db8::20'), listeners: on(udp('::')) } },
      { sections: { upstream: to('pbx.example.com'), listeners: on(udp('::')) } },
    ],
    broken: [
      { sections: { upstream: to('2001:db8::20') }, path: HOST, found: '"2001:db8::20" (string)' },
      {
        sections: { upstream: to('192.0.2.20'), listeners: on(udp('::'), tcp('0.0.0.0')) },
        path: HOST,
        found: '"192.0.2.20" (string)',
      },
    ],
  },
  {
    rule: "the endpoint is one of this proxy's own listeners, and a proxy that fronts itself loops; give one of them another port or address",
    keep: [
      { sections: { upstream: to('127.0.0.1', ', port: 5070') } },
      { sections: { upstream: to('127.0.0.1'), listeners: on(udp('127.0.0.2')) } },
      { sections: { upstream: to('localhost'), listeners: on(udp('192.0.2.10')) } },
      {
        sections: {
          upstream: to('127.0.0.1'),
          listeners: on(udp('127.0.0.2'), '{name: six, address: "::"}'),
        },
      },
    ],
    broken: [
      { sections: { upstream: to('127.0.0.1') }, path: HOST, found: '"127.0.0.1" (string)' },
      { sections: { upstream: to('LocalHost') }, path: HOST, found: '"LocalHost" (string)' },
      {
        sections: { upstream: to('192.0.2.10'), listeners: on(udp('192.0.2.10')) },
        path: HOST,
        found: '"192.0.2.10" (string)',
      },
      {
        sections: { upstream: to('2001:DB8::10'), listeners: on(udp('2001:db8:0::10')) },
        path: HOST,
        found: '"2001:DB8::10" (string)',
      },
      { sections: { upstream: to('::1'), listeners: on(udp('::')) }, path: HOST, found: '"::1" (string)' },
    ],
  },
  {
    rule: "the endpoint is an address that this proxy advertises as its own, and a proxy that fronts itself loops; name the PBX's own address",
    keep: [
      {
        sections: {
          upstream: to('sip.example.com', ', port: 5070'),
          listeners: on(udp('192.0.2.10', ', advertised: {phones: {host: sip.example.com}}')),
        },
      },
      { sections: { listeners: on(udp('192.0.2.10', ', advertised: {}')) } },
    ],
    broken: [
      {
        sections: {
          upstream: to('sip.example.com'),
          listeners: on(udp('192.0.2.10', ', advertised: {phones: {host: SIP.example.com}}')),
        },
        path: HOST,
        found: '"sip.example.com" (string)',
      },
      {
        sections: {
          upstream: to('198.51.100.7', ', port: 5090'),
          listeners: on(udp('192.0.2.10', ', advertised: {upstream: {host: 198.51.100.7, port: 5090}}')),
        },
        path: HOST,
        found: '"198.51.100.7" (string)',
      },
    ],
  },
  {
    rule: 'two listeners of one port need different addresses, neither of them "all addresses", unless just one of them is of transport UDP; give one another port or address',
    keep: [
      { sections: { listeners: on(udp('192.0.2.10'), tcp('192.0.2.10')) } },
      { sections: { listeners: on(udp('192.0.2.10'), '{name: b, address: 192.0.2.11}') } },
      { sections: { listeners: on(udp('0.0.0.0'), '{name: b, address: "::"}', '{name: c, port: 5080}') } },
    ],
    broken: [
      {
        sections: { listeners: on('{name: udp}', tcp('192.0.2.10', ', port: 5061'), tls(5061)) },
        path: 'spec.listeners[2].port',
        found: '5061 (integer)',
      },
      {
        sections: { listeners: on(udp('192.0.2.10'), '{name: b, address: 192.0.2.10}') },
        path: 'spec.listeners[1].port',
        found: '5060 (integer)',
      },
      {
        sections: { listeners: on(udp('192.0.2.10'), '{name: b, address: 0.0.0.0}') },
        path: 'spec.listeners[1].port',
        found: '5060 (integer)',
      },
      {
        sections: {
          listeners: on(
            '{name: v4}',
            udp('2001:db8::a', ', port: 5080'),
            '{name: b, address: "2001:DB8:0::A", port: 5080}',
          ),
        },
        path: 'spec.listeners[2].port',
        found: '5080 (integer)',
      },
    ],
  },
  {
    rule: 'an advertised host must be an address that others can send to, not "all addresses"; name one',
    keep: [{ sections: { listeners: on(udp('0.0.0.0', ', advertised: {phones: {host: 198.51.100.7}}')) } }],
    broken: [
      {
        sections: { listeners: on(udp('0.0.0.0', ', advertised: {phones: {host: 0.0.0.0}}')) },
        path: 'spec.listeners[0].advertised.phones.host',
        found: '"0.0.0.0" (string)',
      },
      {
        sections: { listeners: on(udp('0.0.0.0', ', advertised: {upstream: {host: "::"}}')) },
        path: 'spec.listeners[0].advertised.upstream.host',
        found: '"::" (string)',
      },
    ],
  },
  {
    rule: 'registration.minExpiresSeconds must not exceed registration.maxExpiresSeconds; lower the one or raise the other',
    keep: [{ sections: { registration: '{minExpiresSeconds: 600, maxExpiresSeconds: 600}' } }],
    broken: [
      {
        sections: { registration: '{minExpiresSeconds: 601, maxExpiresSeconds: 600}' },
        path: 'spec.registration.minExpiresSeconds',
        found: '601 (integer)',
      },
    ],
  },
  {
    rule: 'messaging.maxBytes must not exceed security.maxMessageBytes, for a body is a part of its message; lower the one or raise the other',
    keep: [{ sections: { messaging: '{maxBytes: 2000}', security: '{maxMessageBytes: 2000}' } }],
    broken: [
      {
        sections: { security: '{maxMessageBytes: 2000}' },
        path: 'spec.messaging.maxBytes',
        found: '16384 (integer)',
      },
    ],
  },
  {
    rule: 'messaging.maxUdpBytes must not exceed security.maxMessageBytes, for nothing larger is read; lower the one or raise the other',
    keep: [
      { sections: { messaging: '{maxBytes: 1300, maxUdpBytes: 1300}', security: '{maxMessageBytes: 1300}' } },
    ],
    broken: [
      {
        sections: { messaging: '{maxBytes: 2000, maxUdpBytes: 2001}', security: '{maxMessageBytes: 2000}' },
        path: 'spec.messaging.maxUdpBytes',
        found: '2001 (integer)',
      },
    ],
  },
  {
    rule: 'upstream.probe.timeoutSeconds must be below upstream.probe.intervalSeconds, for one probe ends before the next; lower the one or raise the other',
    keep: [{ sections: { upstream: probed('{intervalSeconds: 5, timeoutSeconds: 4}') } }],
    broken: [
      {
        sections: { upstream: probed('{intervalSeconds: 5, timeoutSeconds: 5}') },
        path: 'spec.upstream.probe.timeoutSeconds',
        found: '5 (integer)',
      },
    ],
  },
  {
    rule: 'replicas must be 0 or 1, for replicas do not share their bindings yet; run a second front as a resource of its own',
    keep: [{ sections: { replicas: '0' } }, { sections: { replicas: '1' } }],
    broken: [{ sections: { replicas: '2' }, path: 'spec.replicas', found: '2 (integer)' }],
  },
  {
    rule: 'store.volume.type PersistentVolumeClaim needs store.type Durable, for nothing is written otherwise; set the one or leave out the other',
    keep: [
      { sections: { store: '{volume: {type: PersistentVolumeClaim}}' } },
      { sections: { store: '{type: Memory, volume: {sizeMebibytes: 64}}' } },
    ],
    broken: [
      {
        sections: { store: '{type: Memory, volume: {type: PersistentVolumeClaim}}' },
        path: 'spec.store.volume.type',
        found: '"PersistentVolumeClaim" (string)',
      },
    ],
  },
  {
    rule: 'exposure.loadBalancer is for exposure.type LoadBalancer only; leave it out or set that type',
    keep: [
      { sections: { exposure: '{loadBalancer: {class: example.com/internal}}' } },
      { sections: { exposure: '{type: NodePort}' } },
    ],
    broken: [
      {
        sections: { exposure: '{type: NodePort, loadBalancer: {class: internal}}' },
        path: 'spec.exposure.loadBalancer',
        found: 'a map',
      },
    ],
  },
  {
    rule: "a listener's nodePort is for exposure.type NodePort or LoadBalancer; leave it out or set one of these types",
    keep: [
      { sections: { exposure: '{type: NodePort}', listeners: on(udp('0.0.0.0', ', nodePort: 30060')) } },
      { sections: { listeners: on(udp('0.0.0.0', ', nodePort: 30060')) } },
    ],
    broken: [
      {
        sections: { exposure: '{type: ClusterIP}', listeners: on(udp('0.0.0.0', ', nodePort: 30060')) },
        path: 'spec.listeners[0].nodePort',
        found: '30060 (integer)',
      },
    ],
  },
  ...TRANSPORT_RULE_CASES,
];
