import { readResource, type SidecarConfig } from '../../../sidecar/config.ts';
import { OwnAddresses, type OwnListener } from '../../../sidecar/proxy/own.ts';
import { hopName, type Site } from '../../../sidecar/wire/destination.ts';
import type { Flow } from '../../../sidecar/wire/flow.ts';
import type { Peer } from './steps.ts';

const listener = (
  name: string,
  transport: OwnListener['transport'],
  host: string,
  port: number,
): OwnListener => ({
  name,
  transport,
  bound: { host, port },
  phones: { host: host.includes(':') ? host : 'sip.example.com', port },
  upstream: { host, port },
});

export const OWN = new OwnAddresses([
  listener('udp', 'UDP', '203.0.113.5', 5060),
  listener('tcp', 'TCP', '203.0.113.5', 5060),
  listener('udp6', 'UDP', '2001:db8::5', 5060),
  listener('tls', 'TLS', '203.0.113.5', 5061),
  listener('ws', 'WS', '203.0.113.5', 8080),
  listener('wss', 'WSS', '203.0.113.5', 8443),
]);
export const OWN_HOSTS: readonly string[] = ['203.0.113.5', '2001:db8::5', 'sip.example.com'];

export const PBX_ADDRESS = '198.51.100.1';
export const PBX_SOURCE = '203.0.113.77';

/** All that may be sent to without anybody having named it. */
export const KNOWN_ADDRESSES: readonly string[] = [PBX_ADDRESS, '198.51.100.3'];
/** Where the hosts of endpoints lead, by the endpoint's name. */
const ENDPOINT_ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  pbx: [PBX_ADDRESS],
  other: ['198.51.100.3'],
};

/** A name that the PBX may say its dialogs go on at, and where it leads. */
export const NAMED_HOST = { name: 'known.example', address: '198.51.100.2' };

const peer = (transport: Flow['transport'], listener: string, address: string, port: number): Flow => ({
  transport,
  listener,
  address,
  port,
  connection: transport === 'UDP' ? 0 : 1,
});

export const PEERS: Readonly<Record<Peer, Flow>> = {
  'udp phone': peer('UDP', 'udp', '192.0.2.7', 5062),
  'other udp phone': peer('UDP', 'udp', '192.0.2.8', 5064),
  'tcp phone': peer('TCP', 'tcp', '192.0.2.9', 40_009),
  'ws phone': peer('WS', 'ws', '192.0.2.10', 40_010),
  'ip6 phone': peer('UDP', 'udp6', '2001:db8::7', 5060),
  pbx: peer('UDP', 'udp', PBX_ADDRESS, 5070),
  'pbx stream': peer('TCP', 'tcp', PBX_ADDRESS, 5070),
  'pbx other port': peer('TCP', 'tcp', PBX_ADDRESS, 33_333),
  'pbx source': peer('UDP', 'udp', PBX_SOURCE, 5060),
  stranger: peer('UDP', 'udp', '192.0.2.66', 6_666),
  'tls stranger': peer('TLS', 'tls', '192.0.2.67', 40_067),
};
export const PEER_NAMES = Object.keys(PEERS) as Peer[];
export const PHONE_NAMES: readonly Peer[] = PEER_NAMES.filter((name) => name.endsWith('phone'));

/** Sections of the spec in one line each, over these. */
type Sections = Readonly<Record<string, string>>;
const BASE: Sections = {
  domains: '[pbx.test, "2001:db8::5"]',
  upstream: '{endpoints: [{name: pbx, host: 198.51.100.1, port: 5070}]}',
  listeners:
    '[{name: udp, transport: UDP, address: 203.0.113.5, port: 5060}, {name: tcp, transport: TCP, address: 203.0.113.5, port: 5060}]',
  security: '{maxTransactions: 1000}',
};

const TWO =
  '{endpoints: [{name: pbx, host: 198.51.100.1, port: 5070}, {name: other, host: 198.51.100.3, port: 5070, priority: 20}]}';

const VARIANTS: readonly Sections[] = [
  {},
  { registration: '{insertion: Path}' },
  { registration: '{insertion: None, replyContacts: Complete}', messaging: '{senders: Any}' },
  { registration: '{replyContacts: Partial, foreignContacts: Keep, maxContactsPerAor: 2}' },
  {
    upstream:
      '{endpoints: [{name: pbx, host: 198.51.100.1, port: 5070, transport: TCP}], responseTimeoutSeconds: 2}',
  },
  { upstream: '{endpoints: [{name: pbx, host: 198.51.100.1, port: 5070, oversizeTransport: UDP}]}' },
  {
    upstream: '{endpoints: [{name: pbx, host: pbx.test, port: 5070}]}',
    registration: '{foreignContacts: Ignore}',
  },
  {
    registration: '{minExpiresSeconds: 600, maxExpiresSeconds: 1200}',
    messaging: '{maxBytes: 100, contentTypes: [text/*]}',
  },
  { upstream: TWO, registration: '{insertion: Path}' },
  { upstream: TWO.replace(', priority: 20', '').replaceAll('5070}', '5070, transport: TCP}') },
];

function configOf(sections: Sections): SidecarConfig {
  const lines = Object.entries({ ...BASE, ...sections }).map(([name, yaml]) => `  ${name}: ${yaml}`);
  const text = [
    'apiVersion: midregistrar.dev/v1',
    'kind: MidRegistrar',
    'metadata: {name: fuzz}',
    'spec:',
    ...lines,
    '',
  ];
  const result = readResource(text.join('\n'), 'variant');
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

export const CONFIGS: readonly SidecarConfig[] = VARIANTS.map(configOf);

/** Where the endpoints of a configuration lead, by their names. */
export const sitesOf = (
  config: SidecarConfig,
): readonly (readonly [endpoint: string, sites: readonly Site[]])[] =>
  config.upstream.endpoints.map(({ name, port = 5060, transport = 'UDP' }) => [
    name,
    [{ host: name, transport, port, addresses: ENDPOINT_ADDRESSES[name] ?? [], tier: 0, weight: 1 }],
  ]);

/** What the addresses of endpoints are called when they are probed. */
export const HOPS: readonly string[] = [PBX_ADDRESS, '198.51.100.3'].flatMap((address) =>
  (['UDP', 'TCP'] as const).map((transport) => hopName(transport, address, 5070)),
);
