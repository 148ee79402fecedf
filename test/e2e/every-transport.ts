import { join } from 'node:path';
import { Midreg, type Spec } from '../support/midreg.ts';
import { DOMAIN } from '../support/peers/pbx.ts';
import type { Stage } from '../support/peers/stage.ts';
import { Authority, ip, writeTlsSecret } from '../support/pki.ts';
import { freePort } from '../support/ports.ts';
import { ScriptedPhone } from './script/phone.ts';
import { tlsWire } from './script/secure-wire.ts';
import { type Address, tcpWire, udpWire, type Wire } from './script/wire.ts';
import { browserWire } from './script/ws-wire.ts';

export const TRANSPORTS = ['UDP', 'TCP', 'TLS', 'WS', 'WSS'] as const;
export type TransportName = (typeof TRANSPORTS)[number];

/** The proxy with a listener of each transport. */
export interface WideFront {
  readonly midreg: Midreg;
  readonly authority: string;
  /** Where a phone of that transport finds it. */
  readonly at: Readonly<Record<TransportName, Address>>;
}

const ADDRESS = '127.0.0.1';
const isSecure = (transport: TransportName): boolean => transport === 'TLS' || transport === 'WSS';

/** Before a PBX that is spoken to by `endpoint`; whose certificate is of an authority in `trusted`, in PEM, where it has one. */
export async function startWideFront(
  stage: Stage,
  endpoint: Spec,
  more: Spec = {},
  trusted?: string,
): Promise<WideFront> {
  const root = await Authority.root();
  const at = {} as Record<TransportName, Address>;
  for (const transport of TRANSPORTS)
    at[transport] = { address: ADDRESS, port: await freePort(transport === 'UDP' ? 'udp' : 'tcp') };
  const spec: Spec = {
    domains: [DOMAIN],
    upstream: {
      endpoints: [{ name: 'pbx', ...endpoint }],
      probe: { method: 'None' },
      ...(trusted !== undefined && { tls: { caSecretRef: { name: 'pbx' } } }),
    },
    listeners: TRANSPORTS.map((transport) => ({
      name: transport.toLowerCase(),
      transport,
      ...at[transport],
      ...(isSecure(transport) && { tls: { certificateSecretRef: { name: 'front' } } }),
    })),
    ...more,
  };
  const midreg = new Midreg(stage, `127.0.0.1:${await freePort('tcp')}`, { spec });
  const secrets = join(midreg.file, '../secrets');
  const issued = await root.issue({ names: [ip(ADDRESS)] });
  writeTlsSecret(secrets, 'front', issued);
  if (trusted !== undefined) writeTlsSecret(secrets, 'pbx', issued, trusted);
  await midreg.start();
  return { midreg, authority: root.pem, at };
}

async function wireTo(stage: Stage, transport: TransportName, { at, authority }: WideFront): Promise<Wire> {
  const to = at[transport];
  switch (transport) {
    case 'UDP':
      return udpWire(stage);
    case 'TCP':
      return tcpWire(stage, to);
    case 'TLS':
      return tlsWire(stage, to, { authority, serverName: '' });
    case 'WS':
      return browserWire(stage, to);
    case 'WSS':
      return browserWire(stage, to, authority);
  }
}

export const widePhone = async (
  stage: Stage,
  user: string,
  transport: TransportName,
  front: WideFront,
): Promise<ScriptedPhone> =>
  new ScriptedPhone(user, await wireTo(stage, transport, front), front.at[transport]);
