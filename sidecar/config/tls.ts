import type { Listener, Upstream } from '../../crds/midregistrar.ts';
import { canonicalHost } from './formats.ts';

/** An entry of a Secret: the file `key` in the folder `secret`. `path` is the field that names it. */
export interface SecretEntry {
  readonly secret: string;
  readonly key: string;
  readonly path: string;
}

/** A Secret of type kubernetes.io/tls. */
export interface SecretName {
  readonly secret: string;
  readonly path: string;
}

/** What a listener of TLS or WSS shows and asks, of `listeners[].tls`. */
export interface ListenerTlsConfig {
  readonly certificate: SecretName;
  /** Those for peers that call the listener by another name; the names are in lower case. */
  readonly byServerName: readonly { readonly serverName: string; readonly certificate: SecretName }[];
  readonly clientCertificates: 'None' | 'Request' | 'Require';
  /** Whose certificates phones may show; undefined where none are asked for. */
  readonly clientAuthority: SecretEntry | undefined;
  readonly minimumVersion: 'TLSv1.2' | 'TLSv1.3';
}

/** What the PBX must prove and is shown, of `upstream.tls`. */
export interface UpstreamTlsConfig {
  /** Undefined: the authorities that browsers trust. */
  readonly authority: SecretEntry | undefined;
  readonly certificate: SecretName | undefined;
  readonly serverName: string | undefined;
  readonly verify: 'Full' | 'CaOnly' | 'None';
}

/** Where and for whose pages a listener of WS or WSS opens WebSockets, of `listeners[].webSocket`. */
export interface WebSocketConfig {
  readonly path: string;
  /** In lower case; none means any. */
  readonly allowedOrigins: readonly string[];
}

const VERSIONS = { TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

/** `path` is where it stands in the resource. */
export function listenerTls({ tls }: Listener, path: string): { readonly tls?: ListenerTlsConfig } {
  if (tls === undefined) return {};
  const { certificateSecretRef, caSecretRef, clientCertificates, minimumVersion, sniCertificates } = tls;
  return {
    tls: {
      certificate: { secret: certificateSecretRef.name, path: `${path}.certificateSecretRef` },
      byServerName: (sniCertificates ?? []).map(({ name, certificateSecretRef: ref }, index) => ({
        serverName: name,
        certificate: {
          secret: ref.name,
          path: `${path}.sniCertificates[${index}].certificateSecretRef`,
        },
      })),
      clientCertificates,
      clientAuthority: caSecretRef && {
        secret: caSecretRef.name,
        key: caSecretRef.key,
        path: `${path}.caSecretRef`,
      },
      minimumVersion: VERSIONS[minimumVersion],
    },
  };
}

export function upstreamTls(tls: Upstream['tls']): UpstreamTlsConfig {
  const { caSecretRef, clientCertificateSecretRef, serverName, verify = 'Full' } = tls ?? {};
  const path = 'spec.upstream.tls.';
  return {
    authority: caSecretRef && { secret: caSecretRef.name, key: caSecretRef.key, path: `${path}caSecretRef` },
    certificate: clientCertificateSecretRef && {
      secret: clientCertificateSecretRef.name,
      path: `${path}clientCertificateSecretRef`,
    },
    serverName: serverName === undefined ? undefined : canonicalHost(serverName),
    verify,
  };
}

export function listenerWebSocket({ transport, webSocket }: Listener): {
  readonly webSocket?: WebSocketConfig;
} {
  if (transport !== 'WS' && transport !== 'WSS') return {};
  return {
    webSocket: {
      path: webSocket?.path ?? '/',
      allowedOrigins: (webSocket?.allowedOrigins ?? []).map((origin) => origin.toLowerCase()),
    },
  };
}
