import type { WebPhones } from '../support/browser/browser.ts';
import type { Stage } from '../support/peers/stage.ts';
import { writeTlsSecret } from '../support/pki.ts';
import { freePorts } from '../support/ports.ts';
import { type Front, type FrontOptions, listenersOf, startFront } from './front.ts';

/** A proxy that web phones reach over WSS and others over TLS, UDP and TCP. */
export interface WebFront extends Front {
  readonly tlsPort: number;
  readonly wssPort: number;
}

/** Only pages of the web phones' own site are let in. */
export async function startWebFront(
  stage: Stage,
  pbx: { readonly address: string; readonly port: number },
  { certificate, site }: WebPhones,
  options: FrontOptions = {},
): Promise<WebFront> {
  const [port = 0, tlsPort = 0, wssPort = 0] = await freePorts(3);
  const secrets = stage.directory('secrets');
  writeTlsSecret(secrets, 'web', certificate);
  const tls = { certificateSecretRef: { name: 'web' } };
  const address = '127.0.0.1';
  const listeners = [
    ...listenersOf(address, port),
    { name: 'tls', transport: 'TLS', address, port: tlsPort, tls },
    { name: 'wss', transport: 'WSS', address, port: wssPort, tls, webSocket: { allowedOrigins: [site] } },
  ];
  const front = await startFront(stage, pbx, { ...options, secrets, spec: { listeners, ...options.spec } });
  return { ...front, port, tlsPort, wssPort };
}
