import type { Stage } from '../../support/peers/stage.ts';
import { Authority, dns, type Issued, ip } from '../../support/pki.ts';
import { FrontResource, type FrontStatus, installOperator } from './installation.ts';
import { openNamespace } from './namespace.ts';
import { startKamailioPod } from './pbx-pods.ts';
import type { SharedCluster } from './run-cluster.ts';

/** The name that phones call the front by. */
export const SERVER_NAME = 'sip.pbx.test';
/** The pages that may connect over WebSocket. */
export const SITE = 'https://phones.pbx.test';

const NAMESPACES = ['pbx', 'secure'];
const OPERATOR = 'midregistrar-system';

/** A front that phones reach over TLS and WebSocket, and whose PBX it reaches over TLS. */
export interface SecureOffice {
  readonly front: FrontResource;
  /** Who vouches for the front. */
  readonly authority: Authority;
}

/** The listeners of the front; in place of the Secret and the origins that it begins with, those. */
export const listenersWith = ({
  secret = 'sip-tls',
  allowedOrigins = [SITE],
}: {
  readonly secret?: string;
  readonly allowedOrigins?: readonly string[];
}): readonly object[] => {
  const tls = { certificateSecretRef: { name: secret } };
  return [
    { name: 'udp' },
    { name: 'tls', transport: 'TLS', port: 5061, tls },
    { name: 'ws', transport: 'WS', port: 8081, webSocket: { path: '/sip', allowedOrigins } },
    { name: 'wss', transport: 'WSS', port: 8443, tls, webSocket: { allowedOrigins } },
  ];
};

const specBefore = (cluster: SharedCluster, host: string, port: number): object => ({
  domains: ['pbx.test'],
  exposure: { type: 'NodePort' },
  listeners: listenersWith({}),
  upstream: {
    endpoints: [{ name: 'pbx', host, port, transport: 'TLS' }],
    tls: { caSecretRef: { name: 'pbx-ca' } },
    // Pods behind a Service call from their own addresses.
    sources: [cluster.podCidr],
    probe: { intervalSeconds: 5, timeoutSeconds: 1, failureThreshold: 2 },
  },
  networkPolicy: 'Managed',
  drain: { windowSeconds: 2 },
});

/** The certificate that phones are to see from now on; puts it into the Secret as a user or cert-manager would. */
export async function putCertificate(front: FrontResource, name: string, issued: Issued): Promise<void> {
  const data = {
    'tls.crt': Buffer.from(issued.certificate).toString('base64'),
    'tls.key': Buffer.from(issued.key).toString('base64'),
  };
  await front.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, type: 'kubernetes.io/tls', data });
}

/** Sets all of it up; it goes with the stage, the definition too. */
export async function openSecureOffice(cluster: SharedCluster, stage: Stage): Promise<SecureOffice> {
  stage.onClose(() =>
    cluster.kubectl(['delete', 'crd', 'midregistrars.midregistrar.dev', '--ignore-not-found']),
  );
  const installation = await installOperator(cluster, OPERATOR);
  stage.onClose(() => installation.helm('uninstall', '--wait'));
  for (const namespace of NAMESPACES) {
    await openNamespace(stage, cluster, namespace);
  }
  const host = 'kamailio.pbx.svc.cluster.local';
  const [authority, pbxAuthority] = [await Authority.root(), await Authority.root('The PBX')];
  const pbx = await startKamailioPod(cluster, 'pbx', 'kamailio', {
    maxContacts: 2,
    certificate: await pbxAuthority.issue({ names: [dns(host)] }),
  });
  const front = new FrontResource(cluster, 'secure', 'office');
  await putCertificate(
    front,
    'sip-tls',
    await authority.issue({ names: [dns(SERVER_NAME), ip(cluster.nodeIp)] }),
  );
  await front.put({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'pbx-ca' },
    stringData: { 'ca.crt': pbxAuthority.pem },
  });
  await front.apply(specBefore(cluster, host, pbx.tlsPort));
  return { front, authority };
}

/** Where phones reach a listener from outside. */
export function placeOf({ addresses }: FrontStatus, listener: string): { address: string; port: number } {
  const found = addresses.find((each) => each.listener === listener && each.side === 'Phones');
  if (found === undefined) throw new Error(`the status tells no address of ${listener}`);
  return { address: found.host, port: found.port };
}
