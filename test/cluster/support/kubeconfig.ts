import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes NAME.kubeconfig for the owner of a certificate; JSON, which is YAML too. Returns its path. */
export function writeKubeconfig(pki: string, owner: string, server: string, file: string): string {
  const cluster = { server, 'certificate-authority': join(pki, 'ca.crt') };
  const user = { 'client-certificate': join(pki, `${owner}.crt`), 'client-key': join(pki, `${owner}.key`) };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: owner, user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: owner } }],
    'current-context': 'test',
  };
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  return file;
}
