import type { Endpoint, Listener } from '../../crds/midregistrar.ts';
import { isIp } from './formats.ts';

type Transport = Listener['transport'];

/** RFC 3263 §4.1: what is spoken where DNS has no say. */
export const plainTransport = ({ transport = 'UDP' }: Endpoint): Transport => transport;

const PORTS: Readonly<Record<Transport, number>> = { UDP: 5060, TCP: 5060, TLS: 5061, WS: 80, WSS: 443 };

/** RFC 3263 §4.2: the port where DNS has no say. */
export const plainPort = ({ port, transport = 'UDP' }: Endpoint): number => port ?? PORTS[transport];

/** Whether it is for DNS to say which transport is spoken. */
export const isFree = ({ host, port, transport }: Endpoint): boolean =>
  transport === undefined && port === undefined && !isIp(host);
