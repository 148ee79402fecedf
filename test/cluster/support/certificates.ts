import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../support/peers/command.ts';
import type { Plan } from './plan.ts';

const OPENSSL_MS = 30_000;
const DAYS = '30';
const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

interface Certificate {
  readonly name: string;
  readonly subject: string;
  /** What its owner is called and where it is found, if it is a server's. */
  readonly names?: string;
}

const client = (name: string, subject: string): Certificate => ({ name, subject });

/** Who may do what is in the subject: O is a group, CN a user of Kubernetes. */
const certificatesOf = ({ name, nodeIp, apiServiceIp }: Plan): readonly Certificate[] => [
  {
    name: 'apiserver',
    subject: '/CN=kube-apiserver',
    names: [
      ...['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'].map(
        (dns) => `DNS:${dns}`,
      ),
      'DNS:kubernetes.default.svc.cluster.local',
      ...['127.0.0.1', apiServiceIp, nodeIp].map((ip) => `IP:${ip}`),
    ].join(','),
  },
  {
    name: 'kubelet-server',
    subject: `/O=system:nodes/CN=system:node:${name}`,
    names: `DNS:${name},IP:127.0.0.1,IP:${nodeIp}`,
  },
  client('admin', '/O=system:masters/CN=admin'),
  client('apiserver-to-kubelet', '/O=system:masters/CN=kube-apiserver-kubelet-client'),
  client('kube-controller-manager', '/CN=system:kube-controller-manager'),
  client('kube-scheduler', '/CN=system:kube-scheduler'),
  client('kubelet', `/O=system:nodes/CN=system:node:${name}`),
  client('kube-proxy', '/CN=system:kube-proxy'),
];

const openssl = (...args: string[]): Promise<string> => runCommand('openssl', args, OPENSSL_MS);

/** Writes NAME.crt and NAME.key of everybody in the cluster, ca.crt, ca.key, and sa.key, sa.pub for the tokens of pods. */
export async function writeCertificates(directory: string, plan: Plan): Promise<void> {
  mkdirSync(directory);
  const at = (file: string): string => join(directory, file);
  const authority = openssl(
    ...['req', '-x509', ...CURVE, '-keyout', at('ca.key'), '-out', at('ca.crt'), '-subj', '/CN=test-ca'],
    ...['-days', DAYS, '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  );
  const tokens = async (): Promise<void> => {
    await openssl('genrsa', '-out', at('sa.key'), '2048');
    await openssl('rsa', '-in', at('sa.key'), '-pubout', '-out', at('sa.pub'));
  };
  const issue = async ({ name, subject, names }: Certificate, serial: number): Promise<void> => {
    const request = at(`${name}.csr`);
    const extensions = at(`${name}.ext`);
    const usage = `extendedKeyUsage=${names === undefined ? 'clientAuth' : 'serverAuth'}`;
    const lines = ['keyUsage=critical,digitalSignature', usage, names && `subjectAltName=${names}`];
    writeFileSync(extensions, lines.filter(Boolean).join('\n'));
    await openssl('req', ...CURVE, '-keyout', at(`${name}.key`), '-out', request, '-subj', subject);
    await authority;
    await openssl(
      ...['x509', '-req', '-in', request, '-CA', at('ca.crt'), '-CAkey', at('ca.key')],
      ...[
        '-set_serial',
        String(serial + 1),
        '-days',
        DAYS,
        '-extfile',
        extensions,
        '-out',
        at(`${name}.crt`),
      ],
    );
  };
  await Promise.all([authority, tokens(), ...certificatesOf(plan).map(issue)]);
}
