import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { ListenerTlsConfig, UpstreamTlsConfig } from '../config.ts';
import type { Millis } from '../effect.ts';
import type { UpstreamLink } from './dial.ts';
import type { KeyPair, SecretReading } from './secret-files.ts';
import type { ListenerTls } from './tls-door.ts';

/** A certificate that we show, as status and metrics tell of it. */
export interface CertificateFacts {
  readonly secret: string;
  /** The name for which it is shown; undefined for the usual one. */
  readonly serverName: string | undefined;
  readonly notAfter: Millis;
  readonly fingerprint: string;
}

export interface Built<T> {
  readonly made: T;
  readonly certificates: readonly CertificateFacts[];
}

/** What all have in common: a peer that negotiates anew costs us much and itself little. */
const COMMON: SecureContextOptions = { secureOptions: constants.SSL_OP_NO_RENEGOTIATION };

/** What a listener goes by; undefined where the reading has found a fault. */
export function buildListener(
  config: ListenerTlsConfig,
  reading: SecretReading,
): Built<ListenerTls> | undefined {
  const { certificate, byServerName, clientCertificates, clientAuthority, minimumVersion } = config;
  const usual = reading.pair(certificate);
  const others = byServerName.map((each) => ({ ...each, pair: reading.pair(each.certificate) }));
  const ca = clientAuthority && reading.authorities(clientAuthority);
  if (usual === undefined || reading.faults.length > 0) return undefined;
  const optionsOf = (pair: KeyPair): SecureContextOptions => ({
    ...COMMON,
    cert: pair.certificate,
    key: pair.key,
    minVersion: minimumVersion,
    ...(ca !== undefined && { ca }),
  });
  const contexts = new Map<string, SecureContext>();
  const certificates = [factsOf(certificate.secret, undefined, usual)];
  for (const { serverName, pair, certificate: other } of others) {
    if (pair === undefined) continue;
    contexts.set(serverName, createSecureContext(optionsOf(pair)));
    certificates.push(factsOf(other.secret, serverName, pair));
  }
  // Tried here, so that nothing fails later where nobody would be told.
  createSecureContext(optionsOf(usual));
  const options = {
    ...optionsOf(usual),
    SNICallback: (name: string, answer: (error: null, context?: SecureContext) => void) =>
      answer(null, contextFor(contexts, name.toLowerCase())),
  };
  return { made: { options, clientCertificates }, certificates };
}

/** The context for a name, or for all names of its parent; none is the usual one. */
const contextFor = (contexts: ReadonlyMap<string, SecureContext>, name: string): SecureContext | undefined =>
  contexts.get(name) ?? contexts.get(`*${name.slice(Math.max(name.indexOf('.'), 0))}`);

/** How the PBX is spoken to; undefined where the reading has found a fault. */
export function buildLink(
  config: UpstreamTlsConfig,
  path: string,
  reading: SecretReading,
): Built<UpstreamLink> | undefined {
  const { authority, certificate, serverName, verify } = config;
  const ca = authority && reading.authorities(authority);
  const pair = certificate && reading.pair(certificate);
  if (reading.faults.length > 0) return undefined;
  const open = (): SecureContext =>
    createSecureContext({
      ...COMMON,
      minVersion: 'TLSv1.2',
      ...(ca !== undefined && { ca }),
      ...(pair !== undefined && { cert: pair.certificate, key: pair.key }),
    });
  // Where no file is named there is nothing to try, and most never need the many authorities that browsers trust.
  let context = ca === undefined && pair === undefined ? undefined : open();
  const made: UpstreamLink = {
    get context() {
      context ??= open();
      return context;
    },
    verify,
    serverName,
    path,
  };
  return {
    made,
    certificates: certificate && pair ? [factsOf(certificate.secret, undefined, pair)] : [],
  };
}

const factsOf = (
  secret: string,
  serverName: string | undefined,
  { notAfter, fingerprint }: KeyPair,
): CertificateFacts => ({ secret, serverName, notAfter, fingerprint });
