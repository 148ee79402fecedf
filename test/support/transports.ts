import type { OwnListener } from '../../sidecar/proxy/own.ts';
import { defaultPort, type Flow, TRANSPORTS, type Transport } from '../../sidecar/wire/flow.ts';
import type { Places } from './world.ts';

export type Family = 'IPv4' | 'IPv6';

const HOSTS = {
  IPv4: { proxy: '203.0.113.5', pbx: '198.51.100.1', phone: '192.0.2.' },
  IPv6: { proxy: '2001:db8::5', pbx: '2001:db8:1::1', phone: '2001:db8:2::' },
} as const;

const listenerName = (transport: Transport, family: Family): string =>
  `${transport.toLowerCase()}${family === 'IPv6' ? '6' : ''}`;

/** A listener of each transport on its usual port, over both IP versions. */
export const ALL_LISTENERS: readonly OwnListener[] = (['IPv4', 'IPv6'] as const).flatMap((family) =>
  TRANSPORTS.map((transport) => {
    const address = { host: HOSTS[family].proxy, port: defaultPort(transport) };
    return {
      name: listenerName(transport, family),
      transport,
      bound: address,
      phones: address,
      upstream: address,
    };
  }),
);

export const PBX_PORT = 5070;

/** The proxy with all its listeners before a PBX that speaks that transport. */
export const before = (transport: Transport, family: Family = 'IPv4'): Places => ({
  listeners: ALL_LISTENERS,
  endpoint: `{name: pbx, host: "${HOSTS[family].pbx}", port: ${PBX_PORT}, oversizeTransport: UDP}`,
  address: HOSTS[family].pbx,
  transport,
});

/** The PBX's own flow: over streams a connection that it has opened from its port. */
export const pbxFlow = (transport: Transport, family: Family = 'IPv4', connection = 900): Flow => ({
  transport,
  listener: listenerName(transport, family),
  address: HOSTS[family].pbx,
  port: PBX_PORT,
  connection: transport === 'UDP' ? 0 : connection,
});

/** The n-th phone: over a stream the n-th connection. */
export const phoneFlow = (n: number, transport: Transport, family: Family = 'IPv4'): Flow => ({
  transport,
  listener: listenerName(transport, family),
  address: `${HOSTS[family].phone}${n}`,
  port: 40_000 + n,
  connection: transport === 'UDP' ? 0 : n,
});
