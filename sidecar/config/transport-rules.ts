import type { Listener } from '../../crds/midregistrar.ts';
import { isFree, plainTransport } from './endpoint.ts';
import { at, type Breach, type Rule } from './rule.ts';

type Transport = Listener['transport'];

const isSecure = (transport: Transport): boolean => transport === 'TLS' || transport === 'WSS';
export const isWebSocket = (transport: Transport): boolean => transport === 'WS' || transport === 'WSS';

/** The default of a port fits these two alone. */
const isPlain = (transport: Transport): boolean => transport === 'UDP' || transport === 'TCP';

const PLAIN_PORT = 5060;

/** Tells the field of each listener that breaks a rule. */
const listenersThat =
  (isBroken: (listener: Listener) => 'port' | 'tls' | 'webSocket' | undefined): Rule['breaches'] =>
  ({ spec: { listeners } }) =>
    listeners.flatMap((listener, index): Breach[] => {
      const field = isBroken(listener);
      return field === undefined ? [] : [at(['spec', 'listeners', index, field], listener[field])];
    });

const listenerNamesItsPort: Rule = {
  message:
    'a listener of transport TLS, WS or WSS needs its port named, for 5060 is that of UDP and TCP; 5061 is usual for TLS, 443 for WSS and 80 for WS',
  reads: ['listeners'],
  breaches: listenersThat(({ transport, port }) =>
    isPlain(transport) || port !== PLAIN_PORT ? undefined : 'port',
  ),
};

const certificateFitsTransport: Rule = {
  message:
    'a listener of transport TLS or WSS needs tls, where its certificate is named, and no other has it; add the section or leave it out',
  reads: ['listeners'],
  breaches: listenersThat(({ transport, tls }) =>
    (tls !== undefined) === isSecure(transport) ? undefined : 'tls',
  ),
};

const webSocketFitsTransport: Rule = {
  message:
    "a listener's webSocket is for transport WS or WSS only; leave it out or set one of these transports",
  reads: ['listeners'],
  breaches: listenersThat(({ transport, webSocket }) =>
    webSocket === undefined || isWebSocket(transport) ? undefined : 'webSocket',
  ),
};

const clientCertificatesHaveAnAuthority: Rule = {
  message:
    'tls.caSecretRef names whose client certificates are taken, so it is there exactly where tls.clientCertificates is not None; set both or none',
  reads: ['listeners'],
  breaches: ({ spec: { listeners } }) =>
    listeners.flatMap(({ tls }, index) =>
      tls === undefined || (tls.caSecretRef !== undefined) === (tls.clientCertificates !== 'None')
        ? []
        : [at(['spec', 'listeners', index, 'tls', 'caSecretRef'], tls.caSecretRef)],
    ),
};

const upstreamTlsHasAnEndpoint: Rule = {
  message:
    'upstream.tls is for endpoints of transport TLS or WSS, or of one that DNS chooses; leave it out or set one of these transports',
  reads: ['upstream'],
  breaches: ({ spec: { upstream } }) =>
    upstream.tls === undefined ||
    upstream.endpoints.some((endpoint) => isFree(endpoint) || isSecure(plainTransport(endpoint)))
      ? []
      : [at(['spec', 'upstream', 'tls'], upstream.tls)],
};

const upstreamWebSocketHasAnEndpoint: Rule = {
  message:
    'upstream.webSocket is for endpoints of transport WS or WSS; leave it out or set one of these transports',
  reads: ['upstream'],
  breaches: ({ spec: { upstream } }) =>
    upstream.webSocket === undefined ||
    upstream.endpoints.some((endpoint) => isWebSocket(plainTransport(endpoint)))
      ? []
      : [at(['spec', 'upstream', 'webSocket'], upstream.webSocket)],
};

/** What the sections of TLS and WebSocket ask of each other. */
export const transportRules: readonly Rule[] = [
  listenerNamesItsPort, // a default that is plain SIP's would surprise both sides
  certificateFitsTransport, // without one no handshake succeeds
  webSocketFitsTransport, // nobody would look at it
  clientCertificatesHaveAnAuthority, // all or none would be taken
  upstreamTlsHasAnEndpoint, // a setting of security that secures nothing
  upstreamWebSocketHasAnEndpoint, // nobody would look at it
];
