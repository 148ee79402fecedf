import type { MidRegistrarSpec } from '../../crds/midregistrar.ts';

/** Where the pod finds the Secrets that its listeners and the PBX need: each a folder of its name. */
export const SECRETS_DIR = '/etc/midregistrar-secrets';

const TLS_ENTRIES = ['tls.crt', 'tls.key'];

/** The entries of Secrets that certificates are made of, by the Secrets' names; no more of a Secret than is needed comes into the pod. */
export function namedEntries({
  listeners,
  upstream,
}: MidRegistrarSpec): ReadonlyMap<string, readonly string[]> {
  const entries = new Map<string, Set<string>>();
  const add = (secret: string | undefined, keys: readonly string[]): void => {
    if (secret !== undefined) entries.set(secret, new Set([...(entries.get(secret) ?? []), ...keys]));
  };
  for (const { tls } of listeners) {
    add(tls?.certificateSecretRef.name, TLS_ENTRIES);
    for (const { certificateSecretRef } of tls?.sniCertificates ?? [])
      add(certificateSecretRef.name, TLS_ENTRIES);
    add(tls?.caSecretRef?.name, [tls?.caSecretRef?.key ?? '']);
  }
  const { caSecretRef, clientCertificateSecretRef } = upstream.tls ?? {};
  add(clientCertificateSecretRef?.name, TLS_ENTRIES);
  add(caSecretRef?.name, [caSecretRef?.key ?? '']);
  return new Map([...entries].sort().map(([secret, keys]) => [secret, [...keys].sort()]));
}

/**
 * One volume with all of them. Each is optional, so that a Secret that is missing keeps no pod in waiting: the proxy says which it
 * is, and a proxy that runs goes on with what it has.
 */
export function secretsVolume(spec: MidRegistrarSpec): object | undefined {
  const entries = namedEntries(spec);
  if (entries.size === 0) return undefined;
  const sources = [...entries].map(([name, keys]) => ({
    secret: { name, optional: true, items: keys.map((key) => ({ key, path: `${name}/${key}` })) },
  }));
  return { name: 'secrets', projected: { sources } };
}
